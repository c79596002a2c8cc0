"""Ends the children of a supervisor that was killed: what it can no longer do itself, as `supervisor.stop` would.

A process of its own, which imports nothing but the standard library; `supervisor.running` starts it and kills it at its
own end. It reads one line for each child, its process and the signal that asks it to stop. A pipe ends with the process
that writes it, however that ends: so the end of the lines is the supervisor's.
"""

import os
import signal
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import suppress

STOP_SECONDS = 15.0
POLL_SECONDS = 0.1


def end(children: Sequence[tuple[int, int]], seconds: float = STOP_SECONDS) -> None:
    """Ask every child to end, wait, and kill what is left of its process group."""
    for process, stop_signal in reversed(children):
        _send(os.kill, process, stop_signal)
    deadline = time.monotonic() + seconds
    for process, _ in children:
        while _send(os.kill, process, 0) and time.monotonic() < deadline:
            time.sleep(POLL_SECONDS)
        _send(os.killpg, process, signal.SIGKILL)


def _send(send: Callable[[int, int], None], process: int, number: int) -> bool:
    """Whether there was somebody to send it to."""
    with suppress(ProcessLookupError):
        send(process, number)
        return True
    return False


if __name__ == "__main__":
    end([(int(process), int(number)) for process, number in map(str.split, sys.stdin)])

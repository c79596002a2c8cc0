"""Build one home again and again, each time killed at another moment; run as a process of its own.

`killed_build.py HOME MOMENT…`, where a moment is `stage:done` (killed when the build says so) or seconds (killed then).
Every build is a fork of this process, which has imported everything and started nothing.
"""

import os
import signal
import sys
from pathlib import Path

import pipelines.build_graph  # noqa: F401 - imported once for all forks
from pipelines.home import Home
from pipelines.run_build import build


def build_until(home: Home, moment: str) -> None:
    """Build in this process and die at the moment; end with 0 where the build was done before."""
    stage, _, done = moment.partition(":")
    if not done:
        signal.setitimer(signal.ITIMER_REAL, float(stage))

    def listen(told_stage: str, told_done: int, _total: int) -> None:
        if told_stage == stage and told_done >= int(done):
            os.kill(os.getpid(), signal.SIGKILL)

    outcome = build(home, listen if done else lambda *_: None)
    os._exit(1 if outcome.failures else 0)


def main() -> None:
    """Print how each build ended: the negative number of the signal, or its exit status."""
    home = Home(Path(sys.argv[1]))
    for moment in sys.argv[2:]:
        child = os.fork()
        if child == 0:
            build_until(home, moment)
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{moment} {os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()

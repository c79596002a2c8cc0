"""Several processes as one: started together, stopped together, and none outlives the others unnoticed."""

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from types import FrameType
from typing import IO

import httpx

from pipelines import guard
from pipelines.guard import POLL_SECONDS, STOP_SECONDS
from pipelines.processes import child_of, command_of

TAIL_LINES = 15


class ChildDied(Exception):  # noqa: N818 - it names a state
    """A child ended although nobody asked it to."""

    def __init__(self, name: str, code: int, log: Path) -> None:
        """Say which child, how it ended, and what it wrote last."""
        self.name, self.code, self.log = name, code, log
        lines = log.read_text(encoding="utf-8", errors="replace").splitlines()[-TAIL_LINES:]
        super().__init__("\n  ".join([f"{name} ended with code {code}; the end of {log}:", *lines]))


class WorkerDied(Exception):  # noqa: N818 - it names a state
    """A child lives on without the process that does its work."""

    def __init__(self, name: str, log: Path) -> None:
        """Say which child, and where it tells more."""
        self.name, self.log = name, log
        super().__init__(f"the process that works for {name} ended, and would not come again; look into {log}")


class NotReady(Exception):  # noqa: N818 - it names a state
    """A child runs but does not answer."""

    def __init__(self, name: str, url: str, seconds: float) -> None:
        """Say which child did not answer where, and for how long it was asked."""
        super().__init__(f"{name} did not answer at {url} within {seconds:.0f} s; look into its log")


class StopAsked(Exception):  # noqa: N818 - it names a state
    """Somebody asked for an end before all was ready."""


@dataclass(frozen=True)
class Child:
    """A process to run: its name, command, and what it needs to stop."""

    name: str
    command: Sequence[str]
    log: Path
    environment: Mapping[str, str]
    stop_signal: int = signal.SIGTERM
    worker: str = ""
    """Words in the command of the process that it starts for its work; without that one it goes on, without a word."""


@dataclass(frozen=True)
class Running:
    """A child and its process."""

    child: Child
    process: subprocess.Popen[bytes]
    workers: list[int] = field(default_factory=list)
    """The processes that have worked for it, the last one now."""

    def check(self) -> None:
        """Raise `ChildDied` where the process has ended, and `WorkerDied` where the one that works for it has."""
        code = self.process.poll()
        if code is not None:
            raise ChildDied(self.child.name, code, self.child.log)
        if self.child.worker and self._lost_worker():
            raise WorkerDied(self.child.name, self.child.log)

    def _lost_worker(self) -> bool:
        """Whether a worker was there and none is now; where the kernel does not tell (no Linux), none was there.

        Looked for twice: a worker whose thread ends goes to another one, maybe to one that was read before.
        """
        words = self.child.worker
        if self.workers and words in command_of(self.workers[-1]):
            return False
        found = child_of(self.process.pid, words) or child_of(self.process.pid, words)
        if found is not None:
            self.workers.append(found)
        return found is None and bool(self.workers)


@contextmanager
def running(children: Sequence[Child]) -> Iterator[list[Running]]:
    """Start the children in order; at the end, also where this process is killed, stop them, the last one first."""
    started: list[Running] = []
    with _guarded() as guarded:
        try:
            for child in children:
                started.append(_start(child))
                guarded.write(b"%d %d\n" % (started[-1].process.pid, child.stop_signal))
            yield started
        finally:
            stop(started)


@contextmanager
def _guarded() -> Iterator[IO[bytes]]:
    """Give a pipe that takes the children which are to end where this process is killed."""
    command = [sys.executable, "-I", "-S", guard.__file__]
    with subprocess.Popen(  # noqa: S603 - our own
        command, stdin=subprocess.PIPE, bufsize=0, stdout=subprocess.DEVNULL, start_new_session=True
    ) as process:
        try:
            yield process.stdin  # type: ignore[misc] # a pipe was asked for
        finally:
            process.kill()


def _start(child: Child) -> Running:
    child.log.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(child.log, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_APPEND, 0o600)
    try:
        process = subprocess.Popen(  # noqa: S603 - our own commands
            child.command,
            stdout=descriptor,
            stderr=descriptor,
            stdin=subprocess.DEVNULL,
            env={**os.environ, **child.environment},
            start_new_session=True,
        )
    finally:
        os.close(descriptor)
    return Running(child, process)


def stop(started: Sequence[Running]) -> None:
    """Ask every child to end, wait, and kill what is left of its process group."""
    for one in reversed(started):
        if one.process.poll() is None:
            one.process.send_signal(one.child.stop_signal)
    deadline = time.monotonic() + STOP_SECONDS
    for one in started:
        try:
            one.process.wait(max(0.1, deadline - time.monotonic()))
        except subprocess.TimeoutExpired:
            one.process.kill()
            one.process.wait()
        _end_group(one.process.pid)


def _end_group(group: int) -> None:
    try:
        os.killpg(group, signal.SIGKILL)
    except ProcessLookupError:
        return


def wait_until_ready(
    started: Running,
    others: Sequence[Running],
    url: str,
    seconds: float = 60.0,
    stopping: threading.Event | None = None,
) -> None:
    """Wait until `url` answers 200; raise at once where any child ends, and `StopAsked` where `stopping` is set."""
    stopping = stopping or threading.Event()
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        for one in others:
            one.check()
        with suppress(httpx.TransportError):
            if httpx.get(url, timeout=2, trust_env=False).status_code == httpx.codes.OK:
                return
        if stopping.wait(POLL_SECONDS):
            raise StopAsked
    raise NotReady(started.child.name, url, seconds)


def watch(started: Sequence[Running], stopping: threading.Event) -> None:
    """Return when `stopping` is set; raise `ChildDied` as soon as one child ends."""
    while not stopping.wait(POLL_SECONDS):
        for one in started:
            one.check()


@contextmanager
def stop_signals() -> Iterator[threading.Event]:
    """Turn Ctrl-C, SIGTERM and the end of the terminal into an event."""
    stopping = threading.Event()
    with _on_signals(lambda _number, _frame: stopping.set()):
        yield stopping


@contextmanager
def signals_as_interrupt() -> Iterator[None]:
    """Let SIGTERM and the end of the terminal end what runs as Ctrl-C does, so that its children are stopped."""
    with _on_signals(signal.default_int_handler):
        yield


@contextmanager
def _on_signals(handler: Callable[[int, FrameType | None], object]) -> Iterator[None]:
    """Handle the signals that ask for an end; what is ignored, as under nohup, stays so."""
    numbers = [signal.SIGINT, signal.SIGTERM]
    if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:
        numbers.append(signal.SIGHUP)
    before = {number: signal.signal(number, handler) for number in numbers}
    try:
        yield
    finally:
        for number, earlier in before.items():
            signal.signal(number, earlier)

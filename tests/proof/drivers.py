"""Processes to be killed: forks of one that has imported everything, and the command itself."""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Protocol, Self

from pipelines.home import Home
from tests.faults.harness import ROOT, kill
from tests.ingest.live_server import until

WAIT = "import os, sys; os.read(0, 9); os.execv(sys.executable, [sys.executable, '-m', 'pipelines.cli', *sys.argv[1:]])"
COMMANDS = {
    "build": ("build",),
    "compact": ("compact", "--grace", "0"),
    "forget": ("forget", "--person", "canary@example.com", "--yes"),
    "rebuild": ("rebuild",),
}
PATIENCE = 120


class Driver(Protocol):
    """Begins something in a home in a process that waits for `go`, and tells how it ended."""

    def begin(self, doing: str, home: Home) -> int:
        """Start a process that waits; its number."""

    def go(self) -> None:
        """Let it begin."""

    def ended(self) -> int:
        """The negative number of the signal that ended it, or its status."""


class Forks:
    """Forks of a process of the library; `plant` names a bug to be planted in it."""

    def __init__(self, plant: str = "") -> None:
        command = [sys.executable, "-m", "tests.proof.forks", plant]
        self.process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.communicate()

    def begin(self, doing: str, home: Home) -> int:
        """Fork."""
        self._say(f"{doing} {home.root}")
        return self._told()

    def go(self) -> None:
        """Let the fork begin."""
        self._say("go")

    def ended(self) -> int:
        """How the fork ended."""
        return self._told()

    def _say(self, line: str) -> None:
        assert self.process.stdin
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()

    def _told(self) -> int:
        assert self.process.stdout
        return int(self.process.stdout.readline())


class Commands:
    """`nacre …` as an operator runs it, Dagster included."""

    def __init__(self) -> None:
        self.process: subprocess.Popen[bytes] | None = None

    def begin(self, doing: str, home: Home) -> int:
        """Start a process that becomes the command when it is told to."""
        environment = {**os.environ, "NACRE_HOME": str(home.root), "PYTHONDONTWRITEBYTECODE": "1"}
        command = [sys.executable, "-c", WAIT, *COMMANDS[doing]]
        quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
        self.process = subprocess.Popen(command, env=environment, cwd=ROOT, stdin=subprocess.PIPE, **quiet)
        return self.process.pid

    def go(self) -> None:
        """Let it become the command."""
        assert self.process
        assert self.process.stdin
        self.process.stdin.write(b"go\n")
        self.process.stdin.close()

    def ended(self) -> int:
        """How it ended."""
        assert self.process
        return self.process.wait(PATIENCE)


@contextlib.contextmanager
def strace(pid: int, *options: str) -> Iterator[None]:
    """strace on a process that waits, and on all that it starts."""
    tracer = subprocess.Popen(["strace", "-f", "-qq", *options, "-p", str(pid)], stderr=subprocess.DEVNULL)
    try:
        until(lambda: is_traced(pid, tracer.pid), "strace is attached")
        yield
        tracer.wait(PATIENCE)
    finally:
        kill(tracer.pid)
        tracer.wait()


def is_traced(pid: int, tracer: int) -> bool:
    """Whether every thread of a process is traced."""
    statuses = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return all(f"TracerPid:\t{tracer}\n" in status for status in statuses)


def calls_of(log: Path) -> Iterator[tuple[str, str]]:
    """The thread and the name of each call in a log of strace."""
    for line in log.read_text().splitlines():
        thread, _, call = line.partition(" ")
        if "(" in call:
            yield thread, call.strip().partition("(")[0]

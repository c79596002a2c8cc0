"""Children, each fresh, timed as a whole: wall clock, CPU and peak memory as the kernel counted them."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
LAUNCHER = Path(__file__).with_name("launcher.py")


class ChildFailed(Exception):  # noqa: N818 - it names what happened
    """A measured process ended with an error; the run ends with what it said."""


@dataclass(frozen=True, slots=True)
class Child:
    """What one process took, and what it printed."""

    seconds: float
    cpu_seconds: float
    peak_bytes: int
    output: str


def run(command: Sequence[str | Path], environment: Mapping[str, str] | None = None, cwd: Path = ROOT) -> Child:
    """Run a command to its end. Raises ChildFailed."""
    with tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as complaints, tempfile.TemporaryFile() as told:
        subprocess.run(
            [sys.executable, "-I", "-S", LAUNCHER, str(told.fileno()), *(str(word) for word in command)],
            cwd=cwd,
            stdout=out,
            stderr=complaints,
            env={**os.environ, **(environment or {})},
            pass_fds=[told.fileno()],
            check=False,
        )
        for file in (out, complaints, told):
            file.seek(0)
        output = out.read().decode()
        exit_code, seconds, cpu_seconds, peak = told.read().split() or (b"1", b"0", b"0", b"0")
        if exit_code != b"0":
            said = (complaints.read().decode().strip() or output).splitlines()[-5:]
            message = f"{' '.join(map(str, command))} ended with {exit_code.decode()}: {' | '.join(said)}"
            raise ChildFailed(message)
    return Child(float(seconds), float(cpu_seconds), int(peak) * 1024, output)


def python(module: str, *arguments: str | Path, environment: Mapping[str, str] | None = None) -> Child:
    """Run a module of this repository in a process of its own."""
    return run([sys.executable, "-m", module, *arguments], environment)

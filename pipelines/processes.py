"""What the kernel tells of processes, in /proc; where it tells nothing (no Linux), nothing is found."""

import os
from pathlib import Path

PROC = Path("/proc")
ENDED = {"Z", "X"}
YOUNGER = 5.0
"""Seconds by which a process may seem younger than what it wrote: its own clock counts from the machine's start."""


def command_of(process: int) -> str:
    """The command of a process, its words parted by spaces; empty where it has ended."""
    return _text(PROC / str(process) / "cmdline").replace("\0", " ")


def child_of(process: int, words: str) -> int | None:
    """A child of a process with these words in its command; None where there is none."""
    listings = (PROC / str(process) / "task").glob("*/children")
    children = (int(child) for listing in listings for child in _text(listing).split())
    return next((child for child in children if words in command_of(child)), None)


def lives(process: int, at: float) -> bool:
    """Whether a process lives that was there at a time, in seconds since 1970; where no kernel tells, it does.

    (proc(5): the state is the third of the fields, the start the 22nd, in clock ticks since the machine's.)
    """
    if not PROC.is_dir():
        return True
    status = _text(PROC / str(process) / "stat")
    if not status:
        return False
    state, *numbers = status.rpartition(")")[2].split()
    began = _machine_began() + int(numbers[18]) / os.sysconf("SC_CLK_TCK")
    return state not in ENDED and began <= at + YOUNGER


def _machine_began() -> int:
    """In seconds since 1970."""
    lines = _text(PROC / "stat").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime "))


def _text(file: Path) -> str:
    """The text of a file under /proc; empty where its process or thread is gone."""
    try:
        return file.read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return ""

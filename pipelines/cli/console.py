"""How the commands speak: results on stdout, progress and complaints on stderr, JSON where a program reads."""

import json
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import click
from rich.console import Console
from rich.progress import (
    BarColumn,
    DownloadColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
    TransferSpeedColumn,
)
from rich.text import Text

from pipelines.progress import Listener

LOG_WIDTH = 120


def out() -> Console:
    """Return the console of stdout; where that is no terminal, wide enough for a table in a log."""
    return Console() if sys.stdout.isatty() else Console(width=LOG_WIDTH)


def err() -> Console:
    """Return the console of stderr."""
    return Console(stderr=True)


def shown(text: str) -> Text:
    """Return a sender's text as it may go to a terminal: no markup, no control sequence in it takes effect."""
    return Text("".join(sign if sign.isprintable() or sign == "\n" else f"\\x{ord(sign):02x}" for sign in text))


def print_json(value: Any) -> None:
    """Print a value as one JSON document."""
    click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=str))


@contextmanager
def progress_bars(*, hidden: bool = False) -> Iterator[Listener]:
    """Give a listener that draws one bar a stage on a terminal, and nothing anywhere else."""
    if hidden or not sys.stderr.isatty():
        yield lambda _stage, _done, _total: None
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=err(), transient=True) as progress:
        tasks: dict[str, Any] = {}

        def listen(stage: str, done: int, total: int) -> None:
            if stage not in tasks:
                tasks[stage] = progress.add_task(stage, total=total)
            progress.update(tasks[stage], completed=done, total=total)

        yield listen


@contextmanager
def byte_bar(name: str, total: int | None, *, hidden: bool = False) -> Iterator[Callable[[int], None]]:
    """Give a function that counts bytes on a bar, on a terminal; one that does nothing anywhere else."""
    if hidden or not sys.stderr.isatty():
        yield lambda _count: None
        return
    columns = (TextColumn("{task.description:<10}"), BarColumn(), DownloadColumn(), TransferSpeedColumn())
    with Progress(*columns, console=err(), transient=True) as progress:
        task = progress.add_task(name, total=total)
        yield lambda count: progress.advance(task, count)


@contextmanager
def count_bar(name: str, total: int, *, hidden: bool = False) -> Iterator[Callable[[int], None]]:
    """Give a function that counts things on a bar, on a terminal; one that does nothing anywhere else."""
    with progress_bars(hidden=hidden) as listener:
        done = 0

        def advance(count: int) -> None:
            nonlocal done
            done += count
            listener(name, done, max(total, done))

        yield advance


def size(count: float) -> str:
    """Return a number of bytes as a person reads it."""
    for unit in ("B", "kB", "MB", "GB"):
        if abs(count) < 1000:
            return f"{count:.0f} {unit}" if unit == "B" else f"{count:.1f} {unit}"
        count /= 1000
    return f"{count:.1f} TB"


def duration(seconds: float) -> str:
    """Return a span of time as a person reads it."""
    if seconds < 60:
        return f"{seconds:.1f} s"
    if seconds < 3600:
        return f"{seconds / 60:.0f} min"
    if seconds < 172_800:
        return f"{seconds / 3600:.1f} h"
    return f"{seconds / 86_400:.1f} days"

"""Simulated traffic as a file of one body a line."""

import gzip
import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import IO, cast

from .traffic import DAYS, UNTIL, Traffic

_LARGE = 100_000
_MOST_PROCESSES = 8  # beyond, they wait for the one that writes

Progress = Callable[[int], None]
"""Called with the number of deliveries written or answered since the last call."""


@dataclass(frozen=True, slots=True)
class WriteReport:
    """What was written: distinct events, lines (repeated deliveries among them), bytes before compression."""

    events: int
    deliveries: int
    bytes: int


def write_ndjson(
    out: str | Path,
    events: int,
    seed: int = 0,
    *,
    until: datetime = UNTIL,
    days: int = DAYS,
    processes: int | None = None,
    progress: Progress | None = None,
) -> WriteReport:
    """Write the traffic to a file, to `-` (standard output), or compressed where the name ends in `.gz`.

    Without a number of `processes` that make it, a large one is made by one for each core; the bytes are the same.
    """
    if processes is None:
        processes = min(os.cpu_count() or 1, _MOST_PROCESSES) if events >= _LARGE else 1
    deliveries = size = 0
    with _opened(out) as stream:
        for bodies in Traffic(events, seed, until=until, days=days).bodies(processes):
            if not bodies:
                continue
            block = b"\n".join([*bodies, b""])
            stream.write(block)
            deliveries += len(bodies)
            size += len(block)
            if progress is not None:
                progress(len(bodies))
    return WriteReport(events, deliveries, size)


@contextmanager
def _opened(out: str | Path) -> Iterator[IO[bytes]]:
    """The stream to write to; the same bytes every time, so a compressed one carries neither name nor time."""
    if str(out) == "-":
        yield sys.stdout.buffer
        sys.stdout.buffer.flush()
    elif str(out).endswith(".gz"):
        with Path(out).open("wb") as raw, gzip.GzipFile("", "wb", 4, raw, mtime=0) as packed:
            yield cast("IO[bytes]", packed)
    else:
        with Path(out).open("wb") as stream:
            yield stream

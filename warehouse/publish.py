"""Replace the read-only warehouse file at one instant: readers see the old one or the new one, whole."""

from __future__ import annotations

import os
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.copying import copy_durably
from warehouse.load import last_load
from warehouse.memory import give_back
from warehouse.statements import statement

LARGE = 2**30
"""Bytes of a file whose copy takes longer than a build of a few events."""


@dataclass(frozen=True, slots=True)
class Publication:
    """A published warehouse: its path, size and bytes written, the seconds it took, and the last load it holds."""

    path: Path
    bytes: int
    written: int
    seconds: float
    load_no: int
    events: int


def publish(con: duckdb.DuckDBPyConnection, build_path: Path, published_path: Path) -> Publication:
    """Publish what the build file holds. `con` is the connection on `build_path`, outside a transaction.

    Nobody else writes the build file meanwhile; others may read it, also by connections of this process.

    The copy is durable under its final name when this returns. If it dies earlier, the old file stands as it was.
    The file published before stays beside it as a hidden spare, into which the publication after the next is written;
    where a large file is the first, one more copy is made for that.
    """
    began = time.monotonic()
    load_no = last_load(con)
    events = int(con.execute("select count(*) from core.event_store").fetchall()[0][0])
    con.execute(statement("publish/record"), {"load_no": load_no, "events": events})
    give_back(con)
    con.execute("force checkpoint")
    written = copy_durably(build_path, _beside(published_path, "tmp"), _beside(published_path, "spare"))
    _keep_as_spare(published_path)
    _beside(published_path, "tmp").replace(published_path)
    _sync_folder(published_path.parent)
    size = published_path.stat().st_size
    if size >= LARGE and not _beside(published_path, "spare").exists():
        _make_spare(build_path, published_path)
    return Publication(published_path, size, written, time.monotonic() - began, load_no, events)


def _beside(published_path: Path, ending: str) -> Path:
    return published_path.with_name(f".{published_path.name}.{ending}")


def _keep_as_spare(published_path: Path) -> None:
    """Give the file that is about to be replaced a second name, for the copy after the next."""
    spare = _beside(published_path, "spare")
    spare.unlink(missing_ok=True)
    with suppress(FileNotFoundError):  # the first publication replaces nothing
        spare.hardlink_to(published_path)


def _make_spare(build_path: Path, published_path: Path) -> None:
    """Make a spare of the first publication, so that the second, of few new events, need not wait for a whole copy."""
    making = _beside(published_path, "making")
    copy_durably(build_path, making, _beside(published_path, "none"))
    making.replace(_beside(published_path, "spare"))


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

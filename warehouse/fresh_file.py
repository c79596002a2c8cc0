"""A DuckDB file written beside the published one: fresh, private, and in its place at one instant."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.build import open_build
from warehouse.connections import attached
from warehouse.quoting import quote

WHOLE = quote("whole file")
"""The published file as the new one sees it; no schema has a blank in its name, so `schema.table` is never of it."""


@contextmanager
def fresh_file(whole: Path, target: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Give a new, empty warehouse that sees the published one as WHOLE; in the end it becomes `target`.

    Where the block raises, `target` stands as it was. Nothing is copied and deleted: deleted bytes stay in free blocks.
    """
    target.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        made = Path(folder) / "fresh.duckdb"
        with open_build(made) as con:
            with attached(con, whole, WHOLE):
                yield con
            con.execute("force checkpoint")
        sync(made)
        made.replace(target)
    sync(target.parent)


def sync(path: Path) -> None:
    """Make a file, or the entries of a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

"""What a connection knows of its file: a further one to it, and the way from the kernel's memory to the disk."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from warehouse.blocks import begin_to_write, readable
from warehouse.quoting import literal, quote


def sibling(con: duckdb.DuckDBPyConnection) -> duckdb.DuckDBPyConnection:
    """Another connection to the same file, with the settings that belong to a connection; sees what is committed."""
    catalog, zone = con.execute("select current_catalog(), current_setting('TimeZone')").fetchall()[0]
    made = con.cursor()
    made.execute("use " + quote(catalog))
    made.execute("set TimeZone = $zone", {"zone": zone})
    return made


@contextmanager
def attached(con: duckdb.DuckDBPyConnection, path: Path, name: str) -> Iterator[None]:
    """Let `con` see another file too, read-only, under a name that is quoted already."""
    con.execute("attach " + literal(str(path)) + " as " + name + " (read_only)")
    try:
        yield
    finally:
        con.execute("detach " + name)


def write_out(con: duckdb.DuckDBPyConnection) -> None:
    """Let the kernel begin to write the file to the disk: the next checkpoint, which waits for that, waits less."""
    query = "select path from duckdb_databases() where database_name = current_catalog() and path is not null"
    for (path,) in con.execute(query).fetchall():
        with readable(Path(path)) as descriptor:
            begin_to_write(descriptor)

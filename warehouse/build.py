"""The private build file: opened by one writer, made anew when it does not open or was written by another version."""

from __future__ import annotations

import os
from pathlib import Path

import duckdb

from warehouse.memory import choose_threads, limit_memory
from warehouse.quoting import literal
from warehouse.statements import statements_in
from warehouse.transactions import transaction

BUILD_FORMAT = 4
"""Raised when the private tables or the typing change: older build files are then set aside and rebuilt."""

THREADS = os.cpu_count() or 1
"""Threads of a build that nobody limits; `prepare` may choose fewer."""

STORAGE_VERSION = "v1.5.0"
"""Files are written so that drivers still on DuckDB 1.5 can open them."""

ROW_GROUP = 10_240
"""Rows in a unit of scanning, a twelfth of DuckDB's: both threads have work on the rows of one event_name, and few
rows, which fill no unit, wait for the one thread that writes a checkpoint."""


class BuildLocked(Exception):  # noqa: N818 - it names the state of the build
    """Another process holds the build file."""

    def __init__(self, path: Path) -> None:
        super().__init__(f"Another process is building: {path.name} is held. Wait for it to end, then build again.")
        self.path = path


def open_build(path: Path, *, memory_limit: str = "1000MB", threads: int | None = None) -> duckdb.DuckDBPyConnection:
    """Open the build file at `path`, or begin one.

    A file that does not open as ours (damaged, or of another version) is set aside beside itself as
    `build.duckdb.set-aside-N` and a new one begun: all it held is made again from the lake. Raises BuildLocked.
    """
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    con = _opened(path)
    if con is None:
        _set_aside(path)
        con = _opened(path)
        if con is None:
            message = f"{path.name} cannot be created in {path.parent.name}: check space and permissions there."
            raise OSError(message)
    _configure(con, path, memory_limit, threads)
    return con


def set_aside_files(path: Path) -> list[Path]:
    """Build files that were set aside; they hold nothing that the lake has not, and may be deleted."""
    return sorted(path.parent.glob(path.name + ".set-aside-*"))


def _opened(path: Path) -> duckdb.DuckDBPyConnection | None:
    """A connection to our file, begun if it is not there; None for a file that is not ours or does not open.

    A file that is begun here has no log to write each commit twice: if this dies, the file is what its last checkpoint
    left, and what is missing comes from the lake again.
    """
    con = duckdb.connect()
    options = [f"storage_version '{STORAGE_VERSION}'", f"row_group_size {ROW_GROUP}"]
    if not path.exists():
        options.append("recovery_mode no_wal_writes")
    try:
        con.execute("attach " + literal(str(path)) + " as build (" + ", ".join(options) + ")")
        con.execute("use build")
    except duckdb.IOException as error:
        con.close()
        if "lock" in str(error).lower():
            raise BuildLocked(path) from error
        return None
    except duckdb.Error:
        con.close()
        return None
    path.chmod(0o600)
    if _is_ours(con):
        return con
    con.close()
    return None


def _is_ours(con: duckdb.DuckDBPyConnection) -> bool:
    try:
        if not con.execute("select 1 from duckdb_tables() where not internal").fetchone():
            _begin(con)
        written_by = con.execute("select duckdb_version, build_format from core.written_by").fetchone()
    except duckdb.Error:
        return False
    return written_by == (duckdb.__version__, BUILD_FORMAT)


def create_objects(con: duckdb.DuckDBPyConnection) -> None:
    """Create the schemas of an empty warehouse and what is in them before the first load."""
    for schema_name in ("core", "analytics", "ops"):
        con.execute("create schema if not exists " + schema_name)
    for text in statements_in("objects"):
        con.execute(text)


def _begin(con: duckdb.DuckDBPyConnection) -> None:
    with transaction(con):
        create_objects(con)
        con.execute("insert into core.written_by values (?, ?)", [duckdb.__version__, BUILD_FORMAT])


def _set_aside(path: Path) -> None:
    count = 1
    while (aside := path.with_name(f"{path.name}.set-aside-{count}")).exists():
        count += 1
    path.rename(aside)
    wal = path.with_name(path.name + ".wal")
    if wal.exists():
        wal.rename(aside.with_name(aside.name + ".wal"))


def _configure(con: duckdb.DuckDBPyConnection, path: Path, memory_limit: str, threads: int | None) -> None:
    limit_memory(con, memory_limit)
    settings = {
        "TimeZone": "UTC",
        "threads": threads or THREADS,
        "temp_directory": str(path.with_name(path.name + ".tmp")),
        "preserve_insertion_order": False,
        "wal_autocheckpoint": "1GB",
        "late_materialization_max_rows": 5_000,
        "autoinstall_known_extensions": False,
        "autoload_known_extensions": False,
    }
    for name, value in settings.items():
        con.execute("set " + name + " = $value", {"value": value})
    if threads is None:
        choose_threads(con, THREADS)

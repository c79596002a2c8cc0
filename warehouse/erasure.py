"""What the warehouse tells about erasures. It is made anew after each one, so it never holds what was erased."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from dataclasses import astuple, dataclass
from pathlib import Path

import duckdb

from warehouse.statements import statement
from warehouse.transactions import transaction


@dataclass(frozen=True, slots=True)
class Erasure:
    """A row of ops.erasures."""

    erasure: str
    erased_at: str
    criterion: str
    events: int
    deliveries: int
    quarantined: int


def record(con: duckdb.DuckDBPyConnection, erasures: Sequence[Erasure]) -> None:
    """Make ops.erasures say what the lake's ledger says."""
    with transaction(con):
        con.execute(statement("erasure/create"))
        con.execute("delete from ops.erasures")
        if erasures:
            con.executemany(statement("erasure/insert"), [astuple(one) for one in erasures])


def discard(build_path: Path, published_path: Path) -> None:
    """Remove the build file with all that lies beside it, and what a killed publication has left.

    DuckDB keeps deleted rows in free blocks, the log and set-aside files: so nothing less would do. The next build
    makes a new file from the lake; the published file stays until that one takes its place.
    """
    for path in build_path.parent.glob(f"{build_path.name}*"):
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    discard_copies(published_path)


def discard_copies(published_path: Path) -> None:
    """Remove what publications keep or leave beside the published file: the one before it, and what never was done."""
    for path in published_path.parent.glob(f".{published_path.name}*"):
        path.unlink(missing_ok=True)

"""The whole warehouse from the lake, in a file of its own."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path

import duckdb

from warehouse.flatten import flatten_all
from warehouse.load import LoadReport, Segment, load
from warehouse.processes import advance
from warehouse.references import take
from warehouse.statements import statement
from warehouse.transactions import transaction
from warehouse.views import refresh

HISTORY = ("publications", "widened")


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def make(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    references: Path | None = None,
    progress: Callable[[str, int, int], None] = _silent,
) -> LoadReport:
    """Bring a build file up to date with these segments, as a build does: views, load, flatten, processes.

    `references` is the folder of holidays.csv and rates.csv. Again with more segments, it adds what is new.
    """
    report = load(
        con,
        segments,
        progress=lambda done, total: progress("load", done, total),
        meanwhile=partial(refresh, con),
    )
    flatten_all(con, partial(progress, "tables"))
    progress("processes", 0, 1)
    advance(con)
    if references is not None:
        take(con, references)
    progress("processes", 1, 1)
    return report


def known_to(live: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> list[Segment]:
    """Those of the segments that the live warehouse was made from; all, if one of its own is gone.

    Without the segments that came later, what differs is a difference of the warehouses and not of the lake.
    """
    known = set(live.execute(statement("rebuild/known")).fetchall())
    there = [segment for segment in segments if (segment.kind, segment.name) in known]
    return there if len(there) == len(known) else list(segments)


def take_history(con: duckdb.DuckDBPyConnection, live: Path) -> None:
    """Take over from the live file what no lake tells: publications, and when columns widened.

    The live file is opened for itself, because others may look at what the file behind `con` holds meanwhile.
    """
    with duckdb.connect(str(live), read_only=True) as there:
        known = {name: there.sql(statement(f"rebuild/known_{name}")).to_arrow_table() for name in HISTORY}
    with transaction(con):
        for name, rows in known.items():
            con.register("known", rows)
            con.execute(statement(f"rebuild/take_{name}"))
            con.unregister("known")

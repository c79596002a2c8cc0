"""How documents get into the typed tables: many at once by SQL, or one at a time by the exact lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from warehouse.flatten.exact import ExactLane, Rows
from warehouse.flatten.left import TABLE, Left
from warehouse.flatten.plan import Plan, program_of
from warehouse.flatten.source import Row
from warehouse.native import Taken
from warehouse.quoting import quote
from warehouse.schema.columns import ROOT_COLUMNS

TEXTS = {"HUGEINT", "JSON", "HUGEINT[]"}
"""Types whose values come as texts."""


def insert_fast(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], batches: Iterable[pa.Table], left: Left) -> None:
    """Insert the documents that provably fit; the others go to `left`."""
    program = program_of([plan.table for plan in plans])
    for documents in batches:
        unfit = program.run(documents["doc"])
        for number, plan in enumerate(plans):
            _insert_taken(con, plan, program.taken(number), documents, whole=not len(unfit))
        if len(unfit):
            left.add(documents.take(unfit))
        program.clear()


def _insert_taken(
    con: duckdb.DuckDBPyConnection, plan: Plan, taken: Taken, documents: pa.Table, *, whole: bool
) -> None:
    """Insert rows made of documents; `whole` where all of these were taken."""
    if not len(taken.documents):
        return
    found = {"parent_position": taken.parents, "position": taken.positions}
    rows = documents.select(ROOT_COLUMNS)
    if plan.table.steps or not whole:
        rows = rows.take(taken.documents)
    arrays = [found[key] if key in found else rows[key] for key in plan.table.keys] + taken.columns
    typed = pa.table(arrays, names=[f"c{at}" for at in range(len(arrays))])
    casts = [
        f"cast(c{at} as {column.type}) as c{at}"
        for at, column in enumerate(plan.table.columns, len(plan.table.keys))
        if column.type in TEXTS
    ]
    replaced = f" replace ({', '.join(casts)})" if casts else ""
    con.register("typed", typed)
    con.execute(f"insert into {plan.target} select *{replaced} from typed")
    con.unregister("typed")


def insert_exact(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], rows: Sequence[Row], left: Left) -> None:
    """Insert documents by the exact lane, and take them off those that are left."""
    lane = ExactLane([plan.table for plan in plans])
    for _, event_id, data in rows:
        lane.add(event_id, data)
    for plan in plans:
        _insert_rows(con, plan, lane.rows[plan.table.steps])
    _insert_misfits(con, plans, lane)
    left.remove([event_id for _, event_id, _ in rows])


def _insert_rows(con: duckdb.DuckDBPyConnection, plan: Plan, rows: Rows) -> None:
    if not rows.event_ids:
        return
    types = [pa.list_(pa.string()) if column.is_list else pa.string() for column in plan.table.columns]
    cells = [pa.array(cells, type_) for cells, type_ in zip(rows.cells, types, strict=True)]
    exact = pa.table(  # noqa: F841 # DuckDB finds it by its name
        [pa.array(rows.event_ids), pa.array(rows.parents, pa.int64()), pa.array(rows.positions, pa.int64()), *cells],
        names=["event_id", "parent_position", "position", *(f"c{at}" for at in range(len(cells)))],
    )
    values = [f"cast(c{at} as {column.type}) as {quote(column.name)}" for at, column in enumerate(plan.table.columns)]
    joined = "exact" if plan.table.steps else f"exact join {TABLE} using (event_id)"
    con.execute(f"insert into {plan.target} select {', '.join([*plan.table.keys, *values])} from {joined}")


def _insert_misfits(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], lane: ExactLane) -> None:
    names = {plan.table.steps: plan for plan in plans}
    misfits = pa.table({  # noqa: F841 # DuckDB finds it by its name
        "event_id": pa.array([misfit.event_id for misfit in lane.misfits], pa.string()),
        "schema_name": pa.array([names[misfit.table].schema_name for misfit in lane.misfits], pa.string()),
        "table_name": pa.array([names[misfit.table].table_name for misfit in lane.misfits], pa.string()),
        "column_name": pa.array([misfit.column_name for misfit in lane.misfits], pa.string()),
        "json_path": pa.array([misfit.json_path for misfit in lane.misfits], pa.string()),
        "value": pa.array([misfit.value for misfit in lane.misfits], pa.string()),
    })  # fmt: skip
    con.execute("insert into ops.misfits select * from misfits")

"""How documents get into the typed tables: many at once by SQL, or one at a time by the exact lane."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import duckdb
import pyarrow as pa

from warehouse.facts import KEYS, Place, Telling
from warehouse.flatten.exact import ExactLane, Rows
from warehouse.flatten.left import TABLE, Left
from warehouse.flatten.plan import Plan
from warehouse.flatten.source import Row
from warehouse.native import Program, Taken

TEXTS = {"HUGEINT", "JSON", "HUGEINT[]"}
"""Types whose values come as texts."""


def insert_fast(
    con: duckdb.DuckDBPyConnection,
    plans: Sequence[Plan],
    program: Program,
    batches: Iterable[pa.Table],
    left: Left,
    *,
    telling: Telling | None,
) -> None:
    """Insert the documents that provably fit, and tell them to their process; the others go to `left`.

    The program is that of the plans' tables.
    """
    for documents in batches:
        unfit = program.run(documents["doc"])
        for number, plan in enumerate(plans):
            taken = program.taken(number)
            if len(taken.documents):
                _insert_taken(con, plan, taken, documents, None if plan.table.steps else telling)
        if len(unfit):
            left.add(documents.take(unfit))
        program.clear()


def _insert_taken(
    con: duckdb.DuckDBPyConnection, plan: Plan, taken: Taken, documents: pa.Table, telling: Telling | None
) -> None:
    """Insert rows made of documents."""
    positions = {"parent_position": taken.parents, "position": taken.positions}
    wanted = [*plan.table.keys, *(("load_no", "echo_key") if telling else ())]
    rows = documents.select([name for name in wanted if name not in positions])
    if plan.table.steps or len(taken.documents) < rows.num_rows:
        rows = rows.take(taken.documents)
    found = positions | {name: rows[name] for name in rows.column_names}
    columns = plan.table.columns
    names = [f"c{at}" for at in range(len(columns))]
    # not registered, because DuckDB would keep it, and the documents with it, until the transaction ends
    typed = pa.table([found[key] for key in wanted] + taken.columns, names=[*wanted, *names])
    values = [
        f"cast({name} as {column.type})" if column.type in TEXTS else name
        for name, column in zip(names, columns, strict=True)
    ]
    con.execute(f"insert into {plan.target} select {', '.join([*plan.table.keys, *values])} from typed")
    if telling:
        places = [Place(column.steps, column.type, name) for name, column in zip(names, columns, strict=True)]
        telling.insert(con, f"select {KEYS}, {telling.facts(places)} from rows", typed)


def insert_exact(
    con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], rows: Sequence[Row], left: Left, telling: Telling | None
) -> int:
    """Insert documents by the exact lane, tell them to their process, and take them off those that are left.

    Returns the number of misfits.
    """
    lane = ExactLane([plan.table for plan in plans])
    for _, event_id, data in rows:
        lane.add(event_id, data)
    for plan in plans:
        _insert_rows(con, plan, lane.rows[plan.table.steps], None if plan.table.steps else telling)
    _insert_misfits(con, plans, lane)
    left.remove([event_id for _, event_id, _ in rows])
    return len(lane.misfits)


def _insert_rows(con: duckdb.DuckDBPyConnection, plan: Plan, rows: Rows, telling: Telling | None) -> None:
    if not rows.event_ids:
        return
    types = [pa.list_(pa.string()) if column.is_list else pa.string() for column in plan.table.columns]
    cells = [pa.array(cells, type_) for cells, type_ in zip(rows.cells, types, strict=True)]
    exact = pa.table(
        [pa.array(rows.event_ids), pa.array(rows.parents, pa.int64()), pa.array(rows.positions, pa.int64()), *cells],
        names=["event_id", "parent_position", "position", *(f"c{at}" for at in range(len(cells)))],
    )
    values = [f"cast(c{at} as {column.type})" for at, column in enumerate(plan.table.columns)]
    joined = "" if plan.table.steps else f" join {TABLE} using (event_id)"
    con.execute(f"insert into {plan.target} select {', '.join([*plan.table.keys, *values])} from exact{joined}")
    if telling:
        casts = [Place(column.steps, column.type, values[at]) for at, column in enumerate(plan.table.columns)]
        telling.insert(con, f"select {KEYS}, {telling.facts(casts)} from rows{joined}", exact)


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

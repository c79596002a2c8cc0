"""How documents get into the typed tables: many at once by SQL, or one at a time by the exact lane."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb
import pyarrow as pa

from warehouse.flatten.compiler import UNKNOWN, Known, Plan
from warehouse.flatten.exact import ExactLane, Rows
from warehouse.flatten.source import Row, Source
from warehouse.quoting import quote
from warehouse.schema.shape import Steps
from warehouse.statements import statement

LEFT = "left_over"
"""The temporary table of the documents that the fast lane has left."""

MANY, SAMPLE = 2_000, 1_000
"""From how many documents it pays to look at some for their shapes first, and at how many."""


def insert_fast(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], source: Source) -> bool:
    """Insert what provably fits; True where some did not, which is in the table LEFT afterwards."""
    insert = _insert_family if len(plans) > 1 else _insert_alone
    some_left = insert(con, plans, source, source.count())
    if some_left:
        con.execute(f"create or replace temp table still_left as {source.rows} and event_id in (from left_ids)")
        con.execute("drop table left_ids")
    con.execute(f"drop table if exists {LEFT}")
    if some_left:
        con.execute(f"alter table still_left rename to {LEFT}")
    return some_left


def _insert_alone(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], source: Source, documents: int) -> bool:
    """Insert into a table without children, straight from the documents."""
    (plan,) = plans
    keys = ", ".join(plan.table.keys)
    reading = plan.reading(source.sql, keys, _known(con, plan, f"{source.sql} limit {SAMPLE:d}", documents))
    inserted = con.execute(f"insert into {plan.target} {plan.typed(f'({reading})', keys, 'fits')}").fetchall()[0][0]
    if inserted == documents:
        return False
    rows = con.execute("select count(*) from " + plan.target).fetchall()[0][0]
    if rows <= 2 * inserted:
        unfit = f"select event_id from ({source.sql}) where event_id not in (select event_id from {plan.target})"
    else:
        unfit = f"select event_id from ({reading}) where not fits"
    con.execute(f"create or replace temp table left_ids as {unfit}")
    return True


def _insert_family(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], source: Source, documents: int) -> bool:
    """Insert events and their elements; an event of which any part does not fit is left as a whole."""
    con.execute("create or replace temp table left_ids (event_id varchar)")
    readings: dict[Steps, str] = {}
    for at, plan in enumerate(plans):
        readings[plan.table.steps] = f"read_{at}"
        every, some = source.sql, f"{source.sql} limit {SAMPLE:d}"
        if plan.table.steps:
            every, some = (_elements(plans, plan, readings, limit) for limit in ("", f" limit {SAMPLE:d}"))
        keys = ", ".join([*plan.table.keys, *(["doc"] if plan.table.children else [])])
        reading = plan.reading(every, keys, _known(con, plan, some, documents))
        con.execute(f"create or replace temp table read_{at} as {reading}")
        con.execute(f"insert into left_ids select distinct event_id from read_{at} where not fits")
    some_left = bool(con.execute("from left_ids limit 1").fetchall())
    kept = "event_id not in (from left_ids)" if some_left else "true"
    for at, plan in enumerate(plans):
        typed = plan.typed(f"read_{at}", ", ".join(plan.table.keys), kept)
        con.execute(f"insert into {plan.target} {typed}")
        con.execute(f"drop table read_{at}")
    return some_left


def _elements(plans: Sequence[Plan], child: Plan, readings: Mapping[Steps, str], limit: str) -> str:
    """A query for the elements that a child table is made of."""
    parent = next(plan for plan in plans if child.table.steps in plan.table.children)
    documents = f"from {readings[parent.table.steps]}{limit}"
    return parent.elements(child.table.steps, documents, nested=bool(parent.table.steps))


def _known(con: duckdb.DuckDBPyConnection, plan: Plan, some: str, documents: int) -> Known:
    """The shapes of some documents, where there are many: most of the others have the same."""
    if documents < MANY:
        return UNKNOWN
    shapes = con.execute(plan.shapes(some)).fetchall()
    return Known(frozenset(shape for shape, _ in shapes), frozenset(shape for shape, calm in shapes if calm))


def take_left(con: duckdb.DuckDBPyConnection, limit: int) -> list[Row]:
    """The first documents, in the order of receipt, that are left."""
    return con.execute(statement("flatten/take_left"), {"limit": limit}).fetchall()


def insert_exact(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], rows: Sequence[Row]) -> None:
    """Insert documents by the exact lane, and take them off the table LEFT."""
    lane = ExactLane([plan.table for plan in plans])
    for _, event_id, data in rows:
        lane.add(event_id, data)
    for plan in plans:
        _insert_rows(con, plan, lane.rows[plan.table.steps])
    _insert_misfits(con, plans, lane)
    done = pa.table({"event_id": [event_id for _, event_id, _ in rows]})  # noqa: F841 # DuckDB finds it by its name
    con.execute("delete from left_over where event_id in (select event_id from done)")


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
    joined = "exact" if plan.table.steps else f"exact join {LEFT} using (event_id)"
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

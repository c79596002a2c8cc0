"""How documents get into the typed tables: many at once by SQL, or one at a time by the exact lane."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb
import pyarrow as pa

from warehouse.flatten.compiler import Plan
from warehouse.flatten.exact import ExactLane, Rows
from warehouse.flatten.source import Row, Source
from warehouse.quoting import quote
from warehouse.statements import statement

LEFT = "left_over"
"""The temporary table of the documents that the fast lane has left."""


def insert_fast(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], source: Source) -> None:
    """Insert what provably fits; what does not is in the table LEFT afterwards."""
    root, *children = plans
    con.execute("create or replace temp table left_ids (event_id varchar)")
    reading = root.reading(source.sql, ", ".join(root.table.keys))
    if children:
        _find_left(con, plans, source)
        kept = "event_id not in (from left_ids)"
        con.execute(f"insert into {root.target} {root.typed(reading, ', '.join(root.table.keys), kept)}")
        for at, child in enumerate(children):
            typed = child.typed(_element_reading(child, at), ", ".join(child.table.keys), kept)
            con.execute(f"insert into {child.target} {typed}")
            con.execute(f"drop table elements_{at}")
    else:
        typed = root.typed(reading, ", ".join(root.table.keys), "fits")
        inserted = con.execute(f"insert into {root.target} {typed}").fetchall()[0][0]
        if inserted < source.count():
            con.execute(f"insert into left_ids {_unfit(con, root, reading, source, inserted)}")
    _keep_left(con, source)


def _unfit(con: duckdb.DuckDBPyConnection, root: Plan, reading: str, source: Source, inserted: int) -> str:
    """A query for the documents that were not inserted: by what the table holds, or read again where it is large."""
    rows = con.execute("select count(*) from " + root.target).fetchall()[0][0]
    if rows <= 2 * inserted:
        return f"select event_id from ({source.sql}) where event_id not in (select event_id from {root.target})"
    return f"select event_id from ({reading}) where not fits"


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


def _find_left(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], source: Source) -> None:
    """Collect the events of which a part, in the event's own table or a child, does not fit."""
    root, *children = plans
    con.execute(f"insert into left_ids select event_id from ({root.reading(source.sql, 'event_id')}) where not fits")
    origin = {root.table.steps: (root, source.sql)}
    for at, child in enumerate(children):
        parent, documents = next(
            (plan, sql) for plan, sql in origin.values() if child.table.steps in plan.table.children
        )
        elements = parent.elements(child.table.steps, documents, nested=bool(parent.table.steps))
        con.execute(f"create or replace temp table elements_{at} as {elements}")
        origin[child.table.steps] = (child, f"from elements_{at}")
        reading = _element_reading(child, at)
        con.execute(f"insert into left_ids select distinct event_id from ({reading}) where not fits")


def _element_reading(child: Plan, at: int) -> str:
    return child.reading(f"from elements_{at}", ", ".join(child.table.keys))


def _keep_left(con: duckdb.DuckDBPyConnection, source: Source) -> None:
    """Make LEFT of the documents whose ids were left; nothing is read where there are none."""
    none = not con.execute("select 1 from left_ids limit 1").fetchall()
    chosen = "limit 0" if none else f"where {source.condition} and event_id in (from left_ids)"
    con.execute(f"create or replace temp table still_left as select * from {source.table} {chosen}")
    con.execute("drop table left_ids")
    con.execute(f"drop table if exists {LEFT}")
    con.execute(f"alter table still_left rename to {LEFT}")


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

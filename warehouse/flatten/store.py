"""What is remembered between two flattens of an event_name: its shape, its tables, how far it has come."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

import duckdb
import pyarrow as pa

from warehouse.flatten.plan import Plan
from warehouse.quoting import quote
from warehouse.schema.columns import Table
from warehouse.schema.names import Names, child_wish, json_path
from warehouse.schema.places import Steps
from warehouse.schema.shape import Shape
from warehouse.statements import statement


def progress(con: duckdb.DuckDBPyConnection, event_name: str) -> tuple[int, dict[str, str], str | None]:
    """The last load whose events are in the tables (-1 before the first), and what they were made and told by.

    That is the declared types, and the fingerprint of the process.
    """
    query = "select load_no, declared, process from core.flattened where event_name = ?"
    row = con.execute(query, [event_name]).fetchone()
    return (row[0], dict(row[1]), row[2]) if row else (-1, {}, None)


def load_shape(con: duckdb.DuckDBPyConnection, event_name: str, declared: Iterable[Steps]) -> Shape:
    """The shape as the last flatten left it."""
    shape = Shape(declared)
    stored = con.execute(statement("flatten/observed"), [event_name]).fetchall()
    shape.put_back((tuple(steps), kinds, (first[0], first[1], first[2])) for steps, kinds, *first in stored)
    return shape


def save_shape(con: duckdb.DuckDBPyConnection, event_name: str, shape: Shape, *, first: bool) -> None:
    """Replace what is remembered of the shape; `first`: nothing is."""
    places = list(shape.root.walk())
    observed = pa.table({  # noqa: F841 # DuckDB finds it by its name
        "event_name": [event_name] * len(places),
        "steps": pa.array([list(place.steps) for place in places], pa.list_(pa.string())),
        "kinds": pa.array([place.kinds for place in places], pa.uint32()),
        "first_received_at": [place.first[0] for place in places],
        "first_event_id": [place.first[1] for place in places],
        "first_position": [place.first[2] for place in places],
    })  # fmt: skip
    if not first:
        con.execute("delete from core.observed where event_name = ?", [event_name])
    con.execute("insert into core.observed select * from observed")


def plans(con: duckdb.DuckDBPyConnection, event_name: str, tables: Sequence[Table]) -> list[Plan]:
    """The tables with their names: the event's own as it was given in the load, its children as they are called.

    Those that are new have the next free name, until all are written.
    """
    schema_name, table_name = con.execute(statement("flatten/own_table"), [event_name]).fetchall()[0]
    values = {"schema": schema_name, "event_name": event_name}
    there = con.execute(statement("flatten/other_tables"), values).fetchall() if len(tables) > 1 else []
    known = {"$": table_name} | {path: name for path, name in there if path}
    names = Names(name for _, name in there)
    paths = [(table, json_path(table.steps)) for table in tables]
    return [
        Plan(table, schema_name, known.get(path) or names.take(child_wish(table_name, table.steps)))
        for table, path in paths
    ]


def save_columns(con: duckdb.DuckDBPyConnection, event_name: str, made: Sequence[Plan], *, first: bool) -> None:
    """Write ops.columns; a column whose type has changed since is marked as widened now.

    Of what the one for the rest holds, no first event is known.
    `first`: the event_name had no tables before.
    """
    gone = () if first else con.execute(statement("flatten/forget_columns"), {"event_name": event_name}).fetchall()
    was = {tuple(key): (data_type, widened_at) for *key, data_type, widened_at in gone}
    found = [(plan, at, column) for plan in made for at, column in enumerate(plan.table.columns)]
    paths = [json_path(column.steps) for *_, column in found]
    known = [
        was.get((plan.table_name, column.name, path), (column.type, None))
        for (plan, _, column), path in zip(found, paths, strict=True)
    ]
    firsts = [None if column.rest else column.first for *_, column in found]
    columns = pa.table({  # noqa: F841 # DuckDB finds it by its name
        "schema_name": pa.array([plan.schema_name for plan, _, _ in found], pa.string()),
        "table_name": pa.array([plan.table_name for plan, _, _ in found], pa.string()),
        "column_name": pa.array([column.name for *_, column in found], pa.string()),
        "json_path": pa.array(paths, pa.string()),
        "data_type": pa.array([column.type for *_, column in found], pa.string()),
        "origin": pa.array(["declared" if column.declared else "observed" for *_, column in found], pa.string()),
        "ordinal": pa.array([at for _, at, _ in found], pa.int64()),
        "first_event_id": pa.array([first and first[1] for first in firsts], pa.string()),
        "first_received_at": pa.array([first and first[0] for first in firsts], pa.timestamp("us", "UTC")),
        "widens": [data_type != column.type for (data_type, _), (*_, column) in zip(known, found, strict=True)],
        "widened_at": pa.array([widened_at for _, widened_at in known], pa.timestamp("us", "UTC")),
    })  # fmt: skip
    con.execute(statement("flatten/insert_columns"))


def save_tables(con: duckdb.DuckDBPyConnection, event_name: str, made: Sequence[Plan], rows: Sequence[int]) -> None:
    """Write ops.tables; `rows` says how many each table has."""
    con.execute("delete from ops.tables where event_name = ?", [event_name])
    tables = pa.table({  # noqa: F841 # DuckDB finds it by its name
        "event_name": [event_name] * len(made),
        "schema_name": [plan.schema_name for plan in made],
        "table_name": [plan.table_name for plan in made],
        "json_path": [json_path(plan.table.steps) for plan in made],
        "rows": pa.array(rows, pa.int64()),
    })  # fmt: skip
    con.execute("insert into ops.tables select * from tables")


def row_count(con: duckdb.DuckDBPyConnection, plan: Plan) -> int:
    """How many rows the plan's table has."""
    return int(con.execute("select count(*) from " + plan.target).fetchall()[0][0])


def save_progress(
    con: duckdb.DuckDBPyConnection,
    event_name: str,
    load_no: int,
    declared: Mapping[str, str],
    process: str | None,
    *,
    first: bool,
) -> None:
    """Remember how far the tables have come, by which declared types, and by what their events were told."""
    if not first:
        con.execute("delete from core.flattened where event_name = ?", [event_name])
    con.execute("insert into core.flattened values (?, ?, ?, ?)", [event_name, load_no, dict(declared), process])


def row_counts(con: duckdb.DuckDBPyConnection, event_name: str) -> dict[str, int]:
    """How many rows each table of an event_name had after its last flatten, by the path of its array."""
    return dict(con.execute('select json_path, "rows" from ops.tables where event_name = ?', [event_name]).fetchall())


def drop_tables(con: duckdb.DuckDBPyConnection, event_name: str) -> None:
    """Drop the event's tables and the misfits kept for them."""
    for schema_name, table_name in con.execute(statement("flatten/tables_of"), [event_name]).fetchall():
        con.execute(f"drop table if exists {quote(schema_name)}.{quote(table_name)}")
        con.execute(statement("flatten/drop_misfits"), [schema_name, table_name])

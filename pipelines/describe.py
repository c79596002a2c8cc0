"""What Dagster's pages show of a table: rows, columns, where each came from, a preview.

A preview never shows a column that could hold personal data: Dagster keeps metadata for good, and erasure must not
have to look for people in it.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any

import duckdb
from dagster import MetadataValue, TableColumn, TableColumnDep, TableColumnLineage, TableSchema

from warehouse.quoting import quote

PREVIEW_ROWS = 5
HARMLESS_NAMES = {"event_id", "company_id", "event_name", "stage", "decision", "currency", "category"}
HARMLESS_TYPES = ("TIMESTAMP", "BIGINT", "BOOLEAN", "INTERVAL")
STORED = {"event_store": "events", "process_rules": "process_events", "process_expects": "process_events"}
"""Tables that are part of an asset of another name."""
ENVELOPE = {"event_id", "company_id", "occurred_at", "received_at"}

Metadata = dict[str, Any]
Columns = list[tuple[str, str]]


def describe_table(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    seconds: float,
    *,
    paths: Mapping[str, str] | None = None,
    made_of: Mapping[str, list[str]] | None = None,
) -> Metadata:
    """Return the metadata of one table or view; rows and preview are left out where they take over `seconds`.

    `paths` (column name to JSON path in `data`) marks a typed event table; `made_of` (column name to the
    `schema.object.column` it comes from) a view.
    """
    columns = columns_of(connection, schema, table)
    metadata: Metadata = {
        "dagster/table_name": f"warehouse.{schema}.{table}",
        "dagster/column_schema": _schema(columns, paths or {}),
    }
    if paths is not None:
        metadata["dagster/column_lineage"] = _lineage(columns)
    elif made_of:
        metadata["dagster/column_lineage"] = _lineage_of_view(made_of)
    metadata.update(_contents(connection, schema, table, columns, seconds))
    return metadata


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> Columns:
    """Return the columns of a table or view with their types, in order."""
    rows = connection.execute(
        "select column_name, data_type from duckdb_columns() where schema_name = ? and table_name = ?"
        " order by column_index",
        [schema, table],
    ).fetchall()
    return [(str(name), str(data_type)) for name, data_type in rows]


def markdown(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return the rows as a Markdown table."""
    lines = ["| " + " | ".join(names) + " |", "|" + " --- |" * len(names)]
    lines += ["| " + " | ".join(_cell(value) for value in row) + " |" for row in rows]
    return "\n".join(lines)


def _cell(value: Any) -> str:
    return "" if value is None else str(value).replace("|", "\\|").replace("\n", " ")


def _schema(columns: Columns, paths: Mapping[str, str]) -> TableSchema:
    return TableSchema([TableColumn(name, data_type, description=paths.get(name)) for name, data_type in columns])


def _lineage(columns: Columns) -> TableColumnLineage:
    return TableColumnLineage(
        {name: [TableColumnDep(["core", "events"], name if name in ENVELOPE else "data")] for name, _ in columns}
    )


def _lineage_of_view(made_of: Mapping[str, list[str]]) -> TableColumnLineage:
    places = {column: [place.split(".") for place in found] for column, found in made_of.items()}
    return TableColumnLineage(
        {
            column: [TableColumnDep([schema, STORED.get(table, table)], name) for schema, table, name in found]
            for column, found in places.items()
        }
    )


def _contents(
    connection: duckdb.DuckDBPyConnection, schema: str, table: str, columns: Columns, seconds: float
) -> Metadata:
    shown = [name for name, data_type in columns if name in HARMLESS_NAMES or data_type.startswith(HARMLESS_TYPES)]
    try:
        with _limited(connection, seconds):
            relation = connection.table(quote(schema) + "." + quote(table))
            count, rows = (_of_table if _is_table(connection, schema, table) else _of_view)(relation, shown)
    except duckdb.InterruptException:
        return {"row_count_left_out": "counting the rows of all views takes too long"}
    return {"dagster/row_count": count, "preview": MetadataValue.md(markdown(shown, rows))}


@contextmanager
def _limited(connection: duckdb.DuckDBPyConnection, seconds: float) -> Iterator[None]:
    """Interrupt what runs on the connection after some seconds; again and again, as one may come between two steps."""
    if seconds <= 0:
        raise duckdb.InterruptException
    ended = threading.Event()

    def interrupt() -> None:
        pause = seconds
        while not ended.wait(pause):
            connection.interrupt()
            pause = 0.01

    watch = threading.Thread(target=interrupt, daemon=True)
    watch.start()
    try:
        yield
    finally:
        ended.set()
        watch.join()


def _is_table(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> bool:
    return bool(
        connection.execute(
            "select 1 from duckdb_tables() where schema_name = ? and table_name = ?", [schema, table]
        ).fetchall()
    )


def _of_table(relation: duckdb.DuckDBPyRelation, shown: list[str]) -> tuple[int, list[Any]]:
    """Count and look separately: a table knows its count, and a look reads a few rows only."""
    rows = relation.select(*map(duckdb.ColumnExpression, shown)).limit(PREVIEW_ROWS).fetchall() if shown else []
    return int(relation.count("*").fetchall()[0][0]), rows


def _of_view(relation: duckdb.DuckDBPyRelation, shown: list[str]) -> tuple[int, list[Any]]:
    """Count and look at once, because a view is worked out anew for each question."""
    counted = duckdb.SQLExpression("count(*) over ()")
    rows = relation.select(*map(duckdb.ColumnExpression, shown), counted).limit(PREVIEW_ROWS).fetchall()
    return (int(rows[0][-1]) if rows else 0), [row[:-1] for row in rows]

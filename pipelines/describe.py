"""What Dagster's pages show of a table: rows, columns, where each came from, a preview.

A preview never shows a column that could hold personal data: Dagster keeps metadata for good, and erasure must not
have to look for people in it.
"""

import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, NamedTuple

import duckdb
from dagster import MetadataValue, TableColumn, TableColumnDep, TableColumnLineage, TableSchema

from warehouse.quoting import quote

PREVIEW_ROWS = 5
HARMLESS_NAMES = {"event_id", "company_id", "event_name", "stage", "decision", "currency", "category"}
HARMLESS_TYPES = ("TIMESTAMP", "BIGINT", "BOOLEAN", "INTERVAL")
STORED = {"event_store": "events", "process_rules": "process_events", "process_expects": "process_events"}
"""Tables that are part of an asset of another name."""
ENVELOPE = {"event_id", "company_id", "occurred_at", "received_at"}

COLUMNS = """
    select schema_name, table_name, column_name, data_type, comment from duckdb_columns()
    where ($schema is null or schema_name = $schema) and ($table is null or table_name = $table)
    order by column_index
"""

Metadata = dict[str, Any]


class Column(NamedTuple):
    """A column with its type and what is said of it."""

    name: str
    data_type: str
    comment: str | None


Columns = list[Column]


def describe_table(
    connection: duckdb.DuckDBPyConnection,
    schema: str,
    table: str,
    seconds: float | None = None,
    *,
    paths: Mapping[str, str] | None = None,
    made_of: Mapping[str, list[str]] | None = None,
    columns: Columns | None = None,
) -> Metadata:
    """Return the metadata of one table or view.

    `seconds` is for what has to be worked out: rows and preview are left out where they take longer. Without, it is a
    stored table, or a view of the columns of one, which knows its count and whose first rows are at hand.
    `paths` (column name to JSON path in `data`) marks a typed event table; `made_of` (column name to the
    `schema.object.column` it comes from) a view; `columns` saves a look where they are known.
    """
    columns = columns_of(connection, schema, table) if columns is None else columns
    metadata: Metadata = {
        "dagster/table_name": f"warehouse.{schema}.{table}",
        "dagster/column_schema": _schema(columns, paths or {}),
    }
    if paths is not None:
        metadata["dagster/column_lineage"] = _lineage(columns)
    elif made_of:
        metadata["dagster/column_lineage"] = _lineage_of_view(made_of)
    return metadata | _contents(connection, quote(schema) + "." + quote(table), columns, seconds)


def columns_of(connection: duckdb.DuckDBPyConnection, schema: str, table: str) -> Columns:
    """Return the columns of a table or view with their types, in order."""
    rows = connection.execute(COLUMNS, {"schema": schema, "table": table}).fetchall()
    return [Column(*row[2:]) for row in rows]


def all_columns(connection: duckdb.DuckDBPyConnection) -> dict[tuple[str, str], Columns]:
    """Return the columns of every table and view, by schema and name: to look at all costs as much as at one."""
    found: dict[tuple[str, str], Columns] = {}
    for schema, table, *column in connection.execute(COLUMNS, {"schema": None, "table": None}).fetchall():
        found.setdefault((schema, table), []).append(Column(*column))
    return found


def markdown(names: Sequence[str], rows: Sequence[Sequence[Any]]) -> str:
    """Return the rows as a Markdown table."""
    lines = [_line(names), "|" + " --- |" * len(names), *map(_line, rows)]
    return "\n".join(lines)


def _line(values: Sequence[Any]) -> str:
    return "| " + " | ".join(map(_cell, values)) + " |"


def _cell(value: Any) -> str:
    return "" if value is None else " ".join(str(value).splitlines()).replace("|", "\\|")


def _schema(columns: Columns, paths: Mapping[str, str]) -> TableSchema:
    return TableSchema(
        [
            TableColumn(name, data_type, description=" ".join(filter(None, (paths.get(name), comment))) or None)
            for name, data_type, comment in columns
        ]
    )


def _lineage(columns: Columns) -> TableColumnLineage:
    return TableColumnLineage(
        {name: [TableColumnDep(["core", "events"], name if name in ENVELOPE else "data")] for name, _, _ in columns}
    )


def _lineage_of_view(made_of: Mapping[str, list[str]]) -> TableColumnLineage:
    places = {column: [place.split(".") for place in found] for column, found in made_of.items()}
    return TableColumnLineage(
        {
            column: [TableColumnDep([schema, STORED.get(table, table)], name) for schema, table, name in found]
            for column, found in places.items()
        }
    )


def _contents(connection: duckdb.DuckDBPyConnection, name: str, columns: Columns, seconds: float | None) -> Metadata:
    shown = [one.name for one in columns if one.name in HARMLESS_NAMES or one.data_type.startswith(HARMLESS_TYPES)]
    try:
        if seconds is None:
            count, rows = _of_stored(connection, name, shown)
        else:
            with _limited(connection, seconds):
                count, rows = _of_view(connection, name, shown)
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


def _of_stored(connection: duckdb.DuckDBPyConnection, name: str, shown: list[str]) -> tuple[int, list[Any]]:
    """Count and look separately: neither reads more than a few rows."""
    (count,) = connection.execute("select count(*) from " + name).fetchall()[0]
    return count, _first_rows(connection, name, list(map(quote, shown))) if shown else []


def _of_view(connection: duckdb.DuckDBPyConnection, name: str, shown: list[str]) -> tuple[int, list[Any]]:
    """Count and look at once, because a view is worked out anew for each question."""
    rows = _first_rows(connection, name, [*map(quote, shown), "count(*) over ()"])
    return (int(rows[0][-1]) if rows else 0), [row[:-1] for row in rows]


def _first_rows(connection: duckdb.DuckDBPyConnection, name: str, wanted: list[str]) -> list[Any]:
    query = "select " + ", ".join(wanted) + " from " + name + " limit $rows"
    return connection.execute(query, {"rows": PREVIEW_ROWS}).fetchall()

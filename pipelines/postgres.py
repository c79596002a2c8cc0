"""The views of analytics as tables of a PostgreSQL database, for tools that speak only its protocol.

All of one publication in one transaction: whoever reads meanwhile sees the last one, waits for nothing, and then sees
the new one. Tables stay the same tables while their columns do, so that grants, indexes and views upon them stay.
"""

import io
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path
from typing import Any

import duckdb
from duckdb import ColumnExpression, ConstantExpression, FunctionExpression
from pyarrow import csv

from pipelines.reading import published
from pipelines.statements import SQL, rows_of

SCHEMA = "analytics"
ROWS_AT_ONCE = 50_000
LOCK_SECONDS = 60
TYPES = {
    "VARCHAR": "text",
    "BOOLEAN": "boolean",
    "INTEGER": "integer",
    "BIGINT": "bigint",
    "HUGEINT": "numeric(38,0)",
    "DOUBLE": "double precision",
    "DATE": "date",
    "TIMESTAMP WITH TIME ZONE": "timestamp with time zone",
}


class NoDriver(Exception):  # noqa: N818 - it names a state
    """The optional driver for PostgreSQL is not installed."""

    def __init__(self) -> None:
        """Say how to install it."""
        install = ".venv/bin/python -m pip install -e '.[postgres]'"
        super().__init__(f"NACRE_POSTGRES_URL is set, but psycopg is not installed; run {install}")


class NotLoaded(Exception):  # noqa: N818 - it names a state
    """PostgreSQL did not take the views; it holds what it held before."""

    def __init__(self, reason: str) -> None:
        """Say what PostgreSQL said."""
        self.reason = reason
        super().__init__(f"PostgreSQL holds what it held before: {reason}")


@dataclass(frozen=True)
class Column:
    """A column of a view, and what PostgreSQL calls its type."""

    name: str
    data_type: str
    comment: str | None

    @property
    def postgres_type(self) -> str:
        """Return PostgreSQL's name of the type; what has no equal there is text."""
        if self.data_type.startswith("DECIMAL"):
            return self.data_type.lower().replace("decimal", "numeric")
        return TYPES.get(self.data_type, "text")


@dataclass(frozen=True)
class View:
    """A view of analytics."""

    name: str
    comment: str | None
    columns: Sequence[Column]


@dataclass(frozen=True)
class Loaded:
    """What was loaded, and where to."""

    place: str
    rows: dict[str, int]
    seconds: float


def load_postgres(warehouse: Path, url: str) -> Loaded:
    """Bring every view of analytics into the database at `url`. Raises NoDriver and NotLoaded."""
    try:
        import psycopg  # noqa: PLC0415 - optional: only who uses PostgreSQL has it
    except ImportError:
        raise NoDriver from None
    began = time.monotonic()
    try:
        with published(warehouse) as source, psycopg.connect(url, connect_timeout=10) as target:
            rows = _load(source, target)
            place = f"{target.info.host}:{target.info.port}/{target.info.dbname}"
    except psycopg.Error as error:
        raise NotLoaded(" ".join(str(error).split())) from error
    return Loaded(place, rows, time.monotonic() - began)


def _load(source: duckdb.DuckDBPyConnection, target: Any) -> dict[str, int]:
    from psycopg import sql  # noqa: PLC0415 - as above

    target.execute(sql.SQL("set local lock_timeout = {}").format(sql.Literal(f"{LOCK_SECONDS}s")))
    target.execute("select pg_advisory_xact_lock(hashtext('nacre'))")
    target.execute(sql.SQL("create schema if not exists {}").format(sql.Identifier(SCHEMA)))
    loaded = {}
    for view in views(source):
        table = sql.Identifier(SCHEMA, view.name)
        _prepare(target, table, view)
        with target.cursor() as cursor:
            with cursor.copy(sql.SQL("copy {} from stdin (format csv)").format(table)) as copy:
                for some in lines(source, view):
                    copy.write(some)
            loaded[view.name] = cursor.rowcount
    return loaded


def views(source: duckdb.DuckDBPyConnection) -> list[View]:
    """Return the views of analytics with their columns."""
    found = groupby(rows_of(source, "analytics_columns"), key=lambda row: (row["view_name"], row["view_comment"]))
    return [View(name, comment, _columns(rows)) for (name, comment), rows in found]


def _columns(rows: Iterable[dict[str, Any]]) -> list[Column]:
    return [Column(row["column_name"], row["data_type"], row["column_comment"]) for row in rows]


def _prepare(target: Any, table: Any, view: View) -> None:
    """Empty the table, or make it where it is missing or has other columns than the view."""
    from psycopg import sql  # noqa: PLC0415 - as above

    wanted = [(column.name, column.postgres_type) for column in view.columns]
    there = (SQL / "postgres_columns.sql").read_text(encoding="utf-8")
    if target.execute(there, [table.as_string(target)]).fetchall() == wanted:
        target.execute(sql.SQL("delete from {}").format(table))
        return
    target.execute(sql.SQL("drop table if exists {}").format(table))
    columns = [sql.SQL("{} {}").format(sql.Identifier(name), sql.SQL(type_)) for name, type_ in wanted]
    target.execute(sql.SQL("create table {} ({})").format(table, sql.SQL(", ").join(columns)))
    target.execute(sql.SQL("comment on table {} is {}").format(table, sql.Literal(view.comment)))
    for column in view.columns:
        place = sql.Identifier(SCHEMA, view.name, column.name)
        target.execute(sql.SQL("comment on column {} is {}").format(place, sql.Literal(column.comment)))


def lines(source: duckdb.DuckDBPyConnection, view: View) -> Iterator[bytes]:
    """Return the view as CSV, many rows at once: NULL is nothing, an empty text is a pair of quotes."""
    relation = source.view(f"{SCHEMA}.{view.name}").select(*map(_expression, view.columns))
    for batch in relation.to_arrow_reader(ROWS_AT_ONCE):
        written = io.BytesIO()
        csv.write_csv(batch, written, csv.WriteOptions(include_header=False))
        yield written.getvalue()


def _expression(column: Column) -> Any:
    """Return the column as PostgreSQL can hold it: its texts have no character 0."""
    if column.postgres_type != "text":
        return ColumnExpression(column.name)
    text = ColumnExpression(column.name).cast("VARCHAR")
    zero = FunctionExpression("chr", ConstantExpression(0))
    return FunctionExpression("replace", text, zero, ConstantExpression("")).alias(column.name)

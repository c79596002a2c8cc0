"""The statements of this room: one file each in `sql/`, run with values bound."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).parent / "sql"


def statement(name: str) -> str:
    """Return the text of `sql/<name>.sql`."""
    return (SQL / f"{name}.sql").read_text(encoding="utf-8")


def rows_of(
    connection: duckdb.DuckDBPyConnection, name: str, values: Mapping[str, Any] | None = None
) -> list[dict[str, Any]]:
    """Run `sql/<name>.sql` with the values bound to its parameters, and return its rows by column name."""
    cursor = connection.execute(statement(name), dict(values) if values else None)
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

"""The statements of this room: one file each in `sql/`, run with values bound."""

from pathlib import Path
from typing import Any

import duckdb

SQL = Path(__file__).parent / "sql"


def rows_of(connection: duckdb.DuckDBPyConnection, name: str) -> list[dict[str, Any]]:
    """Run `sql/<name>.sql` and return its rows by column name."""
    cursor = connection.execute((SQL / f"{name}.sql").read_text(encoding="utf-8"))
    columns = [column[0] for column in cursor.description]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

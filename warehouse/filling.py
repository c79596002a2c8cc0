"""Rows from Python into a small table."""

from __future__ import annotations

from collections.abc import Sequence

import duckdb

AT_ONCE = 500
"""Rows of one statement."""


def fill(con: duckdb.DuckDBPyConnection, table: str, rows: Sequence[Sequence[object]]) -> None:
    """Insert rows of as many values as the table has columns, many by one statement: to plan it costs more than a row.

    The values of a column have one type, or are None.
    """
    for first in range(0, len(rows), AT_ONCE):
        few = rows[first : first + AT_ONCE]
        places = "(" + ", ".join("?" * len(few[0])) + ")"
        values = [value for row in few for value in row]
        con.execute("insert into " + table + " values " + ", ".join([places] * len(few)), values)

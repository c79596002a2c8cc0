"""Rows from Python are in their table, however many."""

import duckdb
import pytest

from warehouse.filling import AT_ONCE, fill


@pytest.mark.parametrize("count", [0, 1, AT_ONCE, 2 * AT_ONCE + 1])
def test_all_rows_are_there(count: int) -> None:
    """Each row once, in order, with its nulls, numbers and texts."""
    rows = [(f"it's {number}", None if number % 3 else number / 4, number % 2 == 0) for number in range(count)]
    with duckdb.connect() as con:
        con.execute("create table kept (name varchar, part double, even boolean)")
        fill(con, "kept", rows)
        assert con.execute("from kept").fetchall() == rows

"""What Dagster shows of a table never holds a build up."""

import duckdb
import pytest

from pipelines.describe import describe_table


@pytest.mark.parametrize("seconds", [0.05, 0.0, -1.0])
def test_a_view_that_takes_too_long_is_shown_without_its_rows(seconds: float) -> None:
    """A view of ten thousand million rows is left uncounted, with the reason; the connection goes on working."""
    with duckdb.connect() as con:
        con.execute("create view main.huge as select a.range as event_id from range(100000) a, range(100000) b")
        metadata = describe_table(con, "main", "huge", seconds)
        assert metadata["row_count_left_out"] == "counting the rows of all views takes too long"
        assert "dagster/row_count" not in metadata
        assert con.execute("select 42").fetchall() == [(42,)]


def test_a_small_view_is_counted() -> None:
    """Rows and the first of them are shown where they cost next to nothing."""
    with duckdb.connect() as con:
        con.execute("create view main.small as select range as event_id from range(3) order by 1")
        metadata = describe_table(con, "main", "small", 30.0)
        assert (metadata["dagster/row_count"], metadata["preview"].value.count("\n")) == (3, 4)


def test_names_and_values_do_not_break_the_shown_table() -> None:
    """A bar is escaped, and what breaks lines is a space, in the names of columns as in values."""
    with duckdb.connect() as con:
        con.execute("create table main.odd as select 7::bigint as \"a|b\r\nc\", 'x|y\u2028z\nw' as event_id")
        shown = describe_table(con, "main", "odd", 30.0)["preview"].value
        assert shown.splitlines() == ["| a\\|b c | event_id |", "| --- | --- |", "| 7 | x\\|y z w |"]

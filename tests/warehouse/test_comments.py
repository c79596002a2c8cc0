"""What the catalogue says is there in the file that analysts open."""

from pathlib import Path

import duckdb

from tests.warehouse.lakes import delivery, warehouse
from warehouse.processes import advance
from warehouse.publish import publish

CREATED = "expenses.expense_created"


def test_comments_follow_the_tables_into_the_published_file(tmp_path: Path) -> None:
    """Columns made first, added later and made anew carry the catalogue's words in the published file."""
    first = [delivery(1, CREATED, '{"expenseId": "e1", "source": 1}')]
    second = [delivery(2, CREATED, '{"expenseId": "e2", "source": "OYSTER", "own": 1}')]
    third = [delivery(3, CREATED, '{"expenseId": "e3", "category": "CAR"}')]
    with warehouse(tmp_path, first, second, third) as con:
        path = publish(con, tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb").path
    with duckdb.connect(str(path), read_only=True) as con:
        told = con.execute(
            "select column_name, comment from duckdb_columns() where table_name = 'expense_created' order by all"
        ).fetchall()
    assert [row for row in told if row[0] in {"category", "expenseId", "own", "source"}] == [
        ("category", "What the money was spent on, such as CAR or HOME_OFFICE. Personal data: none."),
        ("expenseId", "Oyster's id of the expense. Personal data: none."),
        ("own", None),
        ("source", "Which system the expense came from, such as OYSTER. Personal data: none."),
    ]


def test_comments_follow_the_catalogue(tmp_path: Path) -> None:
    """Where tables say what the catalogue does not say any more, a build says it anew, though no event came."""
    with warehouse(tmp_path, [delivery(1, CREATED, '{"expenseId": "e1"}')]) as con:
        before = con.execute("select table_name, column_name, comment from duckdb_columns() order by all").fetchall()
        con.execute("""comment on table expenses.expense_created is 'x'""")
        con.execute("""comment on column expenses.expense_created."expenseId" is null""")
        advance(con)
        after = con.execute("select table_name, column_name, comment from duckdb_columns() order by all").fetchall()
        told = con.execute("select comment from duckdb_tables() where table_name = 'expense_created'").fetchall()
    assert (after, told[0][0][:24]) == (before, "expenses.expense_created")

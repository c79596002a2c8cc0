"""What the page says: the rows of each query, all of one snapshot and one moment."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb

from pipelines.statements import rows_of

SQL = Path(__file__).parent / "sql"
PREPARED = ("person", "expenses", "stages", "spend_source", "open_expenses")
QUERIES = (
    "headline",
    "decision_times",
    "decision_weeks",
    "funnel",
    "rework",
    "ageing",
    "overdue",
    "with_whom",
    "oldest",
    "spend",
    "spend_left_out",
    "approvers",
    "approvers_known",
    "arrivals",
    "event_names",
    "missing",
    "moved",
)
OF_STATUS = ("status_ledger", "status_quarantine")

Row = dict[str, Any]
Advance = Callable[[int], None]


class Incomplete(Exception):  # noqa: N818 - it names a state
    """The published warehouse lacks something that the page reads."""

    def __init__(self, query: str, reason: str) -> None:
        """Say which query found what missing."""
        self.query, self.reason = query, reason
        super().__init__(f"the published warehouse cannot answer {query}: {reason}; run nacre build, then again")


@dataclass(frozen=True)
class Facts:
    """The rows of each query by its name, and the moment that every age is counted to."""

    at: datetime
    rows: dict[str, list[Row]]

    def one(self, name: str) -> Row:
        """Return the row of a query that gives exactly one."""
        (row,) = self.rows[name]
        return row


def steps() -> int:
    """Return how many steps `read_facts` takes."""
    return len(PREPARED) + len(QUERIES) + len(OF_STATUS)


def read_facts(connection: duckdb.DuckDBPyConnection, advance: Advance) -> Facts:
    """Ask the published warehouse everything in one transaction, so that `now()` is one moment."""
    connection.execute("begin transaction")
    for name in PREPARED:
        _answer(connection, name)
        advance(1)
    rows = {}
    for name in QUERIES:
        rows[name] = _answer(connection, name)
        advance(1)
    for name in OF_STATUS:
        rows[name] = rows_of(connection, name)
        advance(1)
    (moment,) = connection.execute("select now()").fetchall()
    connection.execute("rollback")
    return Facts(at=moment[0], rows=rows)


def _answer(connection: duckdb.DuckDBPyConnection, name: str) -> list[Row]:
    text = (SQL / f"{name}.sql").read_text(encoding="utf-8")
    try:
        cursor = connection.execute(text)
    except (duckdb.CatalogException, duckdb.BinderException) as error:
        raise Incomplete(name, str(error).partition("\n")[0]) from error
    columns = [column[0] for column in cursor.description or ()]
    return [dict(zip(columns, row, strict=True)) for row in cursor.fetchall()]

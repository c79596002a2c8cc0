"""README.md: each question that it names is one query, and the query answers it on a published warehouse."""

import json
import re
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.lakes import Delivery, build, segment
from warehouse.build import open_build
from warehouse.processes import advance
from warehouse.publish import publish
from warehouse.views import refresh

PAGE = (Path(__file__).parent.parent / "README.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"^([A-Z][^\n]+\?)\n\n```sql\n(.+?)```", PAGE, re.DOTALL | re.MULTILINE))
SIGNS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
TODAY = datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
LAST_MONTH = (TODAY.replace(day=1) - timedelta(days=1)).replace(day=5)
SPAIN = {"engagementId": "n1", "countryCode": "ES"}


def told(number: int, verb: str, at: datetime, expense: str, **fields: Any) -> Delivery:
    """An event that occurred at a moment and was received now: its id tells the moment, as Oyster's does."""
    ticks = int(at.timestamp() * 1000)
    clock = "".join(SIGNS[ticks >> shift & 31] for shift in range(45, -5, -5))
    event_id = f"wh_{clock}{number:016}"
    envelope = {"event_name": f"expenses.expense_{verb}", "id": event_id, "company_id": "ABC1234"}
    body = json.dumps(envelope | {"data": {"expenseId": expense} | fields}).encode()
    return Delivery(event_id, envelope["event_name"], body, int(TODAY.timestamp() * 1_000_000) + number)


ON_TIME = [
    told(1, "submitted", LAST_MONTH, "e1", engagement=SPAIN, amount={"decimal": "20.50", "currencyCode": "EUR"}),
    told(2, "approved", LAST_MONTH + timedelta(hours=6), "e1", reviewedBy="r-7"),
    told(3, "reimbursed", LAST_MONTH + timedelta(days=1), "e1"),
    told(4, "submitted", LAST_MONTH, "e2", engagement=SPAIN),
    told(5, "declined", LAST_MONTH + timedelta(hours=2), "e2"),
    told(6, "submitted", TODAY - timedelta(days=14), "e3", engagement=SPAIN),
    told(7, "submitted", LAST_MONTH, "e4"),
    told(8, "deleted", LAST_MONTH + timedelta(hours=1), "e4"),
]
LATE = told(9, "approved", LAST_MONTH + timedelta(hours=10), "e5", amount={"decimal": "7.25", "currencyCode": "USD"})


@pytest.fixture(scope="module")
def published(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse published twice, between which one event of last month came."""
    folder = tmp_path_factory.mktemp("readme")
    path = folder / "warehouse.duckdb"
    with open_build(folder / "build.duckdb", memory_limit="500MB", threads=2) as con:
        for batch in (ON_TIME, [LATE]):
            build(con, [segment(folder / "lake", batch)])
            advance(con)
            refresh(con)
            publish(con, folder / "build.duckdb", path)
    return path


def answer(path: Path, question: str) -> list[tuple[Any, ...]]:
    """What the README's query says."""
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set timezone = 'UTC'")
        return con.execute(QUESTIONS[question]).fetchall()


def test_how_long_approvals_take_in_spain(published: Path) -> None:
    """Two decisions on claims of people in Spain took 2 and 6 hours; what was deleted elsewhere is not in."""
    assert answer(published, "How long do approvals take in Spain?") == [(2, 4.0, 5.6)]


def test_what_is_stuck_is_with_somebody(published: Path) -> None:
    """What waits too long is with the approver of that person's other claim; what is unpaid, with the company."""
    found = {row[1]: (row[0], *row[2:5], *row[7:]) for row in answer(published, "What is stuck, and with whom?")}
    stuck = {"e3": ("ABC1234", "submitted", "approver", "r-7", None, None)}
    unpaid = {"e5": ("ABC1234", "approved", "company", "ABC1234", Decimal("7.25"), "USD")}
    assert found == stuck | unpaid


def test_why_last_months_number_changed(published: Path) -> None:
    """The late approval moved the day's count, and brought a sum in a currency that was not there."""
    found = answer(published, "Why did last month's number change?")
    day = LAST_MONTH.date()
    assert [row[:7] for row in found] == [
        (day, "expense amount approved", "USD", Decimal(0), Decimal("7.25"), Decimal("7.25"), [LATE.id]),
        (day, "expense approved", None, Decimal(1), Decimal(2), Decimal(1), [LATE.id]),
    ]

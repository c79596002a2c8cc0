"""The main job, outside in: real requests, real processes, and whole tables compared with what was sent."""

import json
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import duckdb
import httpx

SECRET = "end-to-end-secret"
READER = Path(__file__).with_name("reader.py")
CROCKFORD = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DAY = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
MONEY = {"decimal": "631.87", "currencyCode": "EUR"}


def at(hours: float) -> datetime:
    return DAY + timedelta(hours=hours)


def event_id(hours: float, number: int) -> str:
    """An id whose clock says so many hours after the first morning."""
    value = int(at(hours).timestamp() * 1000) << 80 | number
    return "wh_" + "".join(CROCKFORD[value >> shift & 31] for shift in range(125, -5, -5))


def event(hours: float, number: int, name: str, data: dict[str, Any], company: str = "ABC1234") -> dict[str, Any]:
    return {"event_name": name, "id": event_id(hours, number), "company_id": company, "data": data}


CREATED = event(0, 1, "expenses.expense_created", {"expense": {"expenseId": "e1", "amount": MONEY, "category": "CAR"}})
SUBMITTED = event(1, 2, "expenses.expense_submitted", {"expenseId": "e1"})
DECLINED = event(5, 3, "expense.expense_declined", {"expense_id": "e1"})
AGAIN = event(24, 4, "expenses.expense_submitted", {"expenseId": "e1"})
APPROVED = event(30.5, 5, "expenses.expense_approved", {"id": "e1"})
ECHO = {**APPROVED, "id": event_id(30.5, 6)}
OTHER = event(2, 7, "expense.expense_submitted", {"expenseId": "e2"}, company="XYZ9999")
UNKNOWN = event(3, 8, "zebra_crossed", {"stripes": [{"width": 1.5}, {"width": 2}], "at": "2026-11-02T10:00:00+02:00"})
CONFLICT = {**OTHER, "data": {"expenseId": "e3"}}
PAID = event(72, 9, "expenses.expense_paid", {"expenseId": "e1"})
WIDER = event(73, 10, "zebra_crossed", {"stripes": [], "at": "soon"})

# the approval comes before its submission, and the creation last of all: late and out of order
FIRST = [APPROVED, SUBMITTED, OTHER, UNKNOWN, SUBMITTED, DECLINED, CONFLICT, AGAIN, APPROVED]
SECOND = [PAID, ECHO, CREATED, WIDER, PAID]
REFUSED = [
    (b"{not json", 400),
    (b'{"event_name": "x", "id": "wh_1", "company_id": "c", "data": NaN}', 400),
    (b'{"event_name": "x", "id": "1", "company_id": "c", "data": {}}', 422),
    (b'{"event_name": "x", "id": "wh_1", "data": {}}', 422),
]


def post(url: str, body: bytes, secret: str = SECRET) -> tuple[int, Any]:
    headers = {"authorization": f"Bearer {secret}", "content-type": "application/json"}
    answer = httpx.post(url, content=body, headers=headers, timeout=20)
    return answer.status_code, answer.json()


def rows(home: Path, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        return connection.execute(query).fetchall()


def test_what_was_sent_is_in_the_tables(nacre: Any) -> None:
    """Everything sent is in the published tables once, typed, in its place; a reader is never disturbed meanwhile."""
    server = nacre.serve()
    for sent in FIRST:
        assert post(server.url, json.dumps(sent).encode()) == (202, {"status": "accepted", "id": sent["id"]})
    assert [post(server.url, body)[0] for body, _ in REFUSED] == [status for _, status in REFUSED]
    assert post(server.url, json.dumps(CREATED).encode(), secret="wrong")[0] == 401
    first = nacre.build()
    reader = subprocess.Popen(
        [sys.executable, str(READER), str(nacre.home / "warehouse.duckdb")],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert reader.stdout is not None
    assert reader.stdout.readline() == "reading\n"
    for sent in SECOND:
        assert post(server.url, json.dumps(sent).encode())[0] == 202
    second = nacre.build()
    read = json.loads(reader.communicate("", timeout=60)[0])
    assert [(one["counts"]["events"], one["counts"]["duplicates"], one["failures"]) for one in (first, second)] == [
        (6, 2, []),
        (4, 1, []),
    ]
    assert (read["errors"], read["queries"] > 10) == ([], True)
    assert [counts[:2] for counts in read["seen"]] == [[6, 6], [10, 10]]
    assert_tables(nacre.home)
    assert_ledger(nacre.home)
    assert nacre.run("build").startswith("Nothing to build: nothing new")


def assert_tables(home: Path) -> None:
    """Compare the store, the typed tables and the timeline, whole, with what was sent."""
    everything = [APPROVED, SUBMITTED, OTHER, UNKNOWN, DECLINED, AGAIN, PAID, ECHO, CREATED, WIDER]
    stored = rows(home, "select event_id, event_name, company_id, data from core.events")
    assert sorted((*row[:3], json.loads(row[3])) for row in stored) == sorted(
        (sent["id"], sent["event_name"], sent["company_id"], sent["data"]) for sent in everything
    )
    assert rows(home, "from expenses.expense_created select * exclude (received_at)") == [
        (CREATED["id"], "ABC1234", at(0), "e1", Decimal("631.87"), "EUR", "CAR")
    ]
    assert rows(home, 'from expenses.expense_approved select event_id, occurred_at, "id" order by event_id') == [
        (APPROVED["id"], at(30.5), "e1"),
        (ECHO["id"], at(30.5), "e1"),
    ]
    assert rows(home, 'from events.zebra_crossed select event_id, "at" order by event_id') == [
        (UNKNOWN["id"], "2026-11-02T10:00:00+02:00"),
        (WIDER["id"], "soon"),
    ]
    assert rows(home, "from events.zebra_crossed__stripes select event_id, position, width order by position") == [
        (UNKNOWN["id"], position, Decimal(width)) for position, width in rows_of_stripes(home)
    ]
    assert rows(home, TIMELINE) == [
        ("ABC1234", "e1", "reimbursed", "approved", 2, 1, 29.5 * 3600, 71 * 3600, Decimal("631.87"), "EUR", "CAR"),
        ("XYZ9999", "e2", "submitted", None, 1, 0, None, None, None, None, None),
    ]
    assert rows(home, CLOCKS) == [
        ("e1", at(0), at(1), at(24), at(30.5), at(72)),
        ("e2", None, at(2), at(2), None, None),
    ]


TIMELINE = """
select company_id, expense_id, stage, decision, submissions, declines, seconds_to_decision, seconds_to_reimbursement,
    amount, currency, category
from analytics.expense_approval_timeline
order by all
"""
CLOCKS = """
select expense_id, created_at, submitted_at, last_submitted_at, decided_at, reimbursed_at
from analytics.expense_approval_timeline
order by all
"""


def rows_of_stripes(home: Path) -> list[tuple[int, str]]:
    """The positions that the child table counts from, with the widths that were sent."""
    first = rows(home, "select min(position) from events.zebra_crossed__stripes")[0][0]
    return [(first, "1.5"), (first + 1, "2")]


def assert_ledger(home: Path) -> None:
    """Nothing is dropped silently: what came, in events, duplicates, conflicts and quarantine."""
    counted = """
    select
        (select sum(deliveries)::bigint from ops.segments where kind = 'events'),
        (select count(*) from core.events),
        (select list(event_id order by event_id) from ops.duplicates),
        (select list(event_id) from ops.conflicts),
        (select count(*) from ops.quarantine),
        (select count(*) from ops.misfits)
    """
    assert rows(home, counted) == [
        (14, 10, sorted([SUBMITTED["id"], APPROVED["id"], PAID["id"]]), [OTHER["id"]], len(REFUSED), 0)
    ]
    kept = rows(home, "select body from ops.quarantine")
    assert sorted(body for (body,) in kept) == sorted(body for body, _ in REFUSED)

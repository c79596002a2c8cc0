"""The expense approval timeline: a table of events, and the whole row they must give."""

from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from tests.short_form import shortened
from tests.warehouse.given import advance, at, empty_warehouse, events, load, rows, warehouse
from warehouse import processes

TIMELINE = "select * from analytics.expense_approval_timeline order by company_id, expense_id"
TIMES = ("created_at", "submitted_at", "last_submitted_at", "decided_at", "reimbursed_at", "deleted_at")
COLUMNS = [
    "company_id", "expense_id", "stage", "decision", "created_at", "submitted_at", "last_submitted_at", "decided_at",
    "reimbursed_at", "deleted_at", "submissions", "declines", "seconds_to_decision", "seconds_to_reimbursement",
    "amount", "currency", "category", "engagement_id", "events", "first_event_id", "last_event_id",
]  # fmt: skip
FURTHER = ["country", "approver", "last_event_at"]


def row(stage: str, events: int, **said: Any) -> dict[str, Any]:
    """One row of the timeline: what is not said is NULL, or none."""
    defaults = dict.fromkeys(COLUMNS) | {"submissions": 0, "declines": 0, "company_id": "C1", "expense_id": "e1"}
    ids = {"first_event_id": "wh_1", "last_event_id": f"wh_{events}"}
    times = {name: at(clock) for name, clock in said.items() if name in TIMES and clock is not None}
    return defaults | ids | said | times | {"stage": stage, "events": events}


def timeline(*batches: str) -> list[dict[str, Any]]:
    """The contract's columns of the timeline after these batches."""
    return [{name: line[name] for name in COLUMNS} for line in rows(warehouse(*batches), TIMELINE)]


MONEY = '"amount": {"decimal": "%s", "currencyCode": "%s"}'

CASES = {
    "a creation stands for the submission": (
        "created 10:00",
        row("created", 1, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00", submissions=1),
    ),
    "a whole thin life": (
        """
        created 10:00
        submitted 10:05
        approved 10:05:30.25
        reimbursed 1+10:05
        """,
        row(
            "reimbursed", 4, decision="approved", created_at="10:00", submitted_at="10:05", last_submitted_at="10:05",
            decided_at="10:05:30.25", reimbursed_at="1+10:05", submissions=1, seconds_to_decision=30.25,
            seconds_to_reimbursement=86400.0,
        ),
    ),
    "an approval without anything before it": (
        "approved 10:00",
        row("approved", 1, decision="approved", decided_at="10:00"),
    ),
    "a submission without creation": (
        """
        submitted 10:00
        approved 10:01
        """,
        row(
            "approved", 2, decision="approved", submitted_at="10:00", last_submitted_at="10:00", decided_at="10:01",
            submissions=1, seconds_to_decision=60.0,
        ),
    ),
    "declined, submitted again: open": (
        """
        created 10:00
        submitted 10:05
        declined 11:00
        submitted 12:00
        """,
        row(
            "submitted", 4, created_at="10:00", submitted_at="10:05", last_submitted_at="12:00", submissions=2,
            declines=1,
        ),
    ),
    "declined twice, then approved": (
        """
        submitted 10:00
        declined 11:00
        submitted 12:00
        expense.expense_rejected 13:00
        submitted 14:00
        expense.expense_approved 15:00
        """,
        row(
            "approved", 6, decision="approved", submitted_at="10:00", last_submitted_at="14:00", decided_at="15:00",
            submissions=3, declines=2, seconds_to_decision=18000.0,
        ),
    ),
    "reimbursed stays reimbursed when it is open again": (
        """
        submitted 10:00
        approved 11:00
        paid 12:00
        submitted 13:00
        """,
        row(
            "reimbursed", 4, submitted_at="10:00", last_submitted_at="13:00", reimbursed_at="12:00", submissions=2,
            seconds_to_reimbursement=7200.0,
        ),
    ),
    "the first reimbursement counts": (
        """
        created 10:00
        reimbursed 11:00
        reimbursed 12:00
        """,
        row(
            "reimbursed", 3, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00",
            reimbursed_at="11:00", submissions=1, seconds_to_reimbursement=3600.0,
        ),
    ),
    "deleted": (
        """
        created 10:00
        withdrawn 11:00
        """,
        row(
            "deleted", 2, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00", deleted_at="11:00",
            submissions=1,
        ),
    ),
    "the last deletion counts": (
        """
        created 10:00
        deleted 11:00
        updated 12:00
        cancelled 13:00
        """,
        row(
            "deleted", 4, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00", deleted_at="13:00",
            submissions=1,
        ),
    ),
    "deleted, then a later event: it lives": (
        """
        created 10:00
        deleted 11:00
        approved 12:00
        """,
        row(
            "approved", 3, decision="approved", created_at="10:00", submitted_at="10:00", last_submitted_at="10:00",
            decided_at="12:00", deleted_at="11:00", submissions=1, seconds_to_decision=7200.0,
        ),
    ),
    "deleted, then an update: it lives": (
        """
        created 10:00
        cancelled 11:00
        updated 12:00
        """,
        row(
            "created", 3, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00", deleted_at="11:00",
            submissions=1,
        ),
    ),
    "deleted, then something unknown: still deleted": (
        """
        created 10:00
        deleted 11:00
        flagged 12:00
        """,
        row(
            "deleted", 3, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00", deleted_at="11:00",
            submissions=1,
        ),
    ),
    "unknown stages count as events alone": (
        """
        flagged 10:00
        expense.expense_unapproved 10:01
        expense.approvedness 10:02
        expenses.x 10:03
        """,
        row("unknown", 4),
    ),
    "an update alone": ("updated 10:00", row("unknown", 1)),
    "steps in the same moment are ordered by id": (
        """
        approved 10:00 id=wh_b
        submitted 10:00 id=wh_a
        declined 10:00 id=wh_c
        """,
        row(
            "declined", 3, decision="declined", submitted_at="10:00", last_submitted_at="10:00", decided_at="10:00",
            submissions=1, declines=1, seconds_to_decision=0.0, first_event_id="wh_a", last_event_id="wh_c",
        ),
    ),
    "a submission in the moment of the decline, by id behind it, opens it": (
        """
        declined 10:00 id=wh_a
        submitted 10:00 id=wh_b
        """,
        row(
            "submitted", 2, submitted_at="10:00", last_submitted_at="10:00", submissions=1, declines=1,
            first_event_id="wh_a", last_event_id="wh_b",
        ),
    ),
    "an echo counts once": (
        """
        submitted 10:00
        submitted 10:01 id=wh_e
        declined 10:05
        """,
        row(
            "declined", 2, decision="declined", submitted_at="10:00", last_submitted_at="10:00", decided_at="10:05",
            submissions=1, declines=1, seconds_to_decision=300.0, last_event_id="wh_3",
        ),
    ),
    "over a minute later it is no echo": (
        """
        submitted 10:00
        submitted 10:01:00.001
        """,
        row("submitted", 2, submitted_at="10:00", last_submitted_at="10:01:00.001", submissions=2),
    ),
    "the latest of what payloads tell": (
        f"""
        created 10:00 {{"expense": {{"expenseId": "e1", {MONEY % ("10.10", "EUR")}, "category": "CAR"}}}}
        updated 11:00 {{"id": "e1", {MONEY % ("631.87", "USD")}, "engagement": {{"engagementId": "n1"}}}}
        approved 12:00
        """,
        row(
            "approved", 3, decision="approved", created_at="10:00", submitted_at="10:00", last_submitted_at="10:00",
            decided_at="12:00", submissions=1, seconds_to_decision=7200.0, amount=Decimal("631.87"), currency="USD",
            category="CAR", engagement_id="n1",
        ),
    ),
    "a field fills in what no event tells": (
        """
        reimbursed 12:00 {"id": "e1", "submittedAt": "2026-03-02T10:00:00Z", "reviewedAt": "2026-03-02T12:00:00+01:00"}
        """,
        row(
            "reimbursed", 1, submitted_at="10:00", last_submitted_at="10:00", decided_at="11:00",
            reimbursed_at="12:00", seconds_to_decision=3600.0, seconds_to_reimbursement=7200.0,
        ),
    ),
    "a field overrules no event": (
        """
        created 10:00 {"expenseId": "e1", "submittedAt": "2026-03-01T10:00:00Z"}
        approved 11:00 {"expenseId": "e1", "reviewedAt": "2026-03-01T10:00:00Z"}
        """,
        row(
            "approved", 2, decision="approved", created_at="10:00", submitted_at="10:00", last_submitted_at="10:00",
            decided_at="11:00", submissions=1, seconds_to_decision=3600.0,
        ),
    ),
    "a review before the last submission decides nothing": (
        """
        submitted 12:00 {"expenseId": "e1", "reviewedAt": "2026-03-02T11:00:00Z"}
        """,
        row("submitted", 1, submitted_at="12:00", last_submitted_at="12:00", submissions=1),
    ),
}  # fmt: skip


@pytest.mark.parametrize("case", shortened(CASES, 12))
def test_events_give_the_row(case: str) -> None:
    """Each life of an expense gives exactly the row that the rules of the timeline ask for."""
    given, expected = CASES[case]
    assert timeline(given) == [expected]


@pytest.mark.parametrize("case", shortened(CASES, 4))
def test_the_order_of_arrival_is_no_matter(case: str) -> None:
    """The same events in single loads, the last one first, give the same row."""
    given, expected = CASES[case]
    lines = [line.strip() for line in given.strip().splitlines()]
    named = [
        line
        if " id=" in line
        else " ".join([*line.split(maxsplit=2)[:2], f"id=wh_{number}", *line.split(maxsplit=2)[2:]])
        for number, line in enumerate(lines, start=1)
    ]
    assert timeline(*reversed(named)) == [expected]


ENTITY_IDS = {
    '{"expenseId": "e1", "id": "x"}': "e1",
    '{"id": "x", "expense": {"id": "y"}, "expense_id": "e1"}': "e1",
    '{"id": "x", "expense": {"id": "y", "expenseId": "e1"}}': "e1",
    '{"id": "x", "expense": {"id": "e1"}}': "e1",
    '{"id": "e1"}': "e1",
    '{"expenseId": 17}': "17",
    '{"expenseId": 123456789012345678901234567890}': "123456789012345678901234567890",
    '{"expenseId": null, "id": "e1"}': "e1",
    '{"expenseId": "", "id": "e1"}': "e1",
    '{"expenseId": {"no": 1}, "expense": {"id": [2]}, "id": 3}': "3",
    '{"expenseId": true, "id": "e1"}': "e1",
    '{"expenseId": "{e1}"}': "{e1}",
    '{"expenseId": "true", "id": "e1"}': "e1",  # in a column of texts none can tell it from a boolean
    '{"EXPENSEID": "x", "expenseid": "y", "expenseId": "e1"}': "e1",
    '{"": 1, "expenseId": "e\\u00e9\\n"}': "e\u00e9\n",
}


@pytest.mark.parametrize("data", shortened(ENTITY_IDS, 7))
def test_an_expense_is_found_by_its_id(data: str) -> None:
    """The id is found in every place it may stand, the first that holds a text or a number wins."""
    found = rows(warehouse(f"approved 10:00 {data}"), TIMELINE)
    assert [line["expense_id"] for line in found] == [ENTITY_IDS[data]]


@pytest.mark.parametrize(
    "data", ["{}", '{"expenseId": null}', '{"expenseId": []}', '{"expense": "e1"}', '{"id": false}']
)
def test_an_event_without_an_id_is_no_row(data: str) -> None:
    """Where no id can be found there is no expense, and the event stays among the events of the process."""
    con = warehouse(f"approved 10:00 {data}")
    assert rows(con, TIMELINE) == []
    assert rows(con, "select event_id, entity_id from core.process_events") == [{"event_id": "wh_1", "entity_id": None}]


AMOUNTS = {
    '"631.87"': Decimal("631.87"),
    "631.87": Decimal("631.87"),
    "0": Decimal(0),
    '"12345678901234567890.123456789"': Decimal("12345678901234567890.123456789"),
    '"1.10000000000"': Decimal("1.1"),
    '"1.1234567891"': None,
    '"123456789012345678901234567890"': None,
    "12345678901234567.89": Decimal("12345678901234567.89"),
    "1e-400": None,
    '"a lot"': None,
    '"1e3"': None,
    '" 1"': None,
    "null": None,
    "{}": None,
}


@pytest.mark.parametrize("decimal", shortened(AMOUNTS, 7))
def test_an_amount_is_exact_or_unknown(decimal: str) -> None:
    """No amount is ever rounded or guessed, and a currency stands only beside an amount."""
    con = warehouse(f'created 10:00 {{"id": "e1", "amount": {{"decimal": {decimal}, "currencyCode": "EUR"}}}}')
    amount = AMOUNTS[decimal]
    assert rows(con, "select amount, currency from analytics.expense_approval_timeline") == [
        {"amount": amount, "currency": None if amount is None else "EUR"}
    ]


def test_a_currency_is_that_of_its_amount() -> None:
    """An amount without a currency has none: that of an earlier amount is not its own, and no view says so."""
    con = warehouse("""
        submitted 10:00 {"expenseId": "e1", "amount": {"decimal": "12.50", "currencyCode": "EUR"}}
        updated 10:01 {"expenseId": "e1", "amount": {"decimal": "2000", "currencyCode": null}}
        approved 10:02 {"expenseId": "e1", "amount": {"currencyCode": "USD"}}
    """)
    told = [{"amount": Decimal(2000), "currency": None}]
    for view in ("analytics.expense_approval_timeline", "core.stage_facts where stage = 'approved'"):
        assert rows(con, f"select amount, currency from {view}") == told


def test_who_decided_is_told_by_the_decision_that_counts() -> None:
    """Where the last decision does not tell who took it, nobody is known to have: not who decided before."""
    con = warehouse("""
        declined 10:00 {"expenseId": "e1", "reviewedBy": "u1"}
        submitted 10:01
        approved 10:02
    """)
    assert rows(con, "select decision, approver from analytics.expense_approval_timeline") == [
        {"decision": "approved", "approver": None}
    ]


@pytest.mark.parametrize(
    "told", ['"infinity"', '"yesterday"', "1767312000", "null", "[]", '"2026-13-01T00:00:00Z"', '"290000-01-01 (BC)"']
)
def test_a_time_that_is_none_tells_nothing(told: str) -> None:
    """A field that holds no time fills in nothing."""
    con = warehouse(f'approved 10:00 {{"id": "e1", "submittedAt": {told}}}')
    assert rows(con, "select submitted_at from analytics.expense_approval_timeline") == [{"submitted_at": None}]


def test_two_companies_may_share_an_expense_id() -> None:
    """The key of an expense is company and id together."""
    found = timeline("""
        created 10:00 company=C1
        created 10:00 company=C2
        approved 10:01 company=C2
    """)
    assert found == [
        row("created", 1, created_at="10:00", submitted_at="10:00", last_submitted_at="10:00", submissions=1),
        row(
            "approved", 2, company_id="C2", decision="approved", created_at="10:00", submitted_at="10:00",
            last_submitted_at="10:00", decided_at="10:01", submissions=1, seconds_to_decision=60.0,
            first_event_id="wh_2", last_event_id="wh_3",
        ),
    ]  # fmt: skip


@pytest.mark.parametrize("name", ["expense_approved", "invoices.expense_approved", "expensesx.approved", ".approved"])
def test_other_names_are_no_expenses(name: str) -> None:
    """An event belongs to the process only by its namespace."""
    con = empty_warehouse()
    load(con, [replace(events("approved 10:00")[0], event_name=name)])
    assert advance(con) == processes.AdvanceReport(retold=(), touched=0)
    assert rows(con, "from core.process_events") == []
    assert rows(con, TIMELINE) == []


def test_the_columns_are_those_of_the_contract() -> None:
    """The timeline hands out the contract's columns in their order, with times that know their zone."""
    con = empty_warehouse()
    described = con.execute("describe analytics.expense_approval_timeline").fetchall()
    assert [column[0] for column in described] == COLUMNS + FURTHER
    assert {column[0]: column[1] for column in described if column[0] in TIMES} == dict.fromkeys(
        TIMES, "TIMESTAMP WITH TIME ZONE"
    )
    assert rows(con, TIMELINE) == []
    as_of = con.execute("describe from analytics.expenses_as_of(now())").fetchall()
    assert [column[:2] for column in as_of] == [column[:2] for column in described]

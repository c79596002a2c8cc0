"""The timeline as it was at a moment, and as it was known then; and what waits for a decision."""

from typing import Any

import pytest

from tests.short_form import shortened
from tests.warehouse.given import at, rows, warehouse

AS_OF = "select expense_id, stage, submissions, declines, events from analytics.expenses_as_of(?)"
KNOWN = "select expense_id, stage, submissions, declines, events from analytics.expenses_as_of(?, known_at := ?)"

LIFE = """
    created 10:00
    submitted 10:05
    declined 11:00
    submitted 12:00
    approved 13:00
    reimbursed 14:00
    deleted 15:00
"""


def state(stage: str, submissions: int, declines: int, events: int) -> dict[str, Any]:
    """A short row."""
    return {"expense_id": "e1", "stage": stage, "submissions": submissions, "declines": declines, "events": events}


@pytest.mark.parametrize(
    ("moment", "expected"),
    shortened(
        [
            ("9:59:59.999999", []),
            ("10:00", [state("created", 1, 0, 1)]),
            ("10:05", [state("submitted", 1, 0, 2)]),
            ("11:59", [state("declined", 1, 1, 3)]),
            ("12:00", [state("submitted", 2, 1, 4)]),
            ("13:00", [state("approved", 2, 1, 5)]),
            ("14:30", [state("reimbursed", 2, 1, 6)]),
            ("99+0:00", [state("deleted", 2, 1, 7)]),
        ],
        3,
    ),
)
def test_as_of_tells_what_was_true(moment: str, expected: list[dict[str, Any]]) -> None:
    """At each moment the state is that of the events that had occurred by then."""
    assert rows(warehouse(LIFE), AS_OF, at(moment)) == expected


def test_known_at_tells_what_was_known() -> None:
    """An event received later is left out of what was known, and is part of what was true."""
    con = warehouse("""
        submitted 10:00
        approved 11:00 received=2+9:00
    """)
    assert rows(con, AS_OF, at("12:00")) == [state("approved", 1, 0, 2)]
    assert rows(con, KNOWN, at("12:00"), at("1+0:00")) == [state("submitted", 1, 0, 1)]
    assert rows(con, KNOWN, at("12:00"), at("2+9:00")) == [state("approved", 1, 0, 2)]
    assert rows(con, KNOWN, at("12:00"), None) == [state("approved", 1, 0, 2)]


def test_an_echo_known_before_its_original_counts() -> None:
    """While only the echo had been received it was the event."""
    con = warehouse("""
        submitted 10:00:00 received=12:00
        submitted 10:00:30 received=10:01
    """)
    assert rows(con, AS_OF, at("20:00")) == [state("submitted", 1, 0, 1)]
    assert rows(con, KNOWN, at("20:00"), at("11:00")) == [state("submitted", 1, 0, 1)]


def test_a_run_of_echoes_falls_apart_where_a_link_was_not_known() -> None:
    """Two events more than a minute apart are no echoes while the one between them is unknown."""
    con = warehouse("""
        submitted 10:00:00
        submitted 10:00:50 received=12:00
        submitted 10:01:40
    """)
    assert rows(con, AS_OF, at("20:00")) == [state("submitted", 1, 0, 1)]
    assert rows(con, KNOWN, at("20:00"), at("11:00")) == [state("submitted", 2, 0, 2)]


def test_last_months_report_is_reproduced() -> None:
    """What a report said at its time comes out again, whatever arrived since."""
    con = warehouse('submitted 10:00\napproved 11:00 id=wh_2 {"expenseId": "e2"}')
    report = "select * from analytics.expenses_as_of(?, known_at := ?) order by all"
    then = rows(con, report, at("12:00"), at("12:00"))
    later = warehouse(
        'submitted 10:00\napproved 11:00 id=wh_2 {"expenseId": "e2"}',
        'declined 10:30 id=wh_3 received=5+0:00\nsubmitted 9:00 id=wh_4 received=6+0:00 {"expenseId": "e2"}',
    )
    assert rows(later, report, at("12:00"), at("12:00")) == then
    assert rows(later, report, at("12:00"), at("7+0:00")) != then


def test_the_timeline_is_as_of_for_ever() -> None:
    """Timeline and as-of are one definition: at the end of time they are equal, row by row."""
    con = warehouse(LIFE, 'created 10:00 id=wh_x company=C2\napproved 3+10:00 id=wh_y {"expenseId": "e2"}')
    timeline = rows(con, "select * from analytics.expense_approval_timeline order by company_id, expense_id")
    as_of = rows(con, "select * from analytics.expenses_as_of('infinity') order by company_id, expense_id")
    assert timeline == as_of
    assert len(timeline) == 3


def test_pending_are_those_that_wait() -> None:
    """Created and submitted expenses wait since their last submission or creation; others do not wait."""
    con = warehouse("""
        created 10:00 {"id": "new", "amount": {"decimal": "1.5", "currencyCode": "EUR"}, "category": "CAR"}
        submitted 10:00 {"id": "again", "engagement": {"engagementId": "n1"}}
        declined 11:00 {"id": "again"}
        submitted 12:00 {"id": "again"}
        approved 10:00 {"id": "done"}
        flagged 10:00 {"id": "odd"}
        declined 10:00 {"id": "no"}
    """)
    found = rows(
        con,
        "select * replace (age_seconds = (epoch_us(now()) - epoch_us(waiting_since)) / 1e6 as age_seconds,"
        " amount::varchar as amount) from analytics.pending_expenses order by expense_id",
    )
    common = {"company_id": "C1", "age_seconds": True}
    assert found == [
        common
        | {"expense_id": "again", "stage": "submitted", "waiting_since": at("12:00"), "amount": None}
        | {"currency": None, "category": None, "engagement_id": "n1"},
        common
        | {"expense_id": "new", "stage": "created", "waiting_since": at("10:00"), "amount": "1.500000000"}
        | {"currency": "EUR", "category": "CAR", "engagement_id": None},
    ]
    assert list(found[0]) == [
        "company_id", "expense_id", "stage", "waiting_since", "age_seconds", "amount", "currency", "category",
        "engagement_id",
    ]  # fmt: skip

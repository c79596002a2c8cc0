"""What analysts came for: where time goes, what is stuck, what is missing, what it costs, and why a number moved."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pytest

from tests.warehouse.given import at, rows, warehouse

LIFE = """
    created 10:00 {"id": "e1", "category": "CAR", "engagement": {"engagementId": "n1"}}
    submitted 10:10 {"id": "e1"}
    updated 10:20 {"id": "e1"}
    declined 11:10 {"id": "e1", "reviewedBy": "a1"}
    declined 11:30 {"id": "e1"}
    submitted 12:10 {"id": "e1"}
    approved 13:10 {"id": "e1", "reviewedBy": "b2"}
    engagements.engagement_created 9:00 {"engagementId": "n1", "countryCode": "ES"}
"""


def told(con: duckdb.DuckDBPyConnection, query: str) -> list[tuple[object, ...]]:
    """The rows of a query."""
    return con.execute(query).fetchall()


def test_the_stage_log_has_a_row_for_each_stage_entered() -> None:
    """Repeated decisions, updates and unknown stages enter nothing; each stage lasts until the next is entered."""
    query = """
        select entry, stage, entered_at, left_at, seconds, next_stage, event_id, visit, category, country, approver
        from analytics.stage_log where process = 'expense' order by entry
    """
    place = ("CAR", "ES")
    assert told(warehouse(LIFE), query) == [
        (1, "created", at("10:00"), at("10:10"), 600.0, "submitted", "wh_1", 1, *place, None),
        (2, "submitted", at("10:10"), at("11:10"), 3600.0, "declined", "wh_2", 1, *place, "a1"),
        (3, "declined", at("11:10"), at("12:10"), 3600.0, "submitted", "wh_4", 1, *place, None),
        (4, "submitted", at("12:10"), at("13:10"), 3600.0, "approved", "wh_6", 2, *place, "b2"),
        (5, "approved", at("13:10"), None, None, None, "wh_7", 1, *place, None),
    ]


def test_time_in_stage_answers_how_long_approvals_take_in_spain() -> None:
    """Each dimension has the percentiles of the seconds entities stayed in a stage."""
    query = """
        select dimension, value, spells, mean, p10, median, p90 from analytics.time_in_stage
        where process = 'expense' and stage = 'submitted' order by dimension, value
    """
    con = warehouse(LIFE, 'submitted 10:00 id=wh_x {"id": "e2"}\napproved 10:10 id=wh_y {"id": "e2"}')
    both, one, other = (3, 2600.0, 1200.0, 3600.0, 3600.0), (2, *[3600.0] * 4), (1, *[600.0] * 4)
    assert told(con, query) == [
        ("all", None, *both),
        ("approver", "a1", 1, *[3600.0] * 4),
        ("approver", "b2", 1, *[3600.0] * 4),
        ("approver", None, *other),
        ("category", "CAR", *one),
        ("category", None, *other),
        ("company", "C1", *both),
        ("country", "ES", *one),
        ("country", None, *other),
    ]


def test_the_mean_time_in_a_stage_does_not_depend_on_the_order_of_its_rows() -> None:
    """A tenth, two and three tenths of a second are two tenths in the mean: added as fractions, they need not be."""
    lives = """
        submitted 10:00 {"id": "e1"}
        submitted 10:00 {"id": "e2"}
        submitted 10:00 {"id": "e3"}
        approved 10:00:00.1 {"id": "e1"}
        approved 10:00:00.2 {"id": "e2"}
        approved 10:00:00.3 {"id": "e3"}
    """
    query = "select distinct mean from analytics.time_in_stage where dimension in ('all', 'company')"
    assert told(warehouse(lives), query) == [(0.2,)]


def test_rework_loops_tell_what_became_of_a_decline() -> None:
    """Each decline stands with the next submission and the decision after it."""
    con = warehouse(LIFE, 'submitted 10:00 id=wh_x {"id": "e2"}\nrejected 10:10 id=wh_y {"id": "e2"}')
    assert rows(con, "select * exclude (process, company_id) from analytics.rework_loops order by entity_id") == [
        {
            "entity_id": "e1", "entry": 3, "loop": 1, "declined_at": at("11:10"), "resubmitted_at": at("12:10"),
            "seconds_to_resubmission": 3600.0, "decision": "approved", "decided_at": at("13:10"), "category": "CAR",
            "country": "ES", "engagement_id": "n1",
        },
        {
            "entity_id": "e2", "entry": 2, "loop": 1, "declined_at": at("10:10"), "resubmitted_at": None,
            "seconds_to_resubmission": None, "decision": None, "decided_at": None, "category": None,
            "country": None, "engagement_id": None,
        },
    ]  # fmt: skip


def test_throughput_counts_entries_by_week() -> None:
    """A week begins on Monday; entering a stage again is rework."""
    con = warehouse(LIFE, 'submitted 7+0:00 id=wh_x {"id": "e2"}\nsubmitted 6+23:59 id=wh_y {"id": "e3"}')
    query = """
        select week, stage, entries, entities, rework_entries from analytics.throughput_by_week
        where process = 'expense' and stage = 'submitted' order by week
    """
    assert told(con, query) == [(date(2026, 3, 2), "submitted", 3, 2, 1), (date(2026, 3, 9), "submitted", 1, 1, 0)]


def working_days(start: date, end: date, off: set[date]) -> int:
    """Days after start up to end on which somebody works."""
    days = (start + timedelta(days=number) for number in range(1, (end - start).days + 1))
    return sum(day.isoweekday() < 6 and day not in off for day in days)


@pytest.mark.thorough
def test_working_days_skip_weekends_and_holidays() -> None:
    """From any weekday to any day the count is that of a calendar, and overdue begins behind the target's day."""
    engagement = '"engagement": {"engagementId": "n1", "countryCode": "ES"}'
    con = warehouse("\n".join(f'submitted {day}+23:59 {{"id": "{day}", {engagement}}}' for day in range(7)))
    off = {date(2026, 3, 5), date(2026, 3, 7), date(2026, 3, 10)}
    con.execute("insert into core.holidays values ('ES', '2026-03-05', 'a'), (null, '2026-03-10', 'b')")
    con.execute("insert into core.holidays values ('ES', '2026-03-07', 'Saturday'), ('PT', '2026-03-06', 'elsewhere')")
    query = (
        "select entity_id, working_days, target_working_days, due_on, is_overdue, age_seconds, country"
        " from analytics.open_items_as_of(?) order by entity_id"
    )
    found: dict[int, list[Any]] = {}
    expected: dict[int, list[Any]] = {}
    for day in (*range(22), *range(400, 407)):
        moment = at(f"{day}+23:59:30")
        today = moment.date()
        found[day] = con.execute(query, [moment]).fetchall()
        expected[day] = []
        for entered in range(min(day + 1, 7)):
            start = at(f"{entered}+0:00").date()
            due = next(end for n in range(30) if working_days(start, end := start + timedelta(days=n), off) == 3)
            age = (day - entered) * 86400 + 30.0
            row = (str(entered), working_days(start, today, off), 3, due, today > due, age, "ES")
            expected[day].append(row)
    assert found == expected


def test_open_items_are_those_whose_process_has_not_ended() -> None:
    """What is paid, deleted or, for time off, decided is not open; what has no target is never overdue."""
    con = warehouse("""
        approved 10:00 {"id": "approved"}
        paid 10:00 {"id": "paid"}
        deleted 10:00 {"id": "deleted"}
        declined 10:00 {"id": "declined"}
        time_off.time_off_request_approved 10:00 {"id": "t1"}
        time_off.time_off_request_submitted 10:00 {"id": "t2"}
        flagged 10:00 {"id": "unknown"}
    """)
    query = "select entity_id, stage, is_overdue from analytics.open_items_as_of(?) order by entity_id"
    assert con.execute(query, [at("30+10:00")]).fetchall() == [
        ("approved", "approved", True), ("declined", "declined", False), ("t2", "submitted", True),
    ]  # fmt: skip
    assert told(con, "select entity_id, stage from analytics.overdue_items order by entity_id") == [
        ("approved", "approved"), ("t2", "submitted"),
    ]  # fmt: skip


def test_an_open_item_is_with_somebody() -> None:
    """With its claimant before it is submitted, then with who decides for that person, else with the company."""
    con = warehouse("""
        created 10:00 {"id": "draft", "engagement": {"engagementId": "n1"}}
        submitted 10:00 {"id": "decided", "engagement": {"engagementId": "n1"}}
        approved 10:01 {"id": "decided", "reviewedBy": "a1"}
        submitted 10:00 {"id": "next", "engagement": {"engagementId": "n1"}}
        submitted 10:00 {"id": "back", "engagement": {"engagementId": "n1"}}
        declined 10:01 {"id": "back", "reviewedBy": "b2"}
        submitted 10:02 {"id": "back"}
        submitted 10:00 {"id": "other", "engagement": {"engagementId": "n2"}}
        submitted 10:00 {"id": "thin"}
    """)
    assert told(con, "select entity_id, with_role, with_whom from analytics.open_items order by entity_id") == [
        ("back", "approver", "b2"), ("decided", "company", "C1"), ("draft", "claimant", "n1"),
        ("next", "approver", "b2"), ("other", "company", "C1"), ("thin", "company", "C1"),
    ]  # fmt: skip


def test_open_items_as_of_a_moment_are_those_that_were_open_then() -> None:
    """What has been decided since was open, what came later was not there, and each stands in its stage of then."""
    con = warehouse(LIFE)
    query = "select stage, waiting_since from analytics.open_items_as_of(?) where process = 'expense'"
    assert con.execute(query, [at("9:59")]).fetchall() == []
    assert con.execute(query, [at("10:15")]).fetchall() == [("submitted", at("10:10"))]
    assert con.execute(query, [at("11:10")]).fetchall() == [("declined", at("11:10"))]
    assert con.execute(query, [at("20:00")]).fetchall() == [("approved", at("13:10"))]


def test_an_open_item_stands_where_the_timeline_says() -> None:
    """Paid before it was approved, it is paid; deleted and updated again, it is open; created late, it is approved."""
    con = warehouse("""
        paid 10:00 {"id": "paid"}
        approved 10:01 {"id": "paid"}
        submitted 10:00 {"id": "revived"}
        deleted 10:01 {"id": "revived"}
        updated 10:02 {"id": "revived"}
        approved 10:00 {"id": "approved"}
        created 10:01 {"id": "approved"}
    """)
    states = "select entity_id, stage from analytics.process_timeline where stage <> 'reimbursed' order by entity_id"
    items = "select entity_id, stage, waiting_since from analytics.open_items order by entity_id"
    assert told(con, items) == [(*state, at("10:00")) for state in told(con, states)]


def test_an_open_item_as_of_a_moment_tells_what_was_true_then() -> None:
    """Who decided later, and what was claimed later, is not told of a moment before."""
    con = warehouse("""
        submitted 10:00 {"id": "a", "category": "CAR", "amount": {"decimal": "1", "currencyCode": "EUR"}}
        updated 10:45 {"id": "a", "category": "HOME", "amount": {"decimal": "2", "currencyCode": "EUR"}}
        approved 11:00 {"id": "a", "reviewedBy": "a1"}
    """)
    query = "select amount, category, approver, with_role, with_whom from analytics.open_items_as_of(?)"
    assert con.execute(query, [at("10:30")]).fetchall() == [(Decimal(1), "CAR", None, "company", "C1")]


def test_whom_an_item_waits_for_is_told_by_decisions_known_at_the_moment() -> None:
    """Neither who submitted or paid, nor what later events say of whose an item was, tells who decides for a person."""
    con = warehouse("""
        submitted 9:00 {"id": "a", "engagement": {"engagementId": "n1"}}
        declined 9:10 {"id": "a", "reviewedBy": "b2"}
        declined 9:20 {"id": "a", "reviewedBy": "b3"}
        submitted 9:30 {"id": "a", "reviewedBy": "c9"}
        submitted 10:00 {"id": "b", "engagement": {"engagementId": "n1"}}
        submitted 10:00 {"id": "c"}
        declined 10:10 {"id": "c", "reviewedBy": "d4"}
        updated 11:00 {"id": "c", "engagement": {"engagementId": "n1"}}
    """)
    query = "select with_whom from analytics.open_items_as_of(?) where entity_id = 'b'"
    assert [con.execute(query, [at(clock)]).fetchall() for clock in ("10:30", "12:00")] == [[("b3",)], [("d4",)]]


def test_a_verdict_belongs_to_the_submission_before_it() -> None:
    """A decision between the decline and the next submission is not the verdict on that submission."""
    con = warehouse("""
        submitted 10:00
        declined 11:00
        approved 12:00
        submitted 13:00
        declined 14:00
    """)
    query = "select loop, resubmitted_at, decision, decided_at from analytics.rework_loops order by loop"
    assert told(con, query) == [(1, at("13:00"), "declined", at("14:00")), (2, None, None, None)]


def test_missing_events_are_holes_in_the_sequence() -> None:
    """A stage reached without any event of the stages before it names what is missing and the event that shows it."""
    con = warehouse("""
        approved 10:00 {"id": "hole"}
        created 10:00 {"id": "whole"}
        approved 10:00 {"id": "whole"}
        paid 11:00 {"id": "whole"}
        paid 11:00 {"id": "paid"}
        approved 11:30 {"id": "paid"}
        submitted 12:00 {"id": "first"}
    """)
    query = "select entity_id, stage, missing, event_id from analytics.missing_events order by all"
    assert told(con, query) == [
        ("hole", "approved", "created or submitted", "wh_1"),
        ("paid", "approved", "created or submitted", "wh_6"),
        ("paid", "reimbursed", "approved", "wh_5"),
    ]


def test_money_is_summed_per_currency_and_never_across() -> None:
    """Each currency has its own row, a deleted expense none, and an absurd amount breaks no sum."""
    con = warehouse("""
        submitted 10:00 {"id": "a", "amount": {"decimal": "10.10", "currencyCode": "EUR"}}
        submitted 10:00 {"id": "b", "amount": {"decimal": "20.20", "currencyCode": "EUR"}}
        paid 11:00 {"id": "b"}
        submitted 10:00 {"id": "c", "amount": {"decimal": "5", "currencyCode": "USD"}}
        declined 10:01 {"id": "c"}
        submitted 10:00 {"id": "d", "amount": {"decimal": "-99999999999999999999999999999", "currencyCode": "USD"}}
        submitted 10:00 {"id": "f", "amount": {"decimal": "-99999999999999999999999999999", "currencyCode": "USD"}}
        created 10:00 {"id": "e", "amount": {"decimal": "7", "currencyCode": "EUR"}}
        deleted 10:01 {"id": "e"}
        approved 10:00 {"id": "thin"}
    """)
    query = """
        select currency, expenses, claimed, pending, approved, declined, reimbursed, left_out
        from analytics.spend_by_month order by currency
    """
    euros, dollars = (Decimal("30.3"), Decimal("10.1"), Decimal("20.2"), None, Decimal("20.2"), 0), Decimal(5)
    assert told(con, query) == [
        ("EUR", 2, *euros),
        ("USD", 3, dollars, None, None, dollars, None, 2),
        (None, 1, None, None, None, None, None, 0),
    ]


def test_money_is_converted_only_where_a_rate_is_known() -> None:
    """The latest rate up to the day counts; a claim without a rate is counted as such."""
    con = warehouse("""
        submitted 10:00 {"id": "a", "amount": {"decimal": "10.10", "currencyCode": "USD"}}
        submitted 1+10:00 {"id": "b", "amount": {"decimal": "10.10", "currencyCode": "USD"}}
        submitted 10:00 {"id": "c", "amount": {"decimal": "3", "currencyCode": "EUR"}}
        submitted 10:00 {"id": "d", "amount": {"decimal": "1000", "currencyCode": "JPY"}}
    """)
    con.execute("insert into core.rates values ('USD', 'EUR', '2026-03-01', 0.9), ('USD', 'EUR', '2026-03-03', 0.8)")
    con.execute("insert into core.rates values ('JPY', 'EUR', '2026-03-03', 0.006)")
    assert rows(con, "from analytics.spend_converted") == [
        {
            "company_id": "C1", "month": date(2026, 3, 1), "category": None, "base": "EUR", "expenses": 3,
            "claimed": Decimal("20.17"), "reimbursed": None, "unconverted": 1,
        }
    ]  # fmt: skip


def test_receipts_are_compared_within_one_currency() -> None:
    """What was claimed, and paid, less the receipt in the same currency; in another one only at a known rate."""
    con = warehouse("""
        submitted 10:00 {"id": "a", "amount": {"decimal": "12.50", "currencyCode": "EUR"}}
        updated 10:01 {"id": "a", "receiptAmount": {"decimal": "12.00", "currencyCode": "EUR"}}
        paid 11:00 {"id": "a"}
        updated 11:01 {"id": "c", "receiptAmount": {"decimal": "7", "currencyCode": null}, "expense": {"receiptAmount": {"decimal": "8", "currencyCode": "EUR"}}}
        submitted 10:00 {"expense": {"id": "b", "amount": {"decimal": "9", "currencyCode": "EUR"}, "receiptAmount": {"decimal": "10.01", "currencyCode": "USD"}}}
        submitted 10:00 {"id": "c", "amount": {"decimal": "9", "currencyCode": "EUR"}, "receiptAmount": {"decimal": "7", "currencyCode": "GBP"}}
        submitted 10:00 {"id": "d", "receiptAmount": {"decimal": "0.1234567891", "currencyCode": "EUR"}}
        submitted 10:00 {"id": "thin"}
    """)  # noqa: E501
    con.execute("insert into core.rates values ('USD', 'EUR', '2026-03-02', 0.9), ('USD', 'EUR', '2026-03-03', 0.1)")
    query = """
        select expense_id, amount, currency, reimbursed, receipt_amount, receipt_currency, difference,
            receipt_converted, difference_converted
        from analytics.expense_receipts order by expense_id
    """
    euros, nothing = (Decimal(9), "EUR", None), (None, None)
    assert told(con, query) == [
        ("a", Decimal("12.5"), "EUR", Decimal("12.5"), Decimal(12), "EUR", Decimal("0.5"), *nothing),
        ("b", *euros, Decimal("10.01"), "USD", None, Decimal("9.01"), Decimal("-0.01")),
        ("c", *euros, Decimal(7), None, None, *nothing),
    ]

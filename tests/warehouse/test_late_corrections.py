"""Why a published number moved: which day and measure, by how much, because of which event."""

from datetime import date, timedelta
from decimal import Decimal
from random import Random
from typing import Any

import duckdb
import pytest

from tests.short_form import shortened
from tests.warehouse.given import DAY, Event, advance, at, empty_warehouse, events, load, rich, rows

DAYS = 4
ALL = "select process, company_id, measure, day, currency, value from analytics.daily_measures"
Numbers = dict[tuple[Any, ...], Decimal]


def taken(con: duckdb.DuckDBPyConnection, batch: list[Event], clock: str | None) -> None:
    """One load of events and, at the clock, the publication of what is there."""
    load(con, batch)
    advance(con)
    if clock is not None:
        con.execute(
            "insert into ops.publications select ?, coalesce(max(load_no), 0), count(*) from core.event_store",
            [at(clock)],
        )


def numbers(con: duckdb.DuckDBPyConnection) -> Numbers:
    """Every number of every day."""
    return {row[:-1]: row[-1] for row in con.execute(ALL).fetchall()}


def test_a_late_decision_moves_its_days_numbers() -> None:
    """The count, the sum and the times to decision of a published day move, each by so much, because of one event."""
    con = empty_warehouse()
    euros = rich(amount={"decimal": "12.50", "currencyCode": "EUR"})
    first = events(f'submitted 8:00 {euros}\nsubmitted 8:00 {{"id": "e2"}}\napproved 9:00 {{"id": "e2"}}')
    taken(con, first, "1+1:00")
    late = events('approved 11:00 id=wh_late received=1+5:00 {"id": "e1"}\napproved 1+2:00 id=wh_due {"id": "e3"}')
    taken(con, late, "1+6:00")
    common = {
        "process": "expense", "company_id": "C1", "day": date(2026, 3, 2), "currency": None, "because_of": ["wh_late"],
        "published_at": at("1+1:00"), "corrected_at": at("1+6:00"),
    }  # fmt: skip
    assert rows(con, "select * from analytics.late_corrections order by measure") == [
        common | {"measure": measure, "before": before, "after": after, "change": after - before} | more
        for measure, before, after, more in [
            ("expense amount approved", Decimal(0), Decimal("12.5"), {"currency": "EUR"}),
            ("expense approved", Decimal(1), Decimal(2), {}),
            ("expense mean seconds to decision", Decimal(3600), Decimal(7200), {}),
            ("expense median seconds to decision", Decimal(3600), Decimal(7200), {}),
        ]
    ]
    assert rows(con, "select * from analytics.late_events") == [
        {
            "process": "expense", "company_id": "C1", "day": date(2026, 3, 2), "event_id": "wh_late",
            "event_name": "expenses.expense_approved", "entity_id": "e1", "stage": "approved",
            "occurred_at": at("11:00"), "received_at": at("1+5:00"), "published_at": at("1+1:00"),
            "corrected_at": at("1+6:00"),
        }
    ]  # fmt: skip


def test_a_late_submission_moves_the_times_of_a_later_day() -> None:
    """What came late and happened before a decision of another published day is what moved that day's times."""
    con = empty_warehouse()
    taken(con, events("submitted 1+8:00\napproved 1+9:00"), "2+1:00")
    taken(con, events("submitted 8:00 id=wh_late"), "2+2:00")
    query = "select day, measure, before, after, because_of from analytics.late_corrections order by day, measure"
    day, other = date(2026, 3, 2), date(2026, 3, 3)
    assert con.execute(query).fetchall() == [
        (day, "expense submitted", 0, 1, ["wh_late"]),
        (other, "expense mean seconds to decision", 3600, 90000, ["wh_late"]),
        (other, "expense median seconds to decision", 3600, 90000, ["wh_late"]),
    ]


def test_each_late_event_moves_its_own_day() -> None:
    """Of two late events of one expense that come together, each day's count names the one that occurred on it."""
    con = empty_warehouse()
    taken(con, events('created 8:00\ncreated 1+8:00 {"id": "e2"}'), "2+1:00")
    taken(con, events("submitted 9:00 id=wh_one\nsubmitted 1+9:00 id=wh_two"), "2+2:00")
    query = "select day, measure, because_of from analytics.late_corrections order by day"
    assert con.execute(query).fetchall() == [
        (date(2026, 3, 2), "expense submitted", ["wh_one"]),
        (date(2026, 3, 3), "expense submitted", ["wh_two"]),
    ]


def test_a_late_original_of_what_was_counted_moves_nothing() -> None:
    """When the event whose echo was counted comes after all, there is still one event, and no number has moved."""
    con = empty_warehouse()
    taken(con, events("submitted 10:00:30 id=wh_echo"), "1+1:00")
    taken(con, events("submitted 10:00:00 id=wh_first"), "1+2:00")
    assert con.execute("select echo_of from ops.echoes").fetchall() == [("wh_first",)]
    assert con.execute("from analytics.late_corrections").fetchall() == []


def told(random: Random, number: int) -> Event:
    """Any event of one of three expenses or requests on one of the days, sometimes with an amount, maybe an echo."""
    name = random.choice(["expenses.expense_", "time_off.request_"]) + random.choice(
        ["created", "submitted", "approved", "declined", "paid", "flagged"]
    )
    fields = {"id": f"e{random.randrange(3)}"}
    money = {"decimal": str(random.randrange(1, 5)), "currencyCode": random.choice(["EUR", "USD"])}
    occurred = DAY + timedelta(days=random.randrange(DAYS), hours=random.randrange(3), seconds=random.randrange(2) * 30)
    data = rich(**fields, **({"amount": money} if random.random() < 0.4 else {})).replace('"expenseId": "e1", ', "")
    return Event(f"wh_{number:03}", name, f"C{random.randrange(2)}", occurred, occurred, data)


@pytest.mark.parametrize("seed", shortened(range(4), 1))
def test_corrections_are_what_lies_between_two_publications(seed: int) -> None:
    """Each publication's numbers of days published before differ from the last one's by just what the view says."""
    random = Random(seed)
    con = empty_warehouse()
    known: dict[str, Numbers] = {}
    for step in range(2 * DAYS + 2):
        batch = [told(random, 10 * step + number) for number in range(random.randrange(6))]
        clock = f"{step // 2 + 1}+{step % 2}:00" if random.random() < 0.8 else None
        taken(con, batch, clock)
        if clock is not None:
            known[clock] = numbers(con)
    expected = set()
    for earlier, later in zip(known, list(known)[1:], strict=False):
        for key in known[earlier].keys() | known[later].keys():
            nothing = None if "seconds" in key[2] else Decimal(0)
            before, after = known[earlier].get(key, nothing), known[later].get(key, nothing)
            if before != after and key[3] < at(earlier).date():
                expected.add((*key, before, after, at(later)))
    columns = "select process, company_id, measure, day, currency, before, after, corrected_at"
    found = con.execute(columns + " from analytics.late_corrections where corrected_at is not null").fetchall()
    assert len(found) == len(set(found))
    assert set(found) == expected

"""What events tell core.process_events, whatever the columns that their values ended up in."""

import json
from decimal import Decimal
from typing import Any

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.given import EXAMPLES, advance, empty_warehouse, events, load, rows, warehouse
from warehouse import catalogue
from warehouse.facts import telling

TOLD = "select * exclude (load_no) from core.process_events order by event_id"
FACTS = "select event_id, entity_id, amount, currency, category from core.process_events order by event_id"


def told_again(con: duckdb.DuckDBPyConnection) -> list[dict[str, Any]]:
    """The rows as they are told out of the typed tables, as after a change of what is declared."""
    con.execute("update core.flattened set process = 'another' where process is not null")
    advance(con)
    return rows(con, TOLD)


def test_what_came_before_is_told_anew_beside_what_comes_with_another_catalogue() -> None:
    """Where the process is declared otherwise since, and new events come at once, all events are told by what holds."""
    before, new = 'submitted 10:00 id=wh_a {"id": "e1"}', 'submitted 10:00:10 id=wh_b {"id": "e1"}'
    con = warehouse(before)
    con.execute("update core.process_events set entity_id = 'by another rule'")
    con.execute("update core.flattened set process = 'another'")
    load(con, events(new))
    advance(con)
    assert rows(con, TOLD) == rows(warehouse(before, new), TOLD)


def test_facts_are_read_out_of_json() -> None:
    """A place that is an object in one event and a scalar in another is a column of JSON, and tells what it holds."""
    con = warehouse(
        """
        created 10:00 id=wh_a {"expenseId": "e1", "amount": {"decimal": "1.5", "currencyCode": "EUR"}}
        created 10:00 id=wh_b {"expenseId": "e2", "amount": 7}
        created 10:00 id=wh_c {"expenseId": ["e3"], "id": "e3", "amount": {"decimal": 2.25, "currencyCode": "USD"}}
        """
    )
    assert con.execute(FACTS).fetchall() == [
        ("wh_a", "e1", Decimal("1.5"), "EUR", None),
        ("wh_b", "e2", None, None, None),
        ("wh_c", "e3", Decimal("2.25"), "USD", None),
    ]


def test_a_currency_stands_beside_the_amount_that_is_told() -> None:
    """Where an event tells two amounts, the currency of the one is not taken for the other's."""
    con = warehouse(
        """
        created 10:00 id=wh_a {"id": "e1", "amount": {"decimal": "5"}, "expense": {"amount": {"decimal": "7", "currencyCode": "EUR"}}}
        created 10:00 id=wh_b {"id": "e2", "amount": {"currencyCode": "USD"}, "expense": {"amount": {"decimal": "7", "currencyCode": "EUR"}}}
        """  # noqa: E501
    )
    assert con.execute(FACTS).fetchall() == [
        ("wh_a", "e1", Decimal(5), None, None),
        ("wh_b", "e2", Decimal(7), "EUR", None),
    ]


def test_facts_are_read_out_of_what_has_no_column() -> None:
    """Beyond 400 leaves the rest shares a column of JSON; a fact that stands there is found."""
    data = {f"k{number}": number for number in range(400)} | {
        "expenseId": "e~/1", "amount": {"decimal": "9.99", "currencyCode": "EUR"}, "category": "CAR",
    }  # fmt: skip
    con = warehouse(f"created 10:00 id=wh_a {json.dumps(data)}")
    assert con.execute(FACTS).fetchall() == [("wh_a", "e~/1", Decimal("9.99"), "EUR", "CAR")]


def test_a_column_that_widens_loses_no_echo() -> None:
    """Events whose tables are made anew are told anew, and their echoes are marked as before."""
    con = warehouse(
        'submitted 10:00 id=wh_a {"expenseId": "e1", "n": 1}\nsubmitted 10:00:20 id=wh_b {"expenseId": "e1", "n": 1}'
    )
    query = "select event_id, is_echo, echo_of from core.process_events order by event_id"
    before = con.execute(query).fetchall()
    assert before == [("wh_a", False, "wh_a"), ("wh_b", True, "wh_a")]
    load(con, events('submitted 11:00 id=wh_c {"expenseId": "e1", "n": "x"}'))
    advance(con)
    assert con.execute(query).fetchall() == [*before, ("wh_c", False, None)]


BESIDE = ["true", '"x"', "null", "1", "0.5", "1e22", '{"a": 1}', '"2026-01-31"', '"2026-01-31T10:00:00Z"']
"""Values at the same place that make another column of it: each type of the ladder, and JSON."""
ID_OF = {
    '"e1"': "e1", '""': None, "true": None, '"true"': None, "7": "7", "7.0": "7", '"7.0"': "7", str(2**70): str(2**70),
    '"2026-01-31"': "2026-01-31", '"2026-01-31T10:00:00Z"': None,
}  # fmt: skip
TIME_OF = {
    '"2026-03-01T10:00:00Z"': "2026-03-01 10:00:00+00", '"2026-03-01T10:00:00+0530"': "2026-03-01 04:30:00+00",
    '"2026-03-01"': None, '"2026-03-01T10:00:00"': None, '"2026-03-01 10:00:00Z"': None, '"20260301T100000Z"': None,
    "20260301": None,
}  # fmt: skip


def test_a_column_of_texts_tells_no_more_than_another() -> None:
    """Beside texts, a boolean is no id and 7.0 is the id 7; a day is no time, in a declared column or in JSON."""
    con = warehouse("""
        expenses.one 10:00 id=wh_a {"id": true}
        expenses.one 10:00 id=wh_b {"id": 7.0}
        expenses.one 10:00 id=wh_c {"id": "e1", "expense": {"submittedAt": "2026-03-01"}}
        expenses.one 10:00 id=wh_d {"id": "e2", "expense": ["no object"]}
        expenses.one 10:00 id=wh_e {"id": "e3", "submittedAt": "2026-03-01"}
    """)
    told = con.execute("select entity_id, told_submitted_at from core.process_events order by event_id").fetchall()
    assert told == [(None, None), ("7", None), ("e1", None), ("e2", None), ("e3", None)]


@pytest.mark.thorough
@pytest.mark.parametrize("beside", BESIDE)
def test_a_fact_follows_from_the_value_alone(beside: str) -> None:
    """Whatever else stands at its place, and so whatever type its column has, a value tells the same."""
    values = [("id", one) for one in ID_OF] + [("submittedAt", one) for one in TIME_OF]
    values += [("expense", f'{{"submittedAt": {one}}}') for one in TIME_OF]
    lines = []
    for at, (place, value) in enumerate(values):
        other = beside if place != "expense" else f'{{"submittedAt": {beside}}}'
        lines.append(f'expenses.kind_{at} 10:00 id=wh_{at:02d} {{"{place}": {value}}}')
        lines.append(f'expenses.kind_{at} 10:00 id=wh_beside_{at:02d} {{"{place}": {other}}}')
    con = warehouse("\n".join(lines))
    told = con.execute("""
        select coalesce(entity_id, told_submitted_at::varchar) from core.process_events
        where not starts_with(event_id, 'wh_beside') order by event_id
    """).fetchall()
    assert [found for (found,) in told] == [*ID_OF.values(), *TIME_OF.values(), *TIME_OF.values()]


def test_the_exact_lane_tells_too() -> None:
    """A document that the fast lane leaves (a repeated key) tells what the others do, once."""
    con = warehouse(
        'created 10:00 id=wh_a {"id": "e1", "id": "e2", "category": "CAR"}\ncreated 10:00 id=wh_b {"id": "e3"}'
    )
    assert con.execute(FACTS).fetchall() == [("wh_a", "e1", None, None, "CAR"), ("wh_b", "e3", None, None, None)]


IDS = st.sampled_from(["e1", "", 7, 2**70, 1.5, 1e300, True, None, [], {"a": 1}, "2026-01-31", "2026-01-31T10:00:00Z"])
MONEY = st.sampled_from(["1.10", "1.1", 1.1, 3, 2**90, "x", None, True, {"no": 1}, 0.1, 12345678901234567.5, "1e3"])
TEXTS = st.sampled_from(["EUR", "", 3, None, False, ["a"], {"b": 1}, 2.50])
TIMES = st.sampled_from(["2026-03-01T10:00:00Z", "2026-03-01", "0001-01-01", "x", 5, None, {"c": 1}])
DATA = st.fixed_dictionaries(
    {},
    optional={
        "expenseId": IDS, "id": IDS, "expense": st.fixed_dictionaries({}, optional={"id": IDS, "category": TEXTS}),
        "amount": st.fixed_dictionaries({"decimal": MONEY, "currencyCode": TEXTS}) | MONEY,
        "category": TEXTS, "reviewedBy": TEXTS, "submittedAt": TIMES, "x": st.integers(0, 1) | st.just("y"),
    },
)  # fmt: skip


@settings(max_examples=5 * EXAMPLES, deadline=None)
@given(st.lists(DATA, min_size=1, max_size=5), st.integers(0, 4))
@pytest.mark.thorough
def test_all_ways_tell_the_same(data: list[dict[str, Any]], cut: int) -> None:
    """Told at once, in two loads, or anew out of the typed tables, events tell the same."""
    lines = [f"created {10 + at}:00 id=wh_{at} {json.dumps(one)}" for at, one in enumerate(data)]
    at_once = rows(warehouse("\n".join(lines)), TOLD)
    con = empty_warehouse()
    for part in (lines[:cut], lines[cut:]):
        if part:
            load(con, events("\n".join(part)))
            advance(con)
    assert rows(con, TOLD) == at_once
    assert told_again(con) == at_once


@pytest.mark.parametrize(
    ("event_name", "stage"),
    [
        ("expenses.expense_approved", "approved"), ("expense.expenseRejected", "declined"),
        ("expenses.Approved", "approved"), ("expenses.expense_flagged", None), ("expenses.", None),
        ("expenses.expense_approved\n", None), ("expenses.EXPENSE", None),
    ],
)  # fmt: skip
def test_a_stage_is_the_last_word_of_the_name(event_name: str, stage: str | None) -> None:
    """A name whose last word is no verb of the process is one of its events all the same."""
    told = telling(event_name)
    assert told is not None
    assert (told.process.name, told.stage) == ("expense", stage)


def test_a_fingerprint_follows_what_is_declared() -> None:
    """It changes with the process, and with nothing else."""
    ours = telling("expenses.expense_approved")
    assert ours == telling("expenses.expense_approved", catalogue.load())
    others = [telling(name) for name in ("expenses.expense_declined", "payroll.payroll_paid")]
    assert len({one.fingerprint for one in (ours, *others) if one}) == 3

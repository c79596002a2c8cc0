"""Child tables that ask for one name: who has it follows from the events alone."""

from __future__ import annotations

import json
import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.lakes import Delivery, contents, delivery, warehouse

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "3"))
TABLES = "select event_name, json_path, table_name from ops.tables where json_path <> '$' order by all"


def told(con: duckdb.DuckDBPyConnection) -> list[tuple[str, ...]]:
    """The child tables, each with the event_name and path that it is of."""
    return con.execute(TABLES).fetchall()


def test_the_later_array_gives_way(tmp_path: Path) -> None:
    """Where arrays of two event_names ask for one name, the first that came has it, whatever was built first."""
    early, late = delivery(1, "x.a__b", '{"c":[{"q":1}]}'), delivery(2, "x.a", '{"b__c":[{"q":2}]}')
    expected = [("x.a", "$['b__c'][*]", "a__b__c_2"), ("x.a__b", "$['c'][*]", "a__b__c")]
    for number, batches in enumerate(([early, late],), 1):
        assert told(warehouse(tmp_path / f"at_once{number}", batches)) == expected
    for number, batches in enumerate(([[early], [late]], [[late], [early]])):
        con = warehouse(tmp_path / str(number), *batches)
        assert told(con) == expected
        assert con.execute("select (select q from x.a__b__c), (select q from x.a__b__c_2)").fetchall() == [(1, 2)]


def test_an_array_that_came_earlier_than_known_takes_its_name(tmp_path: Path) -> None:
    """A late delivery changes who was first: the tables change their names, with their columns, misfits and rows."""
    known = [delivery(5, "x.a", '{"b__c":[{"q":1,"q":2}]}'), delivery(7, "x.a__b", '{"c":[{"r":"x"}]}')]
    late = delivery(2, "x.a__b", '{"c":[{"r":"y"}]}')
    grown = warehouse(tmp_path / "grown", known, [late])
    assert contents(grown) == contents(warehouse(tmp_path / "whole", [*known, late]))
    assert grown.execute("select r from x.a__b__c order by all").fetchall() == [("x",), ("y",)]
    assert grown.execute("select q from x.a__b__c_2").fetchall() == [(1,)]
    assert grown.execute("select table_name, value from ops.misfits").fetchall() == [("a__b__c_2", "2")]


def test_names_that_differ_by_where_an_underscore_stands_meet_too(tmp_path: Path) -> None:
    """`a` with `_c` and `a_` with `c` ask for one name."""
    con = warehouse(tmp_path, [delivery(1, "x.a_", '{"c":[{}]}'), delivery(2, "x.a", '{"_c":[{}]}')])
    assert told(con) == [("x.a", "$['_c'][*]", "a___c_2"), ("x.a_", "$['c'][*]", "a___c")]


def test_a_name_is_free_again_when_its_event_name_has_gone(tmp_path: Path) -> None:
    """Where the only event of another event_name gives way to an earlier delivery, a child takes the name it had."""
    child = delivery(1, "x.a", '{"b":[{"q":1}]}')
    own, earlier = delivery(5, "x.a__b", "{}", id_="wh_z"), delivery(3, "other.y", "{}", id_="wh_z")
    con = warehouse(tmp_path, [child], [own])
    assert told(con) == [("x.a", "$['b'][*]", "a__b_2")]
    con.close()
    con = warehouse(tmp_path, [earlier])
    assert told(con) == [("x.a", "$['b'][*]", "a__b")]
    assert con.execute("select q from x.a__b").fetchall() == [(1,)]


MEETING = [
    ("x.a", "b"), ("x.a", "b__c"), ("x.a", "b__C"), ("x.a", "_c"), ("x.a", "b_2"), ("x.a", "b__c_2"), ("x.a_", "c"),
    ("x.a__b", "c"), ("x.a__b", "c_2"), ("x.a__b__c", "d"), ("x.A__B", "c"), ("x.a__b_2", "c"), ("x.a-_b", "c"),
]  # fmt: skip
"""Arrays of events that ask for each other's names, or for those of each other's own tables."""
VALUES = st.sampled_from([[{}], [{"q": 1}], [{"c": [{}]}], "a scalar", {"c": [{"d": [{}]}]}])
EVENTS = st.lists(st.tuples(st.sampled_from(MEETING), VALUES), min_size=2, max_size=8)


@pytest.mark.thorough
@settings(max_examples=5 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(EVENTS, st.randoms(use_true_random=False), st.integers(1, 8), st.integers(0, 2))
def test_any_order_of_loads_gives_the_same_names(
    events: list[tuple[tuple[str, str], object]], random: Random, parts: int, repeated: int
) -> None:
    """Shuffled, in any batches, with ids that an earlier delivery takes for another event_name: one warehouse."""
    sent = [delivery(at, name, json.dumps({key: value})) for at, ((name, key), value) in enumerate(events, 10)]
    sent += [delivery(at, "x.a", '{"b":[{}]}', id_=random.choice(sent[:9]).id) for at in range(repeated)]
    shuffled = random.sample(sent, len(sent))
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        once = warehouse(Path(first), sorted(sent, key=received))
        often = warehouse(Path(second), *(shuffled[part::parts] for part in range(parts)))
        assert contents(often) == contents(once)
        made = once.execute("select lower(table_name) from ops.tables where schema_name = 'x'").fetchall()
        assert len(set(made)) == len(made)
        once.close()
        often.close()


def received(one: Delivery) -> int:
    """When it came."""
    return one.received_at

"""Beyond the limits too, the typed tables are a function of the documents, not of their order or batching."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.short_form import shortened
from tests.warehouse import oracle
from tests.warehouse.lakes import START, Delivery, contents, delivery, warehouse
from warehouse.flatten import run
from warehouse.schema import child_tables, shape

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "3"))
SLOW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
NAMES = ["odd.thing", "expenses.expense_submitted", "payroll.payroll_finalized"]
KEYS = st.sampled_from(
    ["a", "b", "c", "d", "e", "f", "g", "h", "id", "amount", "expense", "records", "decimal", "currencyCode"]
)
LEAVES = st.sampled_from(["1", "1.5", '"x"', '"2.5"', "null", "{}", "[]", "[1]", '[{"a":1}]', '["x",{"b":2}]'])


def _object(values: st.SearchStrategy[str], size: int) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(KEYS, values), max_size=size)
    return members.map(lambda pairs: "{" + ",".join(f"{json.dumps(key)}:{value}" for key, value in pairs) + "}")


DATA = _object(
    st.recursive(LEAVES, lambda inner: _object(inner, 3) | _object(inner, 3).map("[{}]".format), max_leaves=5), 5
)


@pytest.fixture(autouse=True, params=shortened([((100, 250),), ((1, 1),)], 1), ids=["long look", "short look"])
def limits(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """So low that small documents are beyond them, and tables that begin from many documents or from one."""
    monkeypatch.setattr(shape, "MAX_LEAVES", 4)
    monkeypatch.setattr(child_tables, "MAX_CHILDREN", 1)
    monkeypatch.setattr(run, "FIRST_LOOK", request.param[0])
    monkeypatch.setattr(run, "FIRST_CHUNK", request.param[1])


def made(documents: Sequence[str], event_name: str = "odd.thing") -> list[Delivery]:
    """The deliveries of documents; two come in the same moment."""
    return [
        delivery(number, event_name, data, received_at=START + number // 2 * 1_000_000)
        for number, data in enumerate(documents)
    ]


@SLOW
@given(
    st.lists(DATA, min_size=2, max_size=7),
    st.sampled_from(NAMES),
    st.randoms(use_true_random=False),
    st.integers(1, 7),
)
@pytest.mark.thorough
def test_order_and_batching_do_not_matter_beyond_the_limits(
    documents: list[str], event_name: str, random: Random, parts: int
) -> None:
    """One by one, or shuffled and in any batches, the warehouse is that of a single load, and tells each leaf."""
    ordered = made(documents, event_name)
    shuffled = random.sample(ordered, len(ordered))
    with TemporaryDirectory() as folder:
        once = warehouse(Path(folder) / "once", ordered)
        types = dict(once.execute("select json_path, data_type from ops.columns").fetchall())
        told = oracle.told(once, event_name)
        for one, data in zip(ordered, documents, strict=True):
            assert told.get(one.id, {}) == oracle.sent(data, types), data
        for name, batches in {
            "steps": [[one] for one in ordered],
            "shuffled": [shuffled[part::parts] for part in range(parts)],
        }.items():
            often = warehouse(Path(folder) / name, *batches)
            assert contents(often) == contents(once), name
            often.close()
        once.close()


def keys(name: str, count: int) -> dict[str, object]:
    """So many leaves."""
    return {f"{name}{at}": at for at in range(count)}


EURO = {"decimal": "1", "currencyCode": "EUR"}
CASES: dict[str, tuple[list[object], list[list[int]]]] = {
    "an empty object": ([keys("k", 4), {"over": 1}, {"o": {"k": 1}}, {"o": {}}], [[0], [1], [2], [3]]),
    "a repeated key": ([keys("k", 4), {"o": {"k": 1}}, '{"o":{"a":1,"a":2}}'], [[0], [1], [2]]),
    "lost": ([{"m": keys("a", 3)}, {"t": 1}, {"un": 1}, {"t": "x", "z": 1}, {"m": 1}], [[0], [1], [2], [3], [4]]),
    "late": ([{"id": 1}, {"z": 1}, {"id": 2} | keys("k", 5)], [[0, 2], [1]]),
    "null": ([{"a": None} | keys("k", 3), {"m": 1}, {"a": {"x": 1}}, {"n": 1}], [[0], [1], [2], [3]]),
    "an array": ([{"a": [{"x": 1}], "b": [{"y": 1}]}, {"b": [{"z": 1}]}, {"a": 1}], [[0], [1], [2]]),
    "a child": ([{"m": keys("u", 9), "i": [{"sku": 1}]}, {"i": [{"late": 1}]}], [[0], [1]]),
    "money": ([{"amount": EURO} | keys("k", 3), {"amount": EURO | {"w": 1}}], [[0], [1]]),
}


@pytest.mark.parametrize(("documents", "batches"), shortened(CASES.values(), 2), ids=CASES)
def test_what_lies_beyond_the_limits_does_not_depend_on_batches(
    tmp_path: Path, documents: list[object], batches: list[list[int]]
) -> None:
    """Places that appear, turn out to be otherwise or come late are what they are in one load of all."""
    texts = [one if isinstance(one, str) else json.dumps(one) for one in documents]
    deliveries = [delivery(number, "odd.thing", text) for number, text in enumerate(texts)]
    once = warehouse(tmp_path / "once", deliveries)
    often = warehouse(tmp_path / "often", *([deliveries[at] for at in batch] for batch in batches))
    assert contents(often) == contents(once)


def test_no_first_event_is_told_of_what_has_no_column(tmp_path: Path) -> None:
    """The column that takes the rest has none, rather than one without an id in 1970."""
    con = warehouse(tmp_path, made(['{"a":1,"b":2,"c":3,"d":4,"e":5}']))
    query = "select column_name, first_event_id, epoch_us(first_received_at) from ops.columns where ordinal > 2"
    assert sorted(con.execute(query).fetchall()) == [("d", f"wh_{0:026d}", START), ("rest", None, None)]

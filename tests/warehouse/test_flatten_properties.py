"""Whatever arrives, in whatever order and batching, the typed tables say exactly what the bodies say."""

from __future__ import annotations

import os
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.short_form import shortened
from tests.warehouse import oracle
from tests.warehouse.documents import DATA, SCALARS
from tests.warehouse.lakes import Delivery, contents, delivery, warehouse
from warehouse.flatten import run


@pytest.fixture(autouse=True, params=shortened([((1, 1),), ((100, 250),)], 1), ids=["short look", "long look"])
def look(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Also with tables that begin from one document, so that the fast lane's own conditions decide, by known shapes."""
    monkeypatch.setattr(run, "FIRST_LOOK", request.param[0])
    monkeypatch.setattr(run, "FIRST_CHUNK", request.param[1])


EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "3"))
SLOW = settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def deliveries(documents: list[str], event_name: str = "odd.thing") -> list[Delivery]:
    return [delivery(number, event_name, data) for number, data in enumerate(documents)]


@SLOW
@given(st.lists(DATA, min_size=1, max_size=8))
def test_each_leaf_is_found_in_its_typed_place_with_its_value(documents: list[str]) -> None:
    """Each scalar of each body stands in the column of its path with exactly its value, or verbatim in ops.misfits."""
    with TemporaryDirectory() as folder:
        con = warehouse(Path(folder), deliveries(documents))
        columns = dict(con.execute("select json_path, data_type from ops.columns").fetchall())
        told = oracle.told(con, "odd.thing")
        for one, data in zip(deliveries(documents), documents, strict=True):
            assert told.get(one.id, {}) == oracle.sent(data, columns), data
        con.close()


@SLOW
@given(st.lists(DATA, min_size=1, max_size=7), st.randoms(use_true_random=False), st.integers(1, 4))
def test_order_and_batching_do_not_matter(documents: list[str], random: Random, parts: int) -> None:
    """Shuffled, delivered twice and loaded in any batches, the warehouse is the one of a single load in order."""
    ordered = deliveries(documents)
    shuffled = ordered + random.sample(ordered, len(ordered) // 2)
    random.shuffle(shuffled)
    batches = [shuffled[part::parts] for part in range(parts)]
    with TemporaryDirectory() as first, TemporaryDirectory() as second:
        once, often = warehouse(Path(first), ordered), warehouse(Path(second), *batches)
        assert contents(often) == contents(once)
        once.close()
        often.close()


@SLOW
@given(st.lists(SCALARS, min_size=1, max_size=6))
def test_a_column_has_the_least_type_of_the_ladder(values: list[str]) -> None:
    """The type of an observed column is the least of the ladder that holds every value seen."""
    documents = [f'{{"v": {value}}}' for value in values]
    seen = [value for value in map(oracle.read, values) if value is not None]
    with TemporaryDirectory() as folder:
        con = warehouse(Path(folder), deliveries(documents))
        types = con.execute("select data_type from ops.columns").fetchall()
        assert types == [(oracle.least_type(seen) if seen else "BOOLEAN",)]
        con.close()

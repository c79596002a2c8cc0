"""Values that no column holds are kept beside the tables."""

from pathlib import Path

import pytest

from tests.warehouse.lakes import contents, delivery, warehouse


def test_a_misfit_names_the_column_of_its_place_as_it_is_now(tmp_path: Path) -> None:
    """A column that was only ever null goes when an object comes: what stood twice there has no column any more."""
    documents = ['{"a":null,"a":null}', '{"a":{"b":1}}']
    once = warehouse(tmp_path / "once", [delivery(at, "x.y", data) for at, data in enumerate(documents)])
    step_by_step = warehouse(tmp_path / "steps", *([delivery(at, "x.y", data)] for at, data in enumerate(documents)))
    assert contents(step_by_step) == contents(once)
    assert once.execute("select column_name, value from ops.misfits").fetchall() == [(None, "null")]


@pytest.mark.parametrize("first", ['{"a":{"b":null}}', '{"a":{"b":null,"b":5}}'])
def test_an_object_of_nulls_stays_where_its_place_becomes_json(tmp_path: Path, first: str) -> None:
    """A column of nulls goes without a look at the rows only where what comes is taken apart below it."""
    documents = [first, '{"a":[1]}']
    once = warehouse(tmp_path / "once", [delivery(at, "x.y", data) for at, data in enumerate(documents)])
    step_by_step = warehouse(tmp_path / "steps", *([delivery(at, "x.y", data)] for at, data in enumerate(documents)))
    assert contents(step_by_step) == contents(once)
    assert once.execute("select a from x.y order by event_id").fetchall() == [(first[5:-1],), ("[1]",)]

"""A declared column keeps its type whatever arrives."""

import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest

from tests.short_form import shortened
from tests.warehouse import oracle
from tests.warehouse.lakes import contents, delivery, warehouse
from warehouse.flatten import run
from warehouse.schema import shape

SUBMITTED, RECORDS = "expenses.expense_submitted", "payroll.payroll_finalized"
MONEY = {"decimal": "12.50", "currencyCode": "EUR"}


def built(folder: Path, event_name: str, *batches: Sequence[object]) -> duckdb.DuckDBPyConnection:
    """A warehouse of these data, in the order given, which tells each leaf of them."""
    texts = [json.dumps(data) for batch in batches for data in batch]
    deliveries = [delivery(at, event_name, text) for at, text in enumerate(texts)]
    left = iter(deliveries)
    con = warehouse(folder, *([next(left) for _ in batch] for batch in batches))
    types = dict(con.execute("select json_path, data_type from ops.columns").fetchall())
    told = oracle.told(con, event_name)
    for one, text in zip(deliveries, texts, strict=True):
        assert told.get(one.id, {}) == oracle.sent(text, types), text
    return con


def types_of(con: duckdb.DuckDBPyConnection) -> dict[str, str]:
    """The declared columns with their types."""
    return dict(con.execute("select json_path, data_type from ops.columns where origin = 'declared'").fetchall())


@pytest.mark.parametrize("odd", shortened(["12.50", 3, [1], [{"decimal": "1"}], {}], 1), ids=str)
@pytest.mark.parametrize("first", [True, False], ids=["first", "later"])
def test_what_is_no_object_above_a_declared_column_is_kept_beside_it(
    tmp_path: Path, odd: object, *, first: bool
) -> None:
    """A text, number or array where an object is declared takes no column away: it is in ops.misfits."""
    data = [{"amount": odd}, {"amount": MONEY}, {"amount": odd}, {"amount": None}][not first :]
    once, step_by_step = (
        built(tmp_path / "once", SUBMITTED, data),
        built(tmp_path / "steps", SUBMITTED, *([one] for one in data)),
    )
    assert types_of(once)["$['amount']['decimal']"] == "DECIMAL(38,9)"
    kept = once.execute("select column_name, json_path, value::json = ?::json from ops.misfits", [json.dumps(odd)])
    assert kept.fetchall() == [] if odd == {} else [(None, "$['amount']", True)] * (1 + first)
    assert contents(step_by_step) == contents(once)


@pytest.mark.parametrize("odd", shortened(["none", {"id": "e"}, [3], ["x", {"id": "f"}]], 1), ids=str)
def test_what_is_no_array_of_objects_above_a_declared_column_is_kept_beside_it(tmp_path: Path, odd: object) -> None:
    """The table of an array with declared columns stays one, whatever else stands in the array or in its place."""
    data = [{"records": odd}, {"records": [{"monthlyPaymentsTotalAmount": MONEY}]}, {"records": odd}]
    once, step_by_step = (
        built(tmp_path / "once", RECORDS, data),
        built(tmp_path / "steps", RECORDS, *([one] for one in data)),
    )
    assert types_of(once)["$['records'][*]['monthlyPaymentsTotalAmount']['decimal']"] == "DECIMAL(38,9)"
    assert contents(step_by_step) == contents(once)


@pytest.mark.thorough
def test_a_declared_column_is_there_beyond_the_limits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many other keys came before, what is declared has its column, and only the others share one."""
    monkeypatch.setattr(shape, "MAX_LEAVES", 5)
    monkeypatch.setattr(run, "FIRST_LOOK", 1)
    data = [
        {f"k{at}": at for at in range(100)},
        {"expense": {"amount": MONEY, "x": 1}},
        {"amount": MONEY, "expense": "e1"},
        {"expense": {"amount": "1"}, "engagement": "x"},
    ]
    once, con = (
        built(tmp_path / "once", SUBMITTED, data),
        built(tmp_path / "steps", SUBMITTED, *([one] for one in data)),
    )
    assert contents(con) == contents(once)
    places = ["$['amount']['decimal']", "$['expense']['amount']['decimal']"]
    assert [types_of(con)[place] for place in places] == ["DECIMAL(38,9)"] * 2
    assert con.execute("select count(*) from ops.columns where json_path like '$[''k%'").fetchall() == [(5,)]

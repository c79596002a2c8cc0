"""The shape is learnt from few documents, whichever come first."""

from pathlib import Path

import pyarrow as pa

from tests.warehouse.lakes import contents, delivery, warehouse
from warehouse.flatten.learning import learn
from warehouse.schema.shape import Shape


def test_a_first_document_that_holds_nothing_ends_no_lesson() -> None:
    """Thin documents before rich ones are passed over: the tables are those that the rich ones ask for."""
    texts = ["{}", "{}", '{"a": 1}', '{"a": 2, "b": "x"}']
    documents = pa.table({
        "event_id": [f"wh_{at}" for at in range(len(texts))],
        "received_at": pa.array(range(len(texts)), pa.timestamp("us", "UTC")),
        "doc": pa.array(texts, pa.large_string()),
    })  # fmt: skip
    known = learn(Shape(), {}, documents)
    assert [(column.name, column.type) for column in known.tables[0].columns] == [("a", "BIGINT"), ("b", "VARCHAR")]


def test_a_late_document_tells_of_a_place_that_one_before_it_holds_too(tmp_path: Path) -> None:
    """What is read of late documents for one place may tell of another: the order of columns is that of one load."""
    texts = {1: '{"z": 1}', 9: '{"old": 1}', 2: '{"new": 1}', 3: '{"old": 1, "new": 2}'}
    sent = [delivery(number, "odd.thing", text) for number, text in texts.items()]
    with warehouse(tmp_path / "once", sent) as once, warehouse(tmp_path / "often", sent[:2], sent[2:]) as often:
        assert contents(often) == contents(once)

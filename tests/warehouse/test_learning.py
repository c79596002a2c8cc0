"""The shape is learnt from few documents, whichever come first."""

import pyarrow as pa

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

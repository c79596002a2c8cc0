"""The documents of one event_name that a flatten reads: those of later loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from itertools import islice

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.connections import sibling
from warehouse.quoting import literal
from warehouse.schema.names import json_pointer
from warehouse.schema.shape import Shape
from warehouse.statements import statement

CHUNK = 1_000

FETCHED = 4_096
MAX_ROWS, MAX_BYTES = 122_880, 64 * 2**20
"""Documents are fetched a few at a time, and handed on as batches of so many rows or so much text."""

Row = tuple[int, str, str]
"""received_at in µs since 1970, event_id, data."""


_COLUMNS = "event_id, company_id, occurred_at, received_at, data::varchar as doc"


class Source:
    """Events of one event_name with a load_no over `after`; `documents` are all, where they were read before."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, event_name: str, after: int, documents: pa.Table | None = None
    ) -> None:
        self.con = con
        self.documents = documents
        self.event_name = event_name
        self.after = after

    @property
    def sql(self) -> str:
        """A query for the key columns, and the data as `doc`."""
        return (
            f"select {_COLUMNS} from core.event_store"
            f" where event_name = {literal(self.event_name)} and load_no > {self.after:d}"
        )

    def batches(self) -> Iterator[pa.Table]:
        """All documents with their key columns, a bounded batch at a time; meanwhile `con` may be used."""
        if self.documents is not None:
            yield self.documents
            return
        with _reading(self.con, self.sql) as reader:
            yield from _batches(reader)

    def withdrawn(self) -> bool:
        """Whether rows of later loads took the place of earlier ones, or were erased."""
        names = {"event_name": self.event_name, "after": self.after}
        return bool(self.con.execute(statement("flatten/withdrawn"), names).fetchall())

    def first(self, limit: int, where: str = "true") -> list[Row]:
        """The first documents in the order of receipt."""
        return self.con.execute(
            f"select epoch_us(received_at), event_id, doc from ({self.sql}) where {where}"
            f" order by received_at, event_id limit {limit:d}"
        ).fetchall()

    def first_documents(self, limit: int) -> pa.Table:
        """The first documents in the order of receipt, with their key columns."""
        return self.con.sql(f"{self.sql} order by received_at, event_id limit {limit:d}").to_arrow_table()

    def earlier_than(self, shape: Shape) -> Iterator[list[Row]]:
        """Documents received before the event that a place they hold is said to appear first in, in order.

        None where loads follow the receipt of their events, as they do in a quiet life.
        """
        earliest = self.con.execute(f"select epoch_us(min(received_at)) from ({self.sql})").fetchall()[0][0]
        if earliest is None:
            return
        at, event_id = earliest, ""
        while late := [place for place in shape.root.walk() if place.first[:2] > (at, event_id)]:
            # the elements of an array are first seen where the array is: its pointer stands for them
            pointers = {json_pointer(place.steps[: _objects(place.steps)]) or "$" for place in late}
            until = max(place.first[0] for place in late)
            rows = self.first(
                CHUNK,
                f"list_count(json_type(doc, [{', '.join(literal(pointer) for pointer in sorted(pointers))}])) > 0"
                f" and epoch_us(received_at) <= {until:d}"
                f" and (epoch_us(received_at), event_id) > ({at:d}, {literal(event_id)})",
            )
            if not rows:
                return
            yield rows
            at, event_id = rows[-1][0], rows[-1][1]


def documents_of(con: duckdb.DuckDBPyConnection, event_names: Sequence[str]) -> dict[str, pa.Table]:
    """All documents of several event_names, read in one go; none of any where they are more than fits one batch."""
    names = ", ".join(map(literal, event_names))
    # between, because in() alone passes over no row groups
    among = f"event_name between {literal(min(event_names))} and {literal(max(event_names))}"
    query = f"select event_name, {_COLUMNS} from core.event_store where {among} and event_name in ({names})"
    with _reading(con, query) as reader:
        batches = list(islice(_batches(reader), 2))
    if len(batches) != 1:
        return {}
    (found,) = batches
    return {name: found.filter(pc.equal(found["event_name"], name)).drop("event_name") for name in event_names}


@contextmanager
def _reading(con: duckdb.DuckDBPyConnection, query: str) -> Iterator[pa.RecordBatchReader]:
    """What a query finds, on a connection of its own."""
    reading = sibling(con)
    reading.execute("set arrow_large_buffer_size = true")
    try:
        yield reading.sql(query).to_arrow_reader(FETCHED)
    finally:
        reading.close()


def _batches(reader: pa.RecordBatchReader) -> Iterator[pa.Table]:
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in reader:
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= MAX_ROWS or size >= MAX_BYTES:
            yield pa.Table.from_batches(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting)


def _objects(steps: tuple[str | None, ...]) -> int:
    return steps.index(None) if None in steps else len(steps)

"""The documents of one event_name that a flatten reads: those of later loads."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.facts import ECHO_KEY
from warehouse.quoting import literal
from warehouse.reading import batches_of
from warehouse.schema.names import json_pointer
from warehouse.schema.places import Steps
from warehouse.schema.shape import Shape
from warehouse.statements import statement

CHUNK = 1_000

Row = tuple[int, str, str]
"""received_at in µs since 1970, event_id, data."""


_COLUMNS = f"event_id, company_id, occurred_at, received_at, load_no, {ECHO_KEY}, data::varchar as doc"


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
            f"select {_COLUMNS} from core.event_store as events"
            f" where event_name = {literal(self.event_name)} and load_no > {self.after:d}"
        )

    def batches(self) -> Iterator[pa.Table]:
        """All documents with their key columns, a bounded batch at a time; meanwhile `con` may be used."""
        if self.documents is not None:
            yield self.documents
            return
        yield from batches_of(self.con, self.sql)

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

    @cached_property
    def earliest(self) -> int | None:
        """When the first of them was received, in µs since 1970."""
        found: int | None = self.con.execute(f"select epoch_us(min(received_at)) from ({self.sql})").fetchall()[0][0]
        return found

    def begins_by(self, received_at: int) -> bool:
        """Whether a document was received by then."""
        return self.earliest is not None and self.earliest <= received_at

    def earlier_than(self, shape: Shape) -> Iterator[list[Row]]:
        """Documents received before the event that a place they hold is said to appear first in, in order.

        None where loads follow the receipt of their events, as they do in a quiet life.
        """
        if self.earliest is None:
            return
        at, event_id = self.earliest, ""
        known = _places(shape)
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
            before, known = known, _places(shape)
            if known - before:  # they may have told of places that documents before them hold too
                at, event_id = self.earliest, ""


def _places(shape: Shape) -> frozenset[Steps]:
    return frozenset(place.steps for place in shape.root.walk())


def documents_of(con: duckdb.DuckDBPyConnection, event_names: Sequence[str], most: int) -> pa.Table | None:
    """All documents of several event_names, read in one go; None where they are more than so many bytes."""
    names = ", ".join(map(literal, event_names))
    # between, because in() alone passes over no row groups
    among = f"event_name between {literal(min(event_names))} and {literal(max(event_names))}"
    query = f"select event_name, {_COLUMNS} from core.event_store as events where {among} and event_name in ({names})"
    batches, size = [], 0
    with closing(batches_of(con, query)) as reading:
        for batch in reading:
            batches.append(batch)
            size += batch.nbytes
            if size > most:
                return None
    return pa.concat_tables(batches) if batches else None


def of_name(documents: pa.Table, event_name: str) -> pa.Table:
    """The documents of one event_name among those of several."""
    return documents.filter(pc.equal(documents["event_name"], event_name)).drop("event_name")


def _objects(steps: tuple[str | None, ...]) -> int:
    return steps.index(None) if None in steps else len(steps)

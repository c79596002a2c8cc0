"""The shape of an event_name's documents, learnt from as few of them as tell it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.flatten.plan import program_of
from warehouse.flatten.source import Row
from warehouse.native import Program
from warehouse.schema.columns import Table, tables_of
from warehouse.schema.places import Steps
from warehouse.schema.shape import Shape
from warehouse.schema.tokens import parse

COMMON_SIZE = 500
"""Characters in a document of common size; of larger ones fewer are looked at."""

TOLD_BY, MANY, SHORT = 64, 16, 64
"""Documents that tell which texts vary, texts of a column that are enough to tell, and bytes of a short one."""


@dataclass(frozen=True, slots=True)
class Known:
    """The tables that follow from what is known of a shape, and the program that reads documents into them."""

    tables: tuple[Table, ...]
    program: Program

    def documents_beyond(self, documents: pa.Table) -> pa.Table:
        """Those of the documents that do not fit."""
        beyond = documents.take(self.program.run(documents["doc"]))
        self.program.clear()
        return beyond

    def varied(self, documents: pa.Table) -> frozenset[Steps]:
        """The columns of short texts that are seldom the same, such as ids, as some of these documents tell."""
        self.program.run(documents["doc"].slice(0, TOLD_BY))
        found = [
            column.steps
            for number, table in enumerate(self.tables)
            for at, column in enumerate(table.columns)
            if column.type == "VARCHAR" and _is_varied(self.program.values(number, at))
        ]
        self.program.clear()
        return frozenset(found)


def _is_varied(texts: pa.StringArray) -> bool:
    there = len(texts) - texts.null_count
    return there >= MANY and texts.nbytes < SHORT * there and bool(2 * pc.count_distinct(texts).as_py() > there)


def known_of(shape: Shape, declared: Mapping[Steps, str], before: Known | None = None) -> Known:
    """What is known now; the same as before where the tables are."""
    tables = tables_of(shape, declared)
    return before if before and before.tables == tables else Known(tables, program_of(tables))


def learn(shape: Shape, declared: Mapping[Steps, str], documents: pa.Table) -> Known:
    """Let the shape know what these documents hold, which stand in the order of receipt.

    A document that fits the tables of what is known so far teaches nothing. Only the others are looked at, and the
    earliest of them first, so that the first appearance of each place is exact. It ends where a look teaches nothing,
    or makes the shape unsure.
    """
    looked_at, known = 1, None
    while documents.num_rows:
        rows = some(rows_of(documents.slice(0, looked_at)), looked_at)
        observe(shape, rows)
        if shape.unsure:
            break
        before, known = known, known_of(shape, declared, known)
        if known is before:
            return known
        documents, looked_at = known.documents_beyond(documents.slice(len(rows))), 2 * looked_at
    return known or known_of(shape, declared)


def observe(shape: Shape, rows: Iterable[Row]) -> None:
    """Let the shape know what these documents hold."""
    for received_at, event_id, data in rows:
        shape.observe(parse(data), received_at, event_id)


def some(rows: list[Row], documents: int) -> list[Row]:
    """The first rows, as many as that many documents of common size would weigh, and one at least."""
    sizes = accumulate(len(data) for *_, data in rows[1:])
    return rows[: 1 + sum(size <= documents * COMMON_SIZE for size in sizes)]


def fewer(limit: int, documents: pa.Table) -> int:
    """As many documents like these as weigh what that many of common size do, and one at least."""
    size: int = documents["doc"].nbytes // max(1, documents.num_rows)
    return max(1, limit * COMMON_SIZE // max(COMMON_SIZE, size))


def in_order(documents: pa.Table, limit: int) -> pa.Table:
    """The first documents in the order of receipt."""
    keys = [("received_at", "ascending"), ("event_id", "ascending")]
    return documents.take(pc.sort_indices(documents, sort_keys=keys)[:limit])


def rows_of(documents: pa.Table) -> list[Row]:
    """Documents as Python's values."""
    received_at = documents["received_at"].cast(pa.int64()).to_pylist()
    return list(zip(received_at, documents["event_id"].to_pylist(), documents["doc"].to_pylist(), strict=True))

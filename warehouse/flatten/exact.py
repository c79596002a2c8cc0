"""The exact lane: one document at a time, in plain Python, with nothing re-written on the way.

It takes what the fast lane cannot prove: numbers of many digits, repeated keys, values a declared column cannot hold,
members beyond the limit of columns. It hands over texts; the same casts as in the fast lane make them values.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from warehouse.schema.columns import Column, Table
from warehouse.schema.held import held
from warehouse.schema.names import json_path
from warehouse.schema.places import Steps
from warehouse.schema.tokens import Members, Value, dump, parse

Cell: TypeAlias = str | list[str | None] | None


@dataclass(frozen=True, slots=True)
class Misfit:
    """A value kept verbatim: its column cannot hold it, its key stood there before, or it is to be an object."""

    event_id: str
    table: Steps
    column_name: str | None
    json_path: str
    value: str


@dataclass(slots=True)
class Rows:
    """Rows of one table: event_id, parent_position, position and one text per column."""

    table: Table
    event_ids: list[str] = field(default_factory=list)
    parents: list[int | None] = field(default_factory=list)
    positions: list[int] = field(default_factory=list)
    cells: list[list[Cell]] = field(default_factory=list)


class ExactLane:
    """Turns documents into the rows of an event's tables; the tables must know every place of the documents."""

    def __init__(self, tables: Sequence[Table]) -> None:
        self.rows = {table.steps: Rows(table, cells=[[] for _ in table.columns]) for table in tables}
        self.misfits: list[Misfit] = []
        self._columns = {
            table.steps: {column.steps: at for at, column in enumerate(table.columns) if not column.rest}
            for table in tables
        }
        self._objects = {steps for table in tables for steps in table.objects}
        self._children = {child[:-1] for table in tables for child in table.children}

    def add(self, event_id: str, data: str) -> None:
        """Take one event's data apart."""
        counts = dict.fromkeys(self.rows, 0)
        self._row((), parse(data), event_id, None, counts)

    def _row(self, steps: Steps, value: Value, event_id: str, parent: int | None, counts: dict[Steps, int]) -> None:
        rows = self.rows[steps]
        position = counts[steps]
        counts[steps] += 1
        rows.event_ids.append(event_id)
        rows.parents.append(parent)
        rows.positions.append(position)
        cells: list[Cell] = [None] * len(rows.table.columns)
        rest = self._members(steps, steps, value, cells, (event_id, position, counts))
        if rest.pairs:
            at = next(at for at, column in enumerate(rows.table.columns) if column.rest)
            cells[at] = dump(rest)
        for column, cell in zip(rows.cells, cells, strict=True):
            column.append(cell)

    def _members(
        self, root: Steps, steps: Steps, value: Value, cells: list[Cell], row: tuple[str, int, dict[Steps, int]]
    ) -> Members:
        """Fill the cells from an object that is taken apart; what has no place among them comes back."""
        rest = Members([])
        if not isinstance(value, Members):
            self._keep(root, steps, value, row[0])
            return rest
        for key, member in value.first().items():
            here = (*steps, key)
            at = self._columns[root].get(here)
            if at is not None:
                cells[at] = self._cell(self.rows[root].table, self.rows[root].table.columns[at], member, row[0])
            elif here in self._objects:
                left = self._members(root, here, member, cells, row)
                if left.pairs:
                    rest.pairs.append((key, left))
            elif here in self._children:
                self._elements(root, here, member, row)
            else:
                rest.pairs.append((key, member))
        self._keep_repeated(root, steps, value, row[0])
        return rest

    def _elements(self, root: Steps, steps: Steps, value: Value, row: tuple[str, int, dict[Steps, int]]) -> None:
        if not isinstance(value, list):
            self._keep(root, steps, value, row[0])
            return
        for element in value:
            self._row((*steps, None), element, row[0], row[1], row[2])

    def _keep(self, root: Steps, steps: Steps, value: Value, event_id: str) -> None:
        """Keep what stands above declared places and cannot be taken apart."""
        if value is not None:
            self.misfits.append(Misfit(event_id, root, None, json_path(steps), dump(value)))

    def _keep_repeated(self, root: Steps, steps: Steps, value: Members, event_id: str) -> None:
        table = self.rows[root].table
        for key, member in value.repeated():
            at = self._columns[root].get((*steps, key))
            name = None if at is None else table.columns[at].name
            self.misfits.append(Misfit(event_id, root, name, json_path((*steps, key)), dump(member)))

    def _cell(self, table: Table, column: Column, value: Value, event_id: str) -> Cell:
        if value is None:
            return None
        if column.is_list and isinstance(value, list):
            return [None if element is None else held(column, element) for element in value]
        if column.type == "JSON":
            return dump(value)
        text = held(column, value)
        if text is None:
            self.misfits.append(Misfit(event_id, table.steps, column.name, json_path(column.steps), dump(value)))
        return text

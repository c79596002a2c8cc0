"""The rows that a body asks for, table by table, and the values that no column takes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

from warehouse.schema.places import Steps
from warehouse.schema.tokens import Members, Value
from warehouse.verify.layout import Node, TableLayout

Kept: TypeAlias = tuple[Steps, Value]


@dataclass(frozen=True, slots=True)
class WantedRow:
    """A row: the position of its parent's row, its own, and the values by column."""

    parent: int | None
    position: int
    values: list[Value]


class Wanted:
    """What one event's data asks of the tables of its event_name.

    `kept` are values to be kept verbatim; those that are `unplaced` may be, or are in the column for all the rest.
    """

    def __init__(self, tables: Sequence[TableLayout], data: Value) -> None:
        self.tables = tables
        self.rows: list[list[WantedRow]] = [[] for _ in tables]
        self.kept: list[Kept] = []
        self.unplaced: list[Kept] = []
        self._row(0, None, data)

    def _row(self, at: int, parent: int | None, value: Value) -> None:
        table = self.tables[at]
        row = WantedRow(parent, len(self.rows[at]), [None] * len(table.columns))
        self.rows[at].append(row)
        if isinstance(value, Members):
            self._members(table.root, table.steps, value, row)
        elif value is not None:
            self.kept.append((table.steps, value))

    def _members(self, node: Node, steps: Steps, value: Members, row: WantedRow) -> None:
        first = value.first()
        for key, member in first.items():
            if member is not None:
                self._member(node.members.get(key), (*steps, key), member, row)
        if len(first) < len(value.pairs):
            self.kept += [((*steps, key), member) for key, member in value.repeated()]

    def _member(self, place: Node | None, here: Steps, member: Value, row: WantedRow) -> None:
        if place is None:
            self.unplaced.append((here, member))
        elif place.column is not None:
            row.values[place.column] = member
        elif place.child is not None and isinstance(member, list):
            for element in member:
                self._row(place.child, row.position, element)
        elif place.child is None and isinstance(member, Members):
            self._members(place, here, member, row)
        else:
            self.kept.append((here, member))

"""One event's data held against its typed rows: each leaf in its place, and nothing that the body does not have."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

from warehouse.schema.names import json_path, steps_of
from warehouse.schema.places import Steps
from warehouse.schema.tokens import Value, dump, parse
from warehouse.verify.findings import Finding, VerifyReport
from warehouse.verify.layout import ColumnLayout, TableLayout
from warehouse.verify.values import UNREADABLE, Leaf, is_empty, leaves, same
from warehouse.verify.wanted import Wanted, WantedRow

Row = tuple[Any, ...]
"""event_id, three keys, then the cells."""

KEYS = 4
_OWN = {"company_id": 1, "occurred_at": 2, "received_at": 3}
_steps_of = lru_cache(maxsize=10_000)(steps_of)


@dataclass(slots=True)
class Typed:
    """An event's rows in each of its tables, and what is kept verbatim for it: json_path and value."""

    rows: list[list[Row]]
    misfits: list[tuple[str, str]]


class EventCheck:
    """The comparison of one event; `keys` are its company_id, and its two clocks in µs, as core.events has them."""

    def __init__(self, event_id: str, keys: Row, report: VerifyReport) -> None:
        self.event_id = event_id
        self.keys = keys
        self.report = report
        self.kept: Counter[Leaf] = Counter()
        self.empties: set[Steps] = set()
        self.places: dict[Steps, tuple[str, str]] = {}

    def run(self, data: Value, tables: Sequence[TableLayout], typed: Typed) -> None:
        """Compare the data with the rows of the event's tables."""
        wanted = Wanted(tables, data)
        self._take_misfits(typed)
        for table, rows, found in zip(tables, wanted.rows, typed.rows, strict=True):
            self._table(table, rows, found)
        self._check_loose(wanted.loose, tables[0])

    def _take_misfits(self, typed: Typed) -> None:
        for path, text in typed.misfits:
            try:
                steps, value = _steps_of(path), parse(text)
            except UNREADABLE:
                what, place = "is no JSON, or at no path", ("ops.misfits", "value", path)
                self.report.add(Finding("leaf", what, None, self.event_id, *place, None, text))
                continue
            self.kept.update(leaves(value, steps))
            if is_empty(value):
                self.empties.add(steps)

    def _table(self, table: TableLayout, wanted: Sequence[WantedRow], found: Sequence[Row]) -> None:
        left = {(row[1] if table.steps else 0): row for row in found}
        if len(left) < len(found):
            self._say(table, "a row is there twice")
        for row in wanted:
            cells = left.pop(row.position, None)
            if cells is None:
                self._say(table, f"its row {row.position} is missing" if table.steps else "its row is missing")
                continue
            self._keys(table, row, cells)
            self._cells(table, row.values, cells[KEYS:])
        for position in left:
            self._say(table, f"its row {position} is not in the body")

    def _keys(self, table: TableLayout, row: WantedRow, cells: Row) -> None:
        if table.nested and cells[2] != row.parent:
            self._say(table, f"its row {row.position} belongs to another parent", "parent_position")
        for name, at in _OWN.items():
            if not table.steps and cells[at] != self.keys[at - 1]:
                self._say(table, "differs from the event", name)

    def _cells(self, table: TableLayout, values: Sequence[Value], cells: Row) -> None:
        for at, (column, value, cell) in enumerate(zip(table.columns, values, cells, strict=True)):
            if value is None:
                if cell is not None and not (at == table.rest and self._take_rest(table, cell)):
                    self._tell(table, column, "holds a value that the body does not have", None, cell)
                continue
            self.report.leaves += 1
            if cell is None:
                self._without_cell(table, column, value)
            elif not same(column.type, value, cell):
                self._tell(table, column, "differs from the body", value, cell)

    def _take_rest(self, table: TableLayout, cell: str) -> bool:
        """Keep what a table's column for all the rest holds; False where it cannot be read."""
        try:
            self.kept.update(leaves(parse(cell), table.steps))
        except UNREADABLE:
            return False
        return True

    def _without_cell(self, table: TableLayout, column: ColumnLayout, value: Value) -> None:
        """A value that its column does not hold must be kept verbatim."""
        below = list(leaves(value, column.steps))
        self.kept.subtract(below)
        self.places.update((steps, (table.name, column.name)) for steps, _ in below)
        if not below and is_empty(value) and column.steps not in self.empties:
            self._tell(table, column, "its value is missing", value, None)

    def _check_loose(self, loose: Counter[Leaf], table: TableLayout) -> None:
        """What no column takes must be kept verbatim, and nothing else."""
        self.kept.subtract(loose)
        for (steps, value), count in self.kept.items():
            if count:
                name, column = self.places.get(steps, (table.name, None))
                what = "its value is missing" if count < 0 else "is kept verbatim, but the body does not have it"
                shown = (str(value), None) if count < 0 else (None, str(value))
                self.report.add(Finding("leaf", what, None, self.event_id, name, column, json_path(steps), *shown))

    def _tell(self, table: TableLayout, column: ColumnLayout, what: str, value: Value, cell: Any) -> None:
        path = json_path(column.steps)
        shown = (None if value is None else dump(value), None if cell is None else str(cell))
        self.report.add(Finding("leaf", what, None, self.event_id, table.name, column.name, path, *shown))

    def _say(self, table: TableLayout, what: str, column: str | None = None) -> None:
        self.report.add(Finding("leaf", what, None, self.event_id, table.name, column))

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
from warehouse.verify.values import UNREADABLE, Leaf, leaves, same
from warehouse.verify.wanted import Kept, Wanted, WantedRow

Row = tuple[Any, ...]
"""event_id, three keys, then the cells."""

KEYS = 4
NOT_IN_BODY = "is kept verbatim, but the body does not have it"
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
        self.misfits: Counter[tuple[str, str]] = Counter()
        self.loose: Counter[Leaf] = Counter()

    def run(self, data: Value, tables: Sequence[TableLayout], typed: Typed) -> None:
        """Compare the data with the rows of the event's tables."""
        wanted = Wanted(tables, data)
        self.misfits.update(typed.misfits)
        for table, rows, found in zip(tables, wanted.rows, typed.rows, strict=True):
            self._table(table, rows, found)
        for steps, value in wanted.kept:
            self._kept(tables[0], None, steps, value)
        self._check_loose(wanted.unplaced, tables[0])

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
                self._kept(table, column.name, column.steps, value)
            elif not same(column.type, value, cell):
                self._tell(table, column, "differs from the body", value, cell)

    def _take_rest(self, table: TableLayout, cell: str) -> bool:
        """Keep what a table's column for all the rest holds; False where it cannot be read."""
        try:
            self.loose.update(leaves(parse(cell), table.steps))
        except UNREADABLE:
            return False
        return True

    def _kept(self, table: TableLayout, column: str | None, steps: Steps, value: Value) -> None:
        """A value that no column holds must be kept verbatim."""
        place, text = json_path(steps), dump(value)
        if self.misfits[place, text] > 0:
            self.misfits[place, text] -= 1
        else:
            what = "its value is missing"
            self.report.add(Finding("leaf", what, None, self.event_id, table.name, column, place, text))

    def _check_loose(self, unplaced: Sequence[Kept], table: TableLayout) -> None:
        """What has no place must be in the column for all the rest, or kept verbatim, and nothing else."""
        for path, text in self.misfits.elements():
            self._take_misfit(path, text, unplaced, table)
        for steps, value in unplaced:
            self.loose.subtract(leaves(value, steps))
        for (steps, leaf), count in self.loose.items():
            if count:
                what = "its value is missing" if count < 0 else NOT_IN_BODY
                shown = (str(leaf), None) if count < 0 else (None, str(leaf))
                self.report.add(Finding("leaf", what, None, self.event_id, table.name, None, json_path(steps), *shown))

    def _take_misfit(self, path: str, text: str, unplaced: Sequence[Kept], table: TableLayout) -> None:
        """Keep what an unexpected misfit holds; one that holds no scalar is wrong where nothing lacks a place."""
        try:
            steps, value = _steps_of(path), parse(text)
        except UNREADABLE:
            what, place = "is no JSON, or at no path", ("ops.misfits", "value", path)
            self.report.add(Finding("leaf", what, None, self.event_id, *place, None, text))
            return
        found = list(leaves(value, steps))
        self.loose.update(found)
        if not found and not any(steps[: len(above)] == above for above, _ in unplaced):
            self.report.add(Finding("leaf", NOT_IN_BODY, None, self.event_id, table.name, None, path, None, text))

    def _tell(self, table: TableLayout, column: ColumnLayout, what: str, value: Value, cell: Any) -> None:
        path = json_path(column.steps)
        shown = (None if value is None else dump(value), None if cell is None else str(cell))
        self.report.add(Finding("leaf", what, None, self.event_id, table.name, column.name, path, *shown))

    def _say(self, table: TableLayout, what: str, column: str | None = None) -> None:
        self.report.add(Finding("leaf", what, None, self.event_id, table.name, column))

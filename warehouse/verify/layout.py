"""The typed tables of an event_name as ops.tables and ops.columns describe them, ready to be held against bodies."""

from __future__ import annotations

from dataclasses import dataclass, field

import duckdb

from warehouse.quoting import quote
from warehouse.schema.columns import CHILD_COLUMNS, NESTED_COLUMNS, ROOT_COLUMNS
from warehouse.schema.kinds import DECIMAL
from warehouse.schema.names import steps_of
from warehouse.schema.places import Steps
from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport

KEY_TYPES = {
    "event_id": "VARCHAR",
    "company_id": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "parent_position": "BIGINT",
    "position": "BIGINT",
}
NO_KEY = "but no key of this table"
_TYPES = {"VARCHAR", "BOOLEAN", "BIGINT", "HUGEINT", DECIMAL, "DOUBLE", "DATE", "TIMESTAMPTZ", "JSON"}
_SHOWN = {"DATE": "cast({} as VARCHAR)", "JSON": "cast({} as VARCHAR)", "TIMESTAMPTZ": "epoch_us({})"}


@dataclass(slots=True)
class Node:
    """A place below a table's root: a column, an array with a table of its own, or an object that is taken apart."""

    column: int | None = None
    child: int | None = None
    members: dict[str, Node] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class ColumnLayout:
    """A column, and the way from the data's root to its values."""

    name: str
    steps: Steps
    type: str

    @property
    def shown(self) -> str:
        """SQL that hands the cell out exactly, in a form that costs little."""
        name, type_ = quote(self.name), self.type.removesuffix("[]")
        if type_.startswith("DECIMAL"):
            return f"cast({name} as VARCHAR{self.type.removeprefix(type_)})"
        form = _SHOWN.get(type_)
        if form is None:
            return name
        return (
            f"list_transform({name}, lambda x: {form.format('x')})" if self.type.endswith("[]") else form.format(name)
        )


@dataclass(slots=True)
class TableLayout:
    """A table of an event_name: `steps` is () for its own table, and ends with None for that of an array."""

    schema_name: str
    table_name: str
    steps: Steps
    columns: list[ColumnLayout]
    rest: int | None = None
    root: Node = field(default_factory=Node)

    @property
    def name(self) -> str:
        """Schema and table, as people write it."""
        return f"{self.schema_name}.{self.table_name}"

    @property
    def target(self) -> str:
        """The quoted name."""
        return f"{quote(self.schema_name)}.{quote(self.table_name)}"

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns that say which row it is."""
        if not self.steps:
            return ROOT_COLUMNS
        return NESTED_COLUMNS if self.nested else CHILD_COLUMNS

    @property
    def nested(self) -> bool:
        """Whether it is the table of an array inside an array."""
        return self.steps.count(None) > 1

    def rows_of(self, ids: str) -> str:
        """A query for the rows of the events in the table `ids`: event_id, two or three keys, then the cells."""
        if not self.steps:
            keys = "company_id, epoch_us(occurred_at), epoch_us(received_at)"
        else:
            keys = f"position, {'parent_position' if self.nested else 'null'}, null"
        shown = "".join(f", {column.shown}" for column in self.columns)
        return f"select event_id, {keys}{shown} from {self.target} semi join {ids} using (event_id)"


def layouts(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> dict[str, list[TableLayout]]:
    """The tables of each event_name that can be held against bodies, its own first; names those that cannot."""
    columns = _columns(con, report)
    keys: dict[tuple[str, str], dict[str, str]] = {}
    for schema_name, table_name, name, type_ in con.execute(statement("verify/keys")).fetchall():
        keys.setdefault((schema_name, table_name), {})[name] = type_
    found: dict[str, list[TableLayout]] = {}
    for event_name, schema_name, table_name, path in con.execute(statement("verify/tables")).fetchall():
        place = (schema_name, table_name)
        tables = found.setdefault(event_name, [])
        steps = read_path(path, ".".join(place), None, report)
        if steps is not None:
            table = TableLayout(schema_name, table_name, steps, columns.get(place, []))
            if _keys_hold(table, keys.get(place, {}), report):
                tables.append(table)
    planted = {event_name: _planted(sorted(tables, key=_depth), report) for event_name, tables in found.items()}
    return {event_name: tables for event_name, tables in planted.items() if tables}


def _columns(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> dict[tuple[str, str], list[ColumnLayout]]:
    found: dict[tuple[str, str], list[ColumnLayout]] = {}
    for schema_name, table_name, name, path, type_ in con.execute(statement("verify/columns")).fetchall():
        table = f"{schema_name}.{table_name}"
        steps = read_path(path, table, name, report)
        if type_.removesuffix("[]") not in _TYPES:
            report.add(
                Finding("accounting", f"is of the type {type_}, which no value of a body has", None, None, table, name)
            )
        elif steps is not None:
            found.setdefault((schema_name, table_name), []).append(ColumnLayout(name, steps, type_))
    return found


def read_path(path: str, table: str, column: str | None, report: VerifyReport) -> Steps | None:
    """The steps of a path; None, and a finding, where it is none."""
    try:
        return steps_of(path)
    except ValueError:
        report.add(Finding("accounting", "its json_path cannot be read", None, None, table, column, path))
        return None


def _keys_hold(table: TableLayout, found: dict[str, str], report: VerifyReport) -> bool:
    """Whether a table has the key columns that one of its kind has; names those that differ."""
    differing = [name for name in KEY_TYPES if found.get(name) != (KEY_TYPES[name] if name in table.keys else None)]
    for name in differing:
        if name not in found:
            what = "is not there"
        else:
            what = f"is of the type {found[name]}, " + (f"not {KEY_TYPES[name]}" if name in table.keys else NO_KEY)
        report.add(Finding("accounting", what, table=table.name, column=name))
    return not differing


def _depth(table: TableLayout) -> int:
    return len(table.steps)


def _planted(tables: list[TableLayout], report: VerifyReport) -> list[TableLayout]:
    """The tables with the trees of their places; without those that hang below none."""
    made: list[TableLayout] = []
    for table in tables:
        parent = next((parent for parent in reversed(made) if _holds(parent, table)), None)
        if parent is None and (table.steps or made):
            what = "is the table of an array in no table" if table.steps else "is a second table of its event_name"
            report.add(Finding("accounting", f"{what} that can be looked at", table=table.name))
            continue
        if parent is not None:
            _node(parent, table.steps[:-1]).child = len(made)
        made.append(table)
        for index, column in enumerate(table.columns):
            if column.steps == table.steps:
                table.rest = index
            else:
                _node(table, column.steps).column = index
    return made


def _holds(parent: TableLayout, child: TableLayout) -> bool:
    depth = len(parent.steps)
    return child.steps[:depth] == parent.steps and None not in child.steps[depth:-1] and depth < len(child.steps)


def _node(table: TableLayout, steps: Steps) -> Node:
    node = table.root
    for step in steps[len(table.steps) :]:
        node = node.members.setdefault(step or "", Node())
    return node

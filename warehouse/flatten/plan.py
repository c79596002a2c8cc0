"""The tables of an event_name with the names they have in the file, and the program that reads its documents."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from warehouse.native import Program, Takes
from warehouse.quoting import quote
from warehouse.schema.columns import Column, Table
from warehouse.schema.places import MONEY, Steps

_KEY_TYPES = {
    "event_id": "VARCHAR using compression uncompressed",
    "company_id": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "parent_position": "BIGINT",
    "position": "BIGINT",
}


@dataclass(frozen=True, slots=True)
class Plan:
    """A table of an event_name with its name."""

    table: Table
    schema_name: str
    table_name: str

    @property
    def target(self) -> str:
        """The table's quoted name."""
        return f"{quote(self.schema_name)}.{quote(self.table_name)}"

    def columns_ddl(self, varied: Collection[Steps]) -> str:
        """The table's columns with their types, for CREATE TABLE; those that vary are texts seldom the same."""
        keys = [f"{quote(key)} {_KEY_TYPES[key]}" for key in self.table.keys]
        return ", ".join([*keys, *(column_ddl(column, varies=column.steps in varied) for column in self.table.columns)])


def column_ddl(column: Column, *, varies: bool = False) -> str:
    """A column's name and type.

    Texts share words, and begin or end alike: dict_fsst compresses them with least effort. On ids, which share little,
    it spends thrice the time of writing them as they are.
    """
    way = "uncompressed" if varies else "dict_fsst"
    return f"{quote(column.name)} {column.type}" + f" using compression {way}" * (column.type == "VARCHAR")


def program_of(tables: Sequence[Table]) -> Program:
    """A program for documents of these tables, the event's own first; each has the number of its place among them."""
    program = Program()
    numbers = {table.steps: program.table() for table in tables}
    for table in tables:
        places = _members(program, table, numbers[table.steps])
        for column in table.columns:
            _column(program, places, numbers[table.steps], column)
        for child in table.children:
            places[child[:-1]] = program.elements(places[child[:-2]], str(child[-2]), numbers[child])
        for steps in table.awaited:
            program.awaited(places[steps[:-1]], str(steps[-1]))
        for steps in table.monies:
            both = [places.get((*steps, key)) for key in sorted(MONEY)]
            if both[0] is not None and both[1] is not None:
                program.money(places[steps], both[0], both[1])
    return program


def _members(program: Program, table: Table, number: int) -> dict[Steps, int]:
    """The places of the objects that are taken apart, those above before those below."""
    places = {table.steps: program.root(number)}
    for steps in table.objects:
        if steps != table.steps:
            places[steps] = program.members(places[steps[:-1]], str(steps[-1]))
    return places


def _column(program: Program, places: dict[Steps, int], number: int, column: Column) -> None:
    if column.rest:
        program.rest(number)
        return
    way, key = column.steps[:-1], str(column.steps[-1])
    places[column.steps] = program.column(number, places[way], key, column.type, _takes(column))


def _takes(column: Column) -> Takes:
    """What the fast lane takes into a column; what may change its type is not for it."""
    takes = Takes.WHAT_IT_HOLDS
    if column.amount or column.declared:
        takes |= Takes.NUMERIC_TEXT
    if column.declared:
        takes |= Takes.FRACTIONS
    if column.only_null:
        takes |= Takes.ONLY_NULL
    if column.only_empty:
        takes |= Takes.ONLY_EMPTY
    elif column.on_the_way:
        takes |= Takes.ONLY_SCALARS
    return takes

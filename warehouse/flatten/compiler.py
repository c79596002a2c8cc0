"""The one place where SQL is made from data: queries that turn JSON documents into typed rows.

A table's query extracts every known place in one pass per function, by JSON pointer (keys that differ by case only, or
hold dots and quotes, are then safe), and says of each document whether it fits: each of its members is known, and each
value holds exactly in its column. What does not fit is left to the exact lane, so the fast one never guesses.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import groupby

from warehouse.flatten.fits import EXOTIC, condition, must_cast, text_condition, text_types
from warehouse.quoting import literal, quote
from warehouse.schema.columns import Column, Table
from warehouse.schema.names import json_pointer
from warehouse.schema.shape import Steps

BARRIER = "random() >= 0"
"""Always true, and volatile: keeps the optimizer from copying the extraction into each condition (15 times slower)."""


TOGETHER = 12
"""From how many columns that are read alike it pays to cast them as one list."""

AS_TEXT = ("UBIGINT", "BOOLEAN", "VARCHAR")
"""Kinds that a VARCHAR column takes from the fast lane: fractions and -0 (negative numbers are BIGINT) may come out
otherwise than they were written."""

ANY = ("UBIGINT", "BIGINT", "DOUBLE", "BOOLEAN", "VARCHAR", "ARRAY", "OBJECT")


@dataclass(frozen=True, slots=True)
class Known:
    """Shapes of documents that fit: hashes of the kinds at all places; the `calm` ones hold no number to look at."""

    shapes: frozenset[int] = frozenset()
    calm: frozenset[int] = frozenset()


UNKNOWN = Known()


@dataclass(frozen=True, slots=True)
class _Group:
    """Columns that are read alike: their texts stand beside each other in `s`, from `first` on.

    Many of them are cast and judged together, as a list: to plan an expression for each of 200 columns takes longer
    than to read 500 documents. Few are dearer as a list, in each document.
    """

    name: str
    first: int
    columns: tuple[Column, ...]

    @property
    def casts(self) -> list[str]:
        """What the texts are cast to, below the values; nothing where they are the values."""
        one = self.columns[0]
        if one.type == "VARCHAR" or one.only_null:
            return []
        if self._together:
            return [f"try_cast({self._texts} as {one.type}[]) as {self.name}"]
        return [
            f"try_cast({self._text(at)} as {one.type}) as {self.name}_{at}" for at in range(1, len(self.columns) + 1)
        ]

    def value(self, at: int) -> str:
        """The value of one of them, counted from 1."""
        one = self.columns[0]
        if one.only_null:
            return f"cast(null as {one.type})"
        if one.type == "VARCHAR":
            return self._text(at)
        return f"{self.name}[{at}]" if self._together else f"{self.name}_{at}"

    @property
    def conditions(self) -> list[str]:
        """What holds where all values that are there hold exactly."""
        one = self.columns[0]
        if one.only_null:
            return []
        if self._together:
            cast = [f"list_count({self.name}) = list_count({self._texts})"] if must_cast(one) else []
            exact = text_condition(one, "x")
            return [*cast, *([_none_but(exact, self._texts)] if exact else [])]
        each = [self._condition(at) for at in range(1, len(self.columns) + 1)]
        return [condition for condition in each if condition]

    def _condition(self, at: int) -> str:
        one, text = self.columns[0], self._text(at)
        cast = [f"{self.name}_{at} is not null"] if must_cast(one) else []
        exact = text_condition(one, text)
        held = " and ".join([*cast, *([exact] if exact else [])])
        return held and f"({text} is null or ({held}))"

    @property
    def _together(self) -> bool:
        return len(self.columns) >= TOGETHER

    @property
    def _texts(self) -> str:
        return f"s[{self.first}:{self.first + len(self.columns) - 1}]"

    def _text(self, at: int) -> str:
        return f"s[{self.first + at - 1}]"


@dataclass(frozen=True)
class Plan:
    """A table of an event_name with its quoted name, and how its documents are read."""

    table: Table
    schema_name: str
    table_name: str

    @property
    def target(self) -> str:
        """The table's quoted name."""
        return f"{quote(self.schema_name)}.{quote(self.table_name)}"

    @cached_property
    def kinds(self) -> dict[Steps, tuple[str, ...]]:
        """Every place below the table's root that has a column, a table or members of its own: the kinds it may be of.

        Those that are read as text come first; those that may be of the same kinds stand beside each other.
        """
        found = {column.steps: _kinds(column) for column in self._scalars}
        found |= {column.steps: ("ARRAY",) if column.is_list else ANY for column in self._composites}
        found |= {steps: ("OBJECT",) for steps in self.table.objects if steps != self.table.steps}
        return found | {steps[:-1]: ("ARRAY",) for steps in self.table.children}

    def pointer(self, steps: Steps) -> str:
        """The JSON pointer of a place, seen from the table's root."""
        return json_pointer(steps[len(self.table.steps) :])

    def columns_ddl(self) -> str:
        """The table's columns with their types, for CREATE TABLE."""
        keys = [f"{quote(key)} {_KEY_TYPES[key]}" for key in self.table.keys]
        return ", ".join([*keys, *(f"{quote(column.name)} {column.type}" for column in self.table.columns)])

    def reading(self, source: str, keys: str, known: Known = UNKNOWN) -> str:
        """One row a document of `source` (key columns and `doc`): `keys`, the typed columns as v1, v2, …, and `fits`.

        Documents of `known` shapes are not looked at place by place again. What conditions share is computed one level
        below them: within a conjunction nothing is computed once for all.
        """
        texts = [self.pointer(column.steps) for column in self._scalars]
        composites = [self.pointer(column.steps) for column in self._composites]
        extracted = (
            f"select *, {self._kinds_and_members()},"
            f" {f'json_extract_string(doc, {_list(texts)})' if texts else 'null'} as s,"
            f" {f'json_extract(doc, {_list(composites)})' if composites else 'null'} as j from ({source})"
        )
        casts = [cast for group in self._groups for cast in group.casts]
        cast = f"select {', '.join(['*', 'hash(k) as h', *casts])} from ({extracted})"
        values = [f"{self._value(column)} as {self._typed(column)}" for column in self.table.columns]
        return f"select {', '.join([keys, *values])}, {self._fits(known)} and {BARRIER} as fits from ({cast})"

    def shapes(self, source: str) -> str:
        """The shapes of the documents of `source` that fit: the hash of their kinds, and whether they are calm."""
        kinds = f"select *, {self._kinds_and_members()} from ({source})"
        calm = f"not ({self._has_numbers()}) as calm"
        judged = f"select hash(k) as h, {calm}, {self._is_shaped()} and {BARRIER} as fits from ({kinds})"
        return f"select distinct h, calm from ({judged}) where fits"

    def typed(self, reading: str, keys: str, where: str) -> str:
        """The typed rows of a reading, in the order of the table's columns."""
        outputs = [keys, *(self._typed(column) for column in self.table.columns)]
        return f"select {', '.join(outputs)} from {reading} where {where}"

    def elements(self, child: Steps, source: str, *, nested: bool) -> str:
        """One row an element of the array `child`: event_id, parent_position, position in the event, doc."""
        parent = "position" if nested else "cast(null as BIGINT)"
        pointer = literal(self.pointer(child[:-1]))
        arrays = (
            f"select event_id, {parent} as parent_position, json_extract(json_extract(doc, {pointer}), '$[*]') as docs"
            f" from ({source}) where json_type(doc, {pointer}) = 'ARRAY'"
        )
        unnested = (
            f"select event_id, parent_position, unnest(docs) as doc, unnest(range(len(docs))) as idx from ({arrays})"
        )
        position = "row_number() over (partition by event_id order by parent_position, idx) - 1" if nested else "idx"
        return f"select event_id, parent_position, cast({position} as BIGINT) as position, doc from ({unnested})"

    @cached_property
    def _scalars(self) -> list[Column]:
        """The columns that are read as text before they are cast; those that are read alike stand together."""
        columns = (column for column in self.table.columns if not column.rest and column.type != "JSON")
        return sorted((column for column in columns if not column.is_list), key=_alike)

    @cached_property
    def _groups(self) -> list[_Group]:
        """The scalars that are read alike."""
        groups: list[_Group] = []
        first = 1
        for _, columns in groupby(self._scalars, key=_alike):
            group = _Group(f"c{len(groups)}", first, tuple(columns))
            groups.append(group)
            first += len(group.columns)
        return groups

    @cached_property
    def _scalar_values(self) -> dict[Steps, str]:
        return {column.steps: group.value(at) for group in self._groups for at, column in enumerate(group.columns, 1)}

    @cached_property
    def _composites(self) -> list[Column]:
        return [
            column for column in self.table.columns if not column.rest and (column.is_list or column.type == "JSON")
        ]

    @cached_property
    def _positions(self) -> dict[Steps, int]:
        return {steps: at for at, steps in enumerate(self.kinds, 1)}

    @cached_property
    def _outputs(self) -> dict[str, str]:
        return {column.name: f"v{at}" for at, column in enumerate(self.table.columns, 1)}

    def _typed(self, column: Column) -> str:
        """What a column is called on its way: the data's own names may be any, also those used here."""
        return self._outputs[column.name]

    def _at(self, steps: Steps) -> int:
        return self._positions[steps]

    def _json(self, column: Column) -> str:
        return f"j[{self._composites.index(column) + 1}]"

    def _value(self, column: Column) -> str:
        if column.rest:
            return "cast(null as JSON)"
        if column.steps in self._scalar_values:
            return self._scalar_values[column.steps]
        at = self._at(column.steps)
        if column.type == "JSON":
            return f"case when k[{at}] <> 'NULL' then {self._json(column)} end"
        texts = f"json_extract_string({self._json(column)}, '$[*]')"
        return f"case when k[{at}] = 'ARRAY' then try_cast({texts} as {column.type}) end"

    def _kinds_and_members(self) -> str:
        """`k`, the kinds of all places, and `members`, how many members the document's known objects have."""
        objects = ["$", *(self.pointer(steps) for steps in self.table.objects if steps != self.table.steps)]
        pointers = [self.pointer(steps) for steps in self.kinds]
        counted = f"len(flatten(json_keys(doc, {_list(objects)}))) as members"
        return f"json_type(doc, {_list(pointers)}) as k, {counted}"

    def _fits(self, known: Known) -> str:
        held = [condition for group in self._groups for condition in group.conditions]
        lists = [self._list_fits(column) for column in self._composites if column.is_list and not column.only_null]
        return " and ".join([self._is_known(known), *held, *lists])

    def _is_known(self, known: Known) -> str:
        """Whether a document's places are all known, and of kinds that their columns take.

        By CASE, as outside of a filter both sides of an OR are computed for each row.
        """
        quiet = f"case when {self._has_numbers()} then not regexp_matches(doc, {literal(EXOTIC)}) else true end"
        looked_at = f"case when {self._is_shaped()} then {quiet} else false end"
        if not known.shapes:
            return looked_at
        calm = f"when h in ({_numbers(known.calm)}) then {self._whole()} " if known.calm else ""
        return f"case {calm}when h in ({_numbers(known.shapes)}) and {self._whole()} then {quiet} else {looked_at} end"

    def _whole(self) -> str:
        """Whether a document has no members but the known ones."""
        return " and ".join(["members = list_count(k)", *(["json_type(doc) = 'OBJECT'"] if self.table.steps else [])])

    def _is_shaped(self) -> str:
        """Whether each place is of a kind that it may be of; list_has_all passes over what is not there."""
        conditions, at = [self._whole()], 1
        for kinds, places in groupby(self.kinds.values()):
            until = at + len(list(places))
            conditions += [f"list_has_all({_list(['NULL', *kinds])}, k[{at}:{until - 1}])"]
            at = until
        conditions += [self._money_fits(steps) for steps in self.table.monies if (*steps, "decimal") in self._positions]
        return " and ".join(conditions)

    def _list_fits(self, column: Column) -> str:
        """Whether the elements of an array of scalars hold exactly."""
        at, json = self._at(column.steps), self._json(column)
        types = _list([*text_types(column), "NULL"])
        fits = f"list_has_all({types}, json_type({json}, '$[*]'))"
        each = condition(column, "x")
        if each:
            fits += " and " + _none_but(each, f"json_extract_string({json}, '$[*]')")
        return f"coalesce(k[{at}] <> 'ARRAY' or ({fits}), true)"

    def _money_fits(self, steps: Steps) -> str:
        """An object that has been money so far is money here too, or empty, or not there."""
        code = self._positions.get((*steps, "currencyCode"))
        return f"(k[{self._at((*steps, 'decimal'))}] is null) = (k[{code}] is null)" if code else "true"

    def _has_numbers(self) -> str:
        """Whether a document may hold a number that `->>` does not give back digit by digit."""
        composites = [f"k[{self._at(column.steps)}] in ('ARRAY', 'OBJECT', 'DOUBLE')" for column in self._composites]
        composites += [f"k[{self._at(steps[:-1])}] = 'ARRAY'" for steps in self.table.children]
        return " or ".join(["list_contains(k, 'DOUBLE')", *(f"coalesce({part}, false)" for part in composites)])


_KEY_TYPES = {
    "event_id": "VARCHAR using compression uncompressed",
    "company_id": "VARCHAR",
    "occurred_at": "TIMESTAMPTZ",
    "received_at": "TIMESTAMPTZ",
    "parent_position": "BIGINT",
    "position": "BIGINT",
}


def _kinds(column: Column) -> tuple[str, ...]:
    """The kinds that the fast lane takes into a column read as text."""
    return () if column.only_null else AS_TEXT if column.type == "VARCHAR" else text_types(column)


def _alike(column: Column) -> tuple[tuple[str, ...], str, bool, str]:
    """What columns have in common that are read alike."""
    return _kinds(column), column.type, must_cast(column), text_condition(column, "x")


def _none_but(condition: str, texts: str) -> str:
    """That each text `x` of a list, if it is there, meets the condition."""
    return f"len(list_filter({texts}, lambda x: not ({condition}))) = 0"


def _numbers(hashes: Iterable[int]) -> str:
    return ", ".join(map(str, sorted(hashes)))


def _list(texts: Iterable[str]) -> str:
    return f"[{', '.join(literal(text) for text in texts)}]::VARCHAR[]"

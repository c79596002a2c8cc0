"""From the shape of an event_name's data to its tables and columns: a pure function."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import takewhile
from typing import TypeVar

from warehouse.schema.kinds import ANY_OBJECT, SCALAR, Kind, scalar_type
from warehouse.schema.names import Names, json_path
from warehouse.schema.shape import MAX_LEVELS, First, Place, Shape, Steps, Ways

One = TypeVar("One")

MAX_LEAVES = 400
MAX_CHILDREN = 50
REST = "rest"
ROOT_COLUMNS = ("event_id", "company_id", "occurred_at", "received_at")
CHILD_COLUMNS = ("event_id", "position")
NESTED_COLUMNS = ("event_id", "parent_position", "position")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a typed table. `steps` lead from the data's root; `rest` takes what has no column of its own.

    `only_null`, `only_empty`: nothing but null, or empty objects (and null), was seen at its place. `on_the_way`: it is
    above a declared place, so that an object or array that comes there may be one to be taken apart.
    """

    name: str
    steps: Steps
    type: str
    amount: bool = False
    declared: bool = False
    rest: bool = False
    only_null: bool = False
    only_empty: bool = False
    on_the_way: bool = False
    first: First = (0, "", 0)

    @property
    def is_list(self) -> bool:
        """Whether it holds an array of scalars."""
        return self.type.endswith("[]")

    @property
    def layout(self) -> tuple[str, Steps, str, bool, bool]:
        """What must stay the same for the rows already written to stay right."""
        return self.name, self.steps, self.type, self.amount, self.declared


@dataclass(frozen=True, slots=True)
class Table:
    """The table of an event's data (`steps` empty) or of an array of objects in it (`steps` end with None).

    `awaited`: what leads to declared places and was not seen yet, and so is not for the column that takes the rest.
    """

    steps: Steps
    columns: tuple[Column, ...]
    objects: tuple[Steps, ...]
    monies: tuple[Steps, ...]
    children: tuple[Steps, ...]
    awaited: tuple[Steps, ...] = ()

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns before those of the data."""
        if not self.steps:
            return ROOT_COLUMNS
        return NESTED_COLUMNS if self.steps.count(None) > 1 else CHILD_COLUMNS


def tables_of(shape: Shape, declared: Mapping[Steps, str]) -> tuple[Table, ...]:
    """The tables that hold all that was seen, the event's own first.

    Columns stand in the order of their first appearance; beyond MAX_LEAVES in a table the rest shares one column. What
    is declared, and the arrays above it, do not count for the limits.
    """
    return tuple(_Resolver(shape, declared).tables())


class _Resolver:
    def __init__(self, shape: Shape, declared: Mapping[Steps, str]) -> None:
        self.shape = shape
        self.declared = declared
        self.ways = Ways(declared)
        arrays = sorted(self._arrays(shape.root), key=lambda place: place.first)
        kept = _within(MAX_CHILDREN, arrays, lambda place: place.steps[:-1] in self.ways.arrays)
        self.children = {place.steps for place in kept}

    def tables(self) -> Iterator[Table]:
        waiting = [self.shape.root]
        while waiting:
            table = self._table(waiting.pop(0))
            yield table
            waiting.extend(self._at(steps) for steps in table.children)

    def _table(self, root: Place) -> Table:
        objects: list[Place] = []
        leaves = sorted(self._leaves(root, objects), key=lambda leaf: leaf[0].first)
        names = Names((*ROOT_COLUMNS, "position", "parent_position"))
        columns, children = [], []
        kept = _within(MAX_LEAVES, leaves, lambda leaf: self._is_kept(leaf[0]))
        for place, amount in kept:
            if (*place.steps, None) in self.children:
                children.append((*place.steps, None))
                continue
            name = names.take("_".join(str(step) for step in place.steps[len(root.steps) :]))
            declared = place.steps in self.declared
            type_ = self.declared[place.steps] if declared else self._type(place, amount=amount)
            only_null = not declared and place.kinds == Kind.NULL
            only_empty = not declared and place.kinds & ~Kind.NULL == Kind.EMPTY_OBJECT
            columns.append(
                Column(
                    name,
                    place.steps,
                    type_,
                    amount,
                    declared,
                    only_null=only_null,
                    only_empty=only_empty,
                    on_the_way=self.ways.lead_on(place.steps) and not declared,
                    first=place.first,
                )
            )
        awaited: tuple[Steps, ...] = ()
        if len(leaves) > len(kept) or self.shape.full:
            awaited = self._awaited(root, {place.steps for place in objects}, {place.steps for place, _ in kept})
            columns.append(Column(names.take(REST), root.steps, "JSON", rest=True))
        monies = tuple(place.steps for place in objects if _is_money(place))
        made = tuple(columns), tuple(place.steps for place in objects), monies, tuple(children)
        return Table(root.steps, *made, awaited)

    def _is_kept(self, leaf: Place) -> bool:
        """Whether it is declared, or an array above what is."""
        return leaf.steps in self.declared or ((*leaf.steps, None) in self.children and leaf.steps in self.ways.arrays)

    def _awaited(self, root: Place, objects: Collection[Steps], leaves: Collection[Steps]) -> tuple[Steps, ...]:
        """The first places on the ways to what is declared that are neither taken apart nor leaves."""
        found = set()
        for steps in self.declared:
            if steps[: len(root.steps)] == root.steps:
                way = takewhile(lambda place: place[-1] is not None, _ends(steps, len(root.steps)))
                unseen = next((place for place in way if place not in objects), None)
                if unseen is not None and unseen not in leaves:
                    found.add(unseen)
        return tuple(sorted(found, key=json_path))

    def _leaves(self, place: Place, objects: list[Place]) -> Iterator[tuple[Place, bool]]:
        """The places below that are not taken apart further, and whether each is the decimal of an amount."""
        objects.append(place)
        money = _is_money(place)
        for key, member in place.members.items():
            if self._expands(member):
                yield from self._leaves(member, objects)
            else:
                yield member, money and key == "decimal"

    def _arrays(self, place: Place) -> Iterator[Place]:
        """The elements' places of all arrays of objects that are seen on their own."""
        for leaf, _ in self._leaves(place, []):
            if leaf.items is not None and self._holds_objects(leaf, leaf.items):
                yield leaf.items
                yield from self._arrays(leaf.items)

    def _expands(self, place: Place) -> bool:
        return (
            place.steps not in self.declared
            and bool(place.kinds & Kind.OBJECT)
            and (place.steps in self.ways.objects or not place.kinds & (SCALAR | Kind.ARRAY))
            and place.level < MAX_LEVELS
        )

    def _holds_objects(self, array: Place, items: Place) -> bool:
        """Whether an array holds objects and nothing else, each time, and is nothing but an array.

        Above what is declared one object is enough.
        """
        if array.steps in self.declared or not items.kinds & ANY_OBJECT or items.level >= MAX_LEVELS:
            return False
        only_objects = not items.kinds & ~(ANY_OBJECT | Kind.NOT_MONEY)
        return array.steps in self.ways.arrays or (only_objects and not array.kinds & (ANY_OBJECT | SCALAR))

    def _type(self, place: Place, *, amount: bool) -> str:
        if not place.kinds & (ANY_OBJECT | Kind.ARRAY):
            return scalar_type(place.kinds, amount=amount)
        if place.kinds & (ANY_OBJECT | SCALAR) or (place.items and place.items.kinds & (ANY_OBJECT | Kind.ARRAY)):
            return "JSON"
        return scalar_type(place.items.kinds if place.items else 0) + "[]"

    def _at(self, steps: Steps) -> Place:
        place = self.shape.root
        for step in steps:
            below = place.items if step is None else place.members[step]
            if below is None:
                raise KeyError(steps)
            place = below
        return place


def _ends(steps: Steps, depth: int) -> Iterator[Steps]:
    """The places on the way from one of that depth to these steps."""
    return (steps[:end] for end in range(depth + 1, len(steps) + 1))


def _within(limit: int, things: Sequence[One], exempt: Callable[[One], bool]) -> list[One]:
    """The first things up to the limit, and those that are exempt from it."""
    left = limit
    kept = []
    for thing in things:
        if exempt(thing):
            kept.append(thing)
        elif left:
            kept.append(thing)
            left -= 1
    return kept


def _is_money(place: Place) -> bool:
    return bool(place.kinds & Kind.OBJECT) and not place.kinds & Kind.NOT_MONEY

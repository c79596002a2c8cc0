"""From the shape of an event_name's data to its tables and columns: a pure function."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from warehouse.schema.kinds import ANY_OBJECT, SCALAR, Kind, scalar_type
from warehouse.schema.names import Names
from warehouse.schema.shape import MAX_LEVELS, First, Place, Shape, Steps

MAX_LEAVES = 400
MAX_CHILDREN = 50
REST = "rest"
ROOT_COLUMNS = ("event_id", "company_id", "occurred_at", "received_at")
CHILD_COLUMNS = ("event_id", "position")
NESTED_COLUMNS = ("event_id", "parent_position", "position")


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a typed table. `steps` lead from the data's root; `rest` takes what has no column of its own.

    `only_null`, `only_empty`: nothing but null, or empty objects (and null), was seen at its place.
    """

    name: str
    steps: Steps
    type: str
    amount: bool = False
    declared: bool = False
    rest: bool = False
    only_null: bool = False
    only_empty: bool = False
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
    """The table of an event's data (`steps` empty) or of an array of objects in it (`steps` end with None)."""

    steps: Steps
    columns: tuple[Column, ...]
    objects: tuple[Steps, ...]
    monies: tuple[Steps, ...]
    children: tuple[Steps, ...]

    @property
    def keys(self) -> tuple[str, ...]:
        """The columns before those of the data."""
        if not self.steps:
            return ROOT_COLUMNS
        return NESTED_COLUMNS if self.steps.count(None) > 1 else CHILD_COLUMNS


def tables_of(shape: Shape, declared: Mapping[Steps, str]) -> tuple[Table, ...]:
    """The tables that hold all that was seen, the event's own first.

    Columns stand in the order of their first appearance; beyond MAX_LEAVES in a table the rest shares one column.
    """
    return tuple(_Resolver(shape, declared).tables())


class _Resolver:
    def __init__(self, shape: Shape, declared: Mapping[Steps, str]) -> None:
        self.shape = shape
        self.declared = declared
        arrays = sorted(self._arrays(shape.root), key=lambda place: place.first)
        self.children = {place.steps for place in arrays[:MAX_CHILDREN]}

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
        for place, amount in leaves[:MAX_LEAVES]:
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
                    first=place.first,
                )
            )
        if len(leaves) > MAX_LEAVES or self.shape.full:
            columns.append(Column(names.take(REST), root.steps, "JSON", rest=True))
        monies = tuple(place.steps for place in objects if _is_money(place))
        return Table(root.steps, tuple(columns), tuple(place.steps for place in objects), monies, tuple(children))

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
            and not place.kinds & (SCALAR | Kind.ARRAY)
            and place.level < MAX_LEVELS
        )

    def _holds_objects(self, array: Place, items: Place) -> bool:
        """Whether an array holds objects and nothing else, each time, and is nothing but an array."""
        return (
            array.steps not in self.declared
            and not array.kinds & (ANY_OBJECT | SCALAR)
            and bool(items.kinds & ANY_OBJECT)
            and not items.kinds & ~(ANY_OBJECT | Kind.NOT_MONEY)
            and items.level < MAX_LEVELS
        )

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


def _is_money(place: Place) -> bool:
    return bool(place.kinds & Kind.OBJECT) and not place.kinds & Kind.NOT_MONEY

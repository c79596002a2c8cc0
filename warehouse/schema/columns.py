"""From the shape of an event_name's data to its tables and columns: a pure function."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, takewhile

from warehouse.schema.kinds import ANY_OBJECT, SCALAR, Kind, scalar_type
from warehouse.schema.names import Names, json_path
from warehouse.schema.places import MONEY, First, Place, Steps
from warehouse.schema.shape import Shape

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

    Columns stand in the order of their first appearance; what the shape has no place for shares one of its table.
    """
    return tuple(_Resolver(shape, declared).tables())


class _Resolver:
    def __init__(self, shape: Shape, declared: Mapping[Steps, str]) -> None:
        self.shape = shape
        self.declared = declared
        self.ways = shape.ways

    def tables(self) -> Iterator[Table]:
        waiting = [self.shape.root]
        while waiting:
            root = waiting.pop(0)
            objects: list[Place] = []
            leaves = sorted(self._leaves(root, objects), key=lambda leaf: leaf[0].first)
            children = [place.items for place, _ in leaves if place.items is not None and place.items.table]
            yield self._table(root, leaves, objects, children)
            waiting.extend(children)

    def _table(
        self,
        root: Place,
        leaves: Sequence[tuple[Place, bool]],
        expanded: Sequence[Place],
        children: Sequence[Place],
    ) -> Table:
        names = Names((*ROOT_COLUMNS, "position", "parent_position"))
        arrays = {items.steps[:-1] for items in children}
        columns = [
            self._column(names, root, place, amount=amount) for place, amount in leaves if place.steps not in arrays
        ]
        awaited: tuple[Steps, ...] = ()
        if root.beyond:
            awaited = self._awaited(root, {place.steps for place in expanded} | {leaf.steps for leaf, _ in leaves})
            columns.append(Column(names.take(REST), root.steps, "JSON", rest=True))
        return Table(
            root.steps,
            tuple(columns),
            tuple(place.steps for place in expanded),
            tuple(place.steps for place in expanded if _is_money(place)),
            tuple(items.steps for items in children),
            awaited,
        )

    def _column(self, names: Names, root: Place, place: Place, *, amount: bool) -> Column:
        declared = place.steps in self.declared
        return Column(
            names.take("_".join(str(step) for step in place.steps[len(root.steps) :])),
            place.steps,
            self.declared[place.steps] if declared else self._type(place, amount=amount),
            amount,
            declared,
            only_null=not declared and place.kinds == Kind.NULL,
            only_empty=not declared and place.kinds & ~Kind.NULL == Kind.EMPTY_OBJECT,
            on_the_way=not declared and self.ways.lead_on(place.steps),
            first=place.first,
        )

    def _awaited(self, root: Place, known: Collection[Steps]) -> tuple[Steps, ...]:
        """The first places on the ways to what is declared that were not seen yet."""
        found: set[Steps] = set()
        for steps in self.declared:
            if steps[: len(root.steps)] == root.steps:
                way = takewhile(lambda place: place[-1] is not None, _ends(steps, len(root.steps)))
                found.update(islice((place for place in way if place not in known), 1))
        return tuple(sorted(found, key=json_path))

    def _leaves(self, place: Place, objects: list[Place]) -> Iterator[tuple[Place, bool]]:
        """The places below that are not taken apart further, and whether each is the decimal of an amount."""
        objects.append(place)
        money = _is_money(place)
        for key, member in place.members.items():
            if self.ways.expands(member):
                yield from self._leaves(member, objects)
            else:
                yield member, money and key == "decimal"

    def _type(self, place: Place, *, amount: bool) -> str:
        if not place.kinds & (ANY_OBJECT | Kind.ARRAY):
            return scalar_type(place.kinds, amount=amount)
        if place.kinds & (ANY_OBJECT | SCALAR) or (place.items and place.items.kinds & (ANY_OBJECT | Kind.ARRAY)):
            return "JSON"
        return scalar_type(place.items.kinds if place.items else 0) + "[]"


def _is_money(place: Place) -> bool:
    """Whether both members of an amount have places, and it was nothing else each time."""
    return bool(place.kinds & Kind.OBJECT) and not place.kinds & Kind.NOT_MONEY and place.members.keys() >= MONEY


def _ends(steps: Steps, depth: int) -> Iterator[Steps]:
    """The places on the way from one of that depth to these steps."""
    return (steps[:end] for end in range(depth + 1, len(steps) + 1))

"""The places in the data of an event_name, what kinds are seen there, and which of them are taken apart."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from warehouse.schema.kinds import ANY_OBJECT, LIMITS, SCALAR, Kind, Kinds, scalar_kind
from warehouse.schema.tokens import Members, Value

MAX_LEVELS = 8
MONEY = {"decimal", "currencyCode"}

Steps: TypeAlias = tuple[str | None, ...]
"""The way from the data's root to a place: keys, and None for any element of an array."""

First: TypeAlias = tuple[int, str, int]
"""received_at in µs since 1970, event_id, and the place's position among those of that event."""

BEFORE_ALL: First = (-(2**63), "", 0)


@dataclass(slots=True)
class Place:
    """One place in the data: the kinds seen there, the first event that had it, and the places below.

    `table`: a table begins here, with that many `leaves` that count for its limit, the last of which appeared first in
    `latest`.
    """

    steps: Steps
    kinds: Kinds = 0
    first: First = (2**63 - 1, "", 0)
    members: dict[str, Place] = field(default_factory=dict)
    items: Place | None = None
    table: bool = False
    leaves: int = 0
    latest: First = BEFORE_ALL

    @property
    def level(self) -> int:
        """How many keys lead here."""
        return sum(step is not None for step in self.steps)

    @property
    def beyond(self) -> bool:
        """Whether a table has members that no column is left for."""
        return bool(self.kinds & Kind.BEYOND)

    @property
    def without_table(self) -> bool:
        """Whether the elements of an array are objects that no table is left for."""
        return bool(self.kinds & Kind.NO_TABLE)

    def below(self, step: str | None) -> Place:
        """The place one step further, made where it is not there."""
        if step is not None:
            return self.members.setdefault(step, Place((*self.steps, step)))
        if self.items is None:
            self.items = Place((*self.steps, None))
        return self.items

    def mark(self, limit: Kinds) -> bool:
        """Note that there is more than a limit allows; whether that is new."""
        is_new = not self.kinds & limit
        self.kinds |= limit
        return is_new

    def walk(self) -> Iterator[Place]:
        """This place and all below it."""
        yield self
        for member in self.members.values():
            yield from member.walk()
        if self.items is not None:
            yield from self.items.walk()


class Ways:
    """The declared places, and the objects and arrays on the way to them: these are taken apart whatever else comes."""

    def __init__(self, declared: Iterable[Steps] = ()) -> None:
        self.declared = frozenset(declared)
        above = [(steps[:at], steps[at]) for steps in self.declared for at in range(1, len(steps))]
        self.objects = frozenset(steps for steps, step in above if step is not None)
        self.arrays = frozenset(steps for steps, step in above if step is None)

    def lead_on(self, steps: Steps) -> bool:
        """Whether a declared place is there or below; such places do not count for the limits."""
        return steps in self.declared or steps in self.objects or steps in self.arrays

    def expands(self, place: Place) -> bool:
        """Whether the members of an object have places of their own: it is one each time, or above what is declared."""
        return (
            bool(place.kinds & Kind.OBJECT)
            and place.steps not in self.declared
            and (not place.kinds & (SCALAR | Kind.ARRAY) or place.steps in self.objects)
            and place.level < MAX_LEVELS
        )

    def leaves(self, place: Place) -> int:
        """How many places below an object that is taken apart count for the limit of its table."""
        return sum(
            self.leaves(member) if self.expands(member) else not self.lead_on(member.steps)
            for member in place.members.values()
        )

    def keeps_items(self, place: Place) -> bool:
        """Whether the elements of an array have a place of their own."""
        if place.steps in self.declared or self.expands(place):
            return False
        return place.steps in self.arrays or not place.kinds & (ANY_OBJECT | SCALAR)

    def holds_objects(self, array: Place) -> bool:
        """Whether an array holds objects and nothing else, each time, and is nothing but an array.

        Above what is declared one object is enough.
        """
        items = array.items
        if items is None or not items.kinds & ANY_OBJECT or items.level >= MAX_LEVELS or not self.keeps_items(array):
            return False
        return array.steps in self.arrays or not items.kinds & ~(ANY_OBJECT | Kind.NOT_MONEY | LIMITS)


def kinds_of(steps: Steps, value: Value) -> Kinds:
    """The bits of a value at a place."""
    if isinstance(value, Members):
        if not value.pairs:
            return Kind.EMPTY_OBJECT
        money = len(value.pairs) == len(MONEY) and {key for key, _ in value.pairs} == MONEY
        return Kind.OBJECT if money else Kind.OBJECT | Kind.NOT_MONEY
    if isinstance(value, list):
        return Kind.ARRAY
    return scalar_kind(value, amount=bool(steps) and steps[-1] == "decimal")

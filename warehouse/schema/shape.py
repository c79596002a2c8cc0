"""The shape of an event_name's data: which places were seen, of what kinds, and by which event first.

A shape is the union of what its events hold. Observing in the order of (received_at, event_id) keeps the first
appearance of each place exact, also where only a part of the events is looked at, provided that the events left out
hold no place and no kind that the shape does not know.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import TypeAlias

from warehouse.schema.kinds import Kind, Kinds, scalar_kind
from warehouse.schema.tokens import Members, Value

MAX_LEVELS = 8
MAX_PLACES = 4_000
MONEY = {"decimal", "currencyCode"}

Steps: TypeAlias = tuple[str | None, ...]
"""The way from the data's root to a place: keys, and None for any element of an array."""


class Ways:
    """The declared places, and the objects and arrays on the way to them: these are taken apart whatever else comes."""

    def __init__(self, declared: Iterable[Steps] = ()) -> None:
        self.declared = frozenset(declared)
        above = [(steps[:at], steps[at]) for steps in self.declared for at in range(1, len(steps))]
        self.objects = frozenset(steps for steps, step in above if step is not None)
        self.arrays = frozenset(steps for steps, step in above if step is None)

    def lead_on(self, steps: Steps) -> bool:
        """Whether a declared place is there or below."""
        return steps in self.declared or steps in self.objects or steps in self.arrays


First: TypeAlias = tuple[int, str, int]
"""received_at in µs since 1970, event_id, and the place's position among those of that event."""


@dataclass(slots=True)
class Place:
    """One place in the data: the kinds seen there, the first event that had it, and the places below."""

    steps: Steps
    kinds: Kinds = 0
    first: First = (2**63 - 1, "", 0)
    members: dict[str, Place] = field(default_factory=dict)
    items: Place | None = None

    @property
    def level(self) -> int:
        """How many keys lead here."""
        return sum(step is not None for step in self.steps)

    def walk(self) -> Iterator[Place]:
        """This place and all below it."""
        yield self
        for member in self.members.values():
            yield from member.walk()
        if self.items is not None:
            yield from self.items.walk()


class Shape:
    """The places of one event_name; `learnt` says whether observing has changed any since it was put back."""

    def __init__(self, declared: Iterable[Steps] = ()) -> None:
        """`declared`: places whose type is declared, so that nothing below them is looked at."""
        self.root = Place(())
        self.ways = Ways(declared)
        self.places = 1
        self.learnt = False
        self._received_at = 0
        self._event_id = ""
        self._position = 0

    @property
    def full(self) -> bool:
        """Whether further places are left to the column that takes the rest."""
        return self.places >= MAX_PLACES

    def observe(self, data: Value, received_at: int, event_id: str) -> None:
        """Take in one event's data."""
        self._received_at, self._event_id, self._position = received_at, event_id, 0
        self._see(self.root, data)

    def add(self, steps: Steps, kinds: Kinds, first: First) -> None:
        """Put back a place that was stored; its parents must have been put back before."""
        place = self.root
        for step in steps:
            place = self._child(place, step) or place
        place.kinds, place.first = kinds, first

    def _see(self, place: Place, value: Value) -> None:
        position = self._position
        self._position += 1
        if self._received_at <= place.first[0]:
            self._see_first(place, (self._received_at, self._event_id, position))
        kinds = self._kinds(place, value)
        if kinds & ~place.kinds:
            place.kinds |= kinds
            self.learnt = True
        if place.steps in self.ways.declared:
            return
        if isinstance(value, Members):
            self._see_members(place, value)
        elif isinstance(value, list):
            self._see_items(place, value)

    def _see_first(self, place: Place, here: First) -> None:
        if here < place.first:
            place.first = here
            self.learnt = True

    def _kinds(self, place: Place, value: Value) -> Kinds:
        if isinstance(value, Members):
            if not value.pairs:
                return Kind.EMPTY_OBJECT
            money = len(value.pairs) == len(MONEY) and {key for key, _ in value.pairs} == MONEY
            return Kind.OBJECT if money else Kind.OBJECT | Kind.NOT_MONEY
        if isinstance(value, list):
            return Kind.ARRAY
        return scalar_kind(value, amount=bool(place.steps) and place.steps[-1] == "decimal")

    def _see_members(self, place: Place, value: Members) -> None:
        if place.level >= MAX_LEVELS:
            return
        for key, member in value.first().items():
            child = self._child(place, key)
            if child is not None:
                self._see(child, member)

    def _see_items(self, place: Place, value: list[Value]) -> None:
        items = self._child(place, None)
        if items is None:
            return
        for element in value:
            self._see(items, element)

    def _child(self, place: Place, step: str | None) -> Place | None:
        found = place.items if step is None else place.members.get(step)
        if found is not None:
            return found
        if step is None:
            place.items = Place((*place.steps, None))
            return place.items
        steps = (*place.steps, step)
        if self.places >= MAX_PLACES and not self.ways.lead_on(steps):
            return None
        self.places += 1
        place.members[step] = Place(steps)
        return place.members[step]

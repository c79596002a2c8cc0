"""Did each place of a shape appear first where core.observed says, with the kinds of values that it says?

Each event is looked at by itself, in any order: none has a place before the event that is said to be the first one with
it, and that one has it. What no event has shown in the end was never there.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from warehouse.schema.kinds import LIMITS, Kinds
from warehouse.schema.names import json_path
from warehouse.schema.places import First, Place, Steps, Ways, kinds_of
from warehouse.schema.shape import Shape
from warehouse.schema.tokens import Members, Value
from warehouse.verify.findings import Finding, VerifyReport

TABLE = "core.observed"


@dataclass(slots=True)
class Told:
    """A place as it is remembered, and what no event has shown of it yet.

    `walks`, `has_items`: whether members of an object, or elements of an array, have places of their own there.
    `counts`: when it appeared first is exact, for a column or the name of a table goes by it.
    """

    steps: Steps
    first: First
    kinds: Kinds
    walks: bool
    has_items: bool
    counts: bool
    members: dict[str, Told] = field(default_factory=dict)
    items: Told | None = None
    is_shown: bool = False
    is_late: bool = False

    def walk(self) -> Iterator[Told]:
        """This place and all below it."""
        yield self
        for member in self.members.values():
            yield from member.walk()
        if self.items is not None:
            yield from self.items.walk()


class Appearances:
    """The places of one event_name, held against one event after the other."""

    def __init__(self, event_name: str, shape: Shape) -> None:
        self.event_name = event_name
        self.root = _told(shape.root, shape.ways)
        self._at: tuple[int, str] = (0, "")
        self._position = 0

    def look(self, data: Value, received_at: int, event_id: str) -> None:
        """Look at the data of one event."""
        self._at, self._position = (received_at, event_id), 0
        self._see(self.root, data)

    def report(self, report: VerifyReport) -> None:
        """Name what is wrong, after all events of the event_name were looked at."""
        for told in self.root.walk():
            if told.counts and (told.is_late or not told.is_shown):
                self._say("did not appear first in this event", told, report)
            elif told.kinds:
                self._say("never held all that it is said to have held", told, report)

    def _say(self, what: str, told: Told, report: VerifyReport) -> None:
        path = json_path(told.steps)
        report.add(Finding("leaf", f"a place of {self.event_name} {what}", None, told.first[1], TABLE, None, path))

    def _see(self, told: Told, value: Value) -> None:
        self._meet(told, value)
        if isinstance(value, Members) and told.walks:
            self._see_members(told, value)
        elif isinstance(value, list) and told.has_items:
            self._see_items(told, value)
        else:
            self._pass_by(value)

    def _meet(self, told: Told, value: Value) -> None:
        if self._at[0] <= told.first[0]:
            here = (*self._at, self._position)
            told.is_late |= here < told.first
            told.is_shown |= here == told.first
        if told.kinds:
            told.kinds &= ~kinds_of(told.steps, value)
        self._position += 1

    def _see_members(self, told: Told, value: Members) -> None:
        for key, member in value.first().items():
            below = told.members.get(key)
            if below is None:
                self._position += 1
                self._pass_by(member)
            else:
                self._see(below, member)

    def _see_items(self, told: Told, value: list[Value]) -> None:
        if told.items is None:
            told.counts = told.is_late = True
            return
        for element in value:
            self._meet(told.items, element)
            if isinstance(element, Members) and told.items.walks:
                self._see_members(told.items, element)
            else:
                self._pass_by(element)

    def _pass_by(self, value: Value) -> None:
        """Count the positions below a value that is not taken apart."""
        below = value.first().values() if isinstance(value, Members) else value if isinstance(value, list) else ()
        for one in below:
            self._position += 1
            self._pass_by(one)


def _told(place: Place, ways: Ways) -> Told:
    is_element = bool(place.steps) and place.steps[-1] is None
    told = Told(
        place.steps,
        place.first,
        place.kinds & ~LIMITS,
        walks=place.table or ways.expands(place),
        has_items=bool(place.steps) and ways.keeps_items(place),
        counts=place.table or not is_element,
    )
    told.members = {key: _told(member, ways) for key, member in place.members.items()}
    told.items = _told(place.items, ways) if place.items is not None and told.has_items else None
    return told

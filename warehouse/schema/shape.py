"""The shape of an event_name's data: which places were seen, of what kinds, and by which event first.

A shape is the union of what its events hold. Observing in the order of (received_at, event_id) keeps the first
appearance of each place exact, also where only a part of the events is looked at, provided that the events left out
hold no place and no kind that the shape does not know.

A table takes the MAX_LEAVES leaves that appear first. Later ones have no place, so that the shape knows all that stands
before the last leaf that it took, and behind it only what is needed. That is enough unless one of these leaves is lost
(an object that turns out to be JSON, a null that turns out to be an object), or an earlier event comes late: then the
shape is `unsure`, and its events are to be observed `again`. MAX_CHILDREN limits the tables of arrays in the same way
(`warehouse.schema.child_tables`).
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from warehouse.schema.child_tables import ChildTables
from warehouse.schema.kinds import LIMITS, Kind, Kinds
from warehouse.schema.places import First, Place, Steps, Ways, kinds_of
from warehouse.schema.tokens import Members, Value

MAX_LEAVES = 400


class Shape:
    """The places of one event_name; `learnt` says whether observing has changed any since it was put back."""

    def __init__(self, declared: Iterable[Steps] = (), kinds: Mapping[Steps, Kinds] | None = None) -> None:
        """`declared`: places whose type is declared, so that nothing below them is looked at. `kinds`: known before."""
        self.ways = Ways(declared)
        self.root = Place((), table=True)
        self.learnt = False
        self._unsure = False
        self._kinds_before = dict(kinds or {})
        self._child_tables = ChildTables(self.ways)
        self._received_at = 0
        self._event_id = ""
        self._position = 0

    def again(self) -> Shape:
        """A shape that has seen no event, but knows what kinds the places are of that will be seen."""
        kinds = {place.steps: place.kinds & ~LIMITS for place in self.root.walk()}
        shape = Shape(self.ways.declared, self._kinds_before | kinds)
        shape.learnt = True
        return shape

    @property
    def unsure(self) -> bool:
        """Whether what lies beyond the limits may have to come in, so that the events are to be observed again."""
        return self._unsure or self._child_tables.unsure

    @property
    def sure_after(self) -> int:
        """The received_at, in µs since 1970, after which an event cannot change what lies beyond the limits."""
        latest = [place.latest for place in self.root.walk() if place.table and place.beyond]
        return max([self._child_tables.sure_after, *latest])[0]

    def observe(self, data: Value, received_at: int, event_id: str) -> None:
        """Take in one event's data."""
        self._received_at, self._event_id, self._position = received_at, event_id, 0
        self._see(self.root, self.root, data)

    def put_back(self, places: Iterable[tuple[Steps, Kinds, First]]) -> None:
        """Put back the places that were stored, parents before what is below them."""
        for steps, kinds, first in places:
            place = self.root
            for step in steps:
                place = place.below(step)
            place.kinds, place.first = kinds, first
        self._take_stock(self.root, self.root)

    def _take_stock(self, table: Place, place: Place) -> None:
        for member in place.members.values():
            counts = not self.ways.lead_on(member.steps)
            if self.ways.expands(member):
                self._take_stock(table, member)
                continue
            if counts:
                table.leaves += 1
                table.latest = max(table.latest, member.first)
            if member.items is not None:
                self._child_tables.put_back(member, member.items)
                if member.items.table:
                    self._take_stock(member.items, member.items)

    def _see(self, table: Place, place: Place, value: Value) -> None:
        self._see_first(place)
        kinds = kinds_of(place.steps, value)
        if kinds & ~place.kinds:
            self._learn(table, place, kinds)
        if isinstance(value, Members) and (place.table or self.ways.expands(place)):
            self._see_members(table, place, value)
        elif isinstance(value, list) and self.ways.keeps_items(place):
            self._see_items(place, value)
        else:
            self._pass_by(value)

    def _see_first(self, place: Place) -> None:
        if self._received_at <= place.first[0] and self._here < place.first:
            place.first = self._here
            self.learnt = True
        self._position += 1

    @property
    def _here(self) -> First:
        return self._received_at, self._event_id, self._position

    def _pass_by(self, value: Value) -> None:
        """Count the positions below a value, so that those behind it do not depend on what is looked at."""
        below = value.first().values() if isinstance(value, Members) else value if isinstance(value, list) else ()
        for one in below:
            self._position += 1
            self._pass_by(one)

    def _learn(self, table: Place, place: Place, kinds: Kinds) -> None:
        expanded = self.ways.expands(place)
        place.kinds |= kinds
        self.learnt = True
        if place.table:
            return
        expands, counts = self.ways.expands(place), not self.ways.lead_on(place.steps)
        if expands and not expanded:
            table.leaves -= counts
        elif expanded and not expands:
            table.leaves += counts - self.ways.leaves(place)
            self._drop_below(place)
        if place.items is not None and not self.ways.keeps_items(place):
            self._drop_below(place)
        self._unsure |= expands != expanded and (table.beyond or table.leaves > MAX_LEAVES)

    def _drop_below(self, place: Place) -> None:
        """Forget the places below one that is not taken apart any more."""
        below = [*place.members.values(), *([place.items] if place.items else [])]
        for dropped in (one for each in below for one in each.walk() if one.table):
            self._child_tables.end(dropped)
        place.members, place.items = {}, None

    def _see_members(self, table: Place, place: Place, value: Members) -> None:
        for key, member in value.first().items():
            child = place.members.get(key) or self._make(table, place, key, member)
            if child is None:
                self._position += 1
                self._pass_by(member)
            else:
                self._see(table, child, member)

    def _make(self, table: Place, place: Place, key: str, value: Value) -> Place | None:
        """A new place; None where the table has no room for it."""
        steps = (*place.steps, key)
        made = Place(steps, self._kinds_before.get(steps, 0) | kinds_of(steps, value), self._here)
        if not self.ways.lead_on(steps):
            if table.leaves >= MAX_LEAVES:
                self._unsure |= self._here < table.latest
                self.learnt |= table.mark(Kind.BEYOND)
                return None
            if not self.ways.expands(made):
                table.leaves += 1
                table.latest = max(table.latest, self._here)
        place.members[key] = made
        self.learnt = True
        if (*steps, None) in self._kinds_before and self.ways.keeps_items(made):
            self.learnt |= self._child_tables.look_for_one(made, self._make_items(made))
        return made

    def _see_items(self, array: Place, value: list[Value]) -> None:
        items = array.items or self._make_items(array)
        for element in value:
            self._see_element(array, items, element)

    def _make_items(self, array: Place) -> Place:
        steps = (*array.steps, None)
        array.items = Place(steps, self._kinds_before.get(steps, 0))
        self.learnt = True
        return array.items

    def _see_element(self, array: Place, items: Place, element: Value) -> None:
        self._see_first(items)
        kinds = kinds_of(items.steps, element)
        if kinds & ~items.kinds:
            items.kinds |= kinds
            self.learnt = True
        if not items.table:
            self.learnt |= self._child_tables.look_for_one(array, items)
        elif not self.ways.holds_objects(array):
            self._child_tables.end(items)
            self._drop_below(items)
        if items.table and isinstance(element, Members):
            self._see_members(items, items, element)
        else:
            self._pass_by(element)

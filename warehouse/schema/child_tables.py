"""The arrays of objects of one event_name that have tables of their own: the MAX_CHILDREN that appear first."""

from __future__ import annotations

from warehouse.schema.kinds import Kind
from warehouse.schema.places import BEFORE_ALL, First, Place, Ways

MAX_CHILDREN = 50


class ChildTables:
    """How many tables have begun, and whether arrays are left for which there is none.

    `unsure`: one of those left out may have to have a table, or one that has a table none.
    """

    def __init__(self, ways: Ways) -> None:
        self.unsure = False
        self._ways = ways
        self._count = 0
        self._latest = BEFORE_ALL
        self._beyond = False

    @property
    def sure_after(self) -> First:
        """The appearance after which another array changes nothing; before all where no array is left out."""
        return self._latest if self._beyond else BEFORE_ALL

    def put_back(self, array: Place, items: Place) -> None:
        """Begin the table that an array had."""
        self._beyond |= items.without_table
        if self._ways.holds_objects(array) and not items.without_table:
            self._begin(array, items)

    def look_for_one(self, array: Place, items: Place) -> bool:
        """Begin the array's table where it holds objects; whether it is the first time that it finds no room."""
        if not self._ways.holds_objects(array):
            return False
        if self._counts(array) and (items.without_table or self._count >= MAX_CHILDREN):
            self.unsure |= array.first < self._latest
            self._beyond = True
            return items.mark(Kind.NO_TABLE)
        self._begin(array, items)
        return False

    def end(self, items: Place) -> None:
        """End the table of an array that holds no objects any more, or is not looked into."""
        items.table = False
        if not self._ways.lead_on(items.steps[:-1]):
            self._count -= 1
            self.unsure |= self._beyond

    def _begin(self, array: Place, items: Place) -> None:
        items.table = True
        if self._counts(array):
            self._count += 1
            self._latest = max(self._latest, array.first)

    def _counts(self, array: Place) -> bool:
        return not self._ways.lead_on(array.steps)

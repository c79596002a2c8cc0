"""The whole traffic of a period, in the order in which a network delivers it."""

from collections.abc import Iterator
from datetime import UTC, datetime

from .clock import milliseconds_of
from .making import Maker, made
from .network import Deliveries, Told
from .period import Period

UNTIL = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""The instant at which a simulated period ends unless another is given: fixed, so that a seed alone tells the bytes."""

DAYS = 180


class Traffic:
    """A period of notifications: `events` distinct ids in the order of their delivery, repeated ones between them."""

    def __init__(self, events: int, seed: int = 0, *, until: datetime = UNTIL, days: int = DAYS) -> None:
        self._period = Period(events, seed, milliseconds_of(until), days)

    def bodies(self, processes: int = 1) -> Iterator[list[bytes]]:
        """The bodies, a list for each day of delivery, in the order of their arrival."""
        pending: Deliveries = {}
        begins = [block[0][0] for block in self._period.blocks()]
        for first, deliveries in zip(begins, made(self._period, processes), strict=True):
            yield from _due(pending, first)
            for day, bodies in deliveries.items():
                pending.setdefault(day, []).extend(bodies)
        yield from _due(pending)

    def told(self) -> list[Told]:
        """Every event about an expense as it was simulated."""
        told: list[Told] = []
        maker = Maker(self._period, told)
        for block in self._period.blocks():
            maker.make(block)
        return told


def _due(pending: Deliveries, before: int | None = None) -> Iterator[list[bytes]]:
    """Take out what arrives before a day, or all: nothing that is made later arrives so early."""
    for day in sorted(pending):
        if before is not None and day >= before:
            return
        yield [body for _, body in sorted(pending.pop(day))]

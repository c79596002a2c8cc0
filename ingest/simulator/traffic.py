"""The whole traffic of a period: processes day by day, handed to the network that delivers them."""

from collections.abc import Iterator
from datetime import UTC, datetime
from random import Random

from .chance import OFFICE_HOURS
from .clock import DAY, MINUTE, milliseconds_of
from .expenses import Expenses
from .network import Network, Told
from .people import Engagements, Payroll, TimeOff
from .steps import Step
from .world import Person, World

UNTIL = datetime(2026, 11, 20, 18, 0, tzinfo=UTC)
"""The instant at which a simulated period ends unless another is given: fixed, so that a seed alone tells the bytes."""

DAYS = 180

_WEEK = (1.0, 1.05, 1.1, 1.05, 0.9, 0.2, 0.15)
_RAMP_DAYS = 21


class Traffic:
    """A period of notifications: `events` distinct ids in the order of their delivery, repeated ones between them."""

    def __init__(self, events: int, seed: int = 0, *, until: datetime = UNTIL, days: int = DAYS) -> None:
        if events < 0 or days < 1:
            message = f"cannot simulate {events} events in {days} days; ask for 0 events or more, in 1 day or more"
            raise ValueError(message)
        self._events, self._days = events, days
        self._until = milliseconds_of(until)
        random = Random(seed)  # noqa: S311 - traffic that can be made again, not a secret
        self._rnd = random.random
        self._world = world = World(random)
        self._expenses, self._time_off = Expenses(random, world), TimeOff(random, world)
        self._engagements, self._payroll = Engagements(random, world), Payroll(random, world)
        self._network = Network(random, events, self._until)

    def bodies(self) -> Iterator[list[str]]:
        """The bodies, a list for each day of delivery, in the order of their arrival; a traffic runs once."""
        network = self._network
        for day, share in self._plan():
            goal = int(self._events * share)
            while self._events - network.left < goal:
                person, steps = self._draw(day * DAY)
                network.send(person.company_id, steps, echoes=person.echoes)
            yield network.due(day)
        for day in network.days_left():
            yield network.due(day)

    def told(self) -> list[Told]:
        """Every event about an expense as it was simulated; runs the whole period instead of handing it out."""
        told: list[Told] = []
        self._network.told = told
        for _ in self.bodies():
            pass
        return told

    def _plan(self) -> Iterator[tuple[int, float]]:
        """Each day's number since the epoch, and the share of all events that has begun when it ends."""
        last = (self._until - 1) // DAY
        days = range(last - self._days + 1, last + 1)
        weights = [_WEEK[(day + 3) % 7] * (0.45 + 0.55 * min(1.0, (last - day) / _RAMP_DAYS)) for day in days]
        total, passed = sum(weights), 0.0
        for day, weight in zip(days, weights, strict=True):
            passed += weight
            yield day, 1.0 if day == last else passed / total

    def _draw(self, day_start: int) -> tuple[Person, list[Step]]:
        """One new process that begins on this day, and a person of the company it belongs to."""
        rnd, world = self._rnd, self._world
        start = day_start + OFFICE_HOURS.at(rnd()) + int(rnd() * MINUTE)
        if start >= self._until:
            start = day_start + (start - day_start) % (self._until - day_start)
        person = world.people[int(rnd() * len(world.people))]
        share = rnd()
        if share < 0.70:
            return person, self._expenses.draw(start, person)
        if share < 0.90:
            return person, self._time_off.draw(start, person)
        if share < 0.975:
            return self._engagements.draw(start, person)
        if share < 0.980:
            company = world.companies[int(rnd() * len(world.companies))]
            return company.people[0], self._payroll.draw(start, company)
        return person, [self._oddity(start, person)]

    def _oddity(self, at: int, person: Person) -> Step:
        """An event nobody has heard of; one of the two names has no namespace."""
        if self._rnd() < 0.5:
            return (at, "company_settings_changed", f'{{"setting":"approval.policy","version":{at // DAY}}}', None)
        data = f'{{"engagementId":"{person.engagement_id}","window":{{"opensAt":1.5,"tags":["Ñ","b"]}},"final":false}}'
        return (at, "benefits.enrollment_window_opened", data, None)

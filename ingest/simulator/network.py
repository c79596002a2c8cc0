"""What happens to a notification on its way: delay, disorder, repetition, and the second application's echo."""

from dataclasses import dataclass
from random import Random

from .chance import ECHO, LATE, OUT_OF_ORDER, PROMPT, REDELIVERY
from .clock import DAY, ulid
from .steps import ExpenseFact, Step

_DUPLICATES, _LATE, _OUT_OF_ORDER, _ECHOED = 0.02, 0.01, 0.05, 0.98


@dataclass(frozen=True, slots=True)
class Told:
    """One event about an expense as the simulator knows it happened; `echo` where another id told it already."""

    at: int
    event_id: str
    company_id: str
    fact: ExpenseFact
    echo: bool


Deliveries = dict[int, list[tuple[int, bytes]]]
"""Bodies by the day of their delivery, each with the millisecond of its arrival."""


class Network:
    """Gives events their ids and times of arrival."""

    def __init__(self, random: Random, until: int, told: list[Told] | None = None) -> None:
        self._rnd, self._bits = random.random, random.getrandbits
        self._until, self._told = until, told
        self.left = 0
        self.deliveries: Deliveries = {}

    def begin(self, events: int) -> None:
        """Begin with nothing delivered and so many events to make."""
        self.left, self.deliveries = events, {}

    def send(self, company_id: str, steps: list[Step], *, echoes: bool) -> None:
        """Send what has happened by the end of the period, until all events asked for are made."""
        until = self._until
        for step in steps:
            if step[0] > until or not self.left:
                continue
            self._deliver(company_id, step, step[0], echo=False)
            if echoes and self.left and self._rnd() < _ECHOED:
                echoed = step[0] + ECHO.at(self._rnd())
                if echoed <= until:
                    self._deliver(company_id, step, echoed, echo=True)

    def _deliver(self, company_id: str, step: Step, at: int, *, echo: bool) -> None:
        """One event under an id of its own, delivered once or twice."""
        rnd = self._rnd
        _, name, data, fact = step
        event_id = f"wh_{ulid(at, self._bits(80))}"
        body = f'{{"event_name":"{name}","id":"{event_id}","company_id":"{company_id}","data":{data}}}'.encode()
        share = rnd()
        if share > _LATE + _OUT_OF_ORDER:
            arrival = at + PROMPT.at(rnd())
        elif share > _LATE:
            arrival = at + OUT_OF_ORDER.at(rnd())
        else:
            arrival = at + LATE.at(rnd())
        self._keep(arrival, body)
        if rnd() < _DUPLICATES:
            self._keep(arrival + REDELIVERY.at(rnd()), body)
        self.left -= 1
        if self._told is not None and fact is not None:
            self._told.append(Told(at, event_id, company_id, fact, echo))

    def _keep(self, arrival: int, body: bytes) -> None:
        day = arrival // DAY
        due = self.deliveries.get(day)
        if due is None:
            due = self.deliveries[day] = []
        due.append((arrival, body))

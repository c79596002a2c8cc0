"""Blocks of a period made: by this process, or by several at once that hand theirs over in turn."""

import contextlib
import marshal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import astuple
from random import Random
from typing import IO, cast

from .chance import OFFICE_HOURS
from .clock import DAY, MINUTE
from .expenses import Expenses
from .network import Deliveries, Network, Told
from .people import Engagements, Payroll, TimeOff
from .period import Block, Period
from .steps import Step
from .world import Person, World

LENGTH_BYTES = 8
"""In front of each block that is handed over: how many bytes it has."""


def made(period: Period, processes: int = 1) -> Iterator[Deliveries]:
    """The deliveries of each block in order; the same, however many processes make them."""
    if processes > 1:
        yield from _made_by_several(period, processes)
        return
    maker = Maker(period)
    for block in period.blocks():
        yield maker.make(block)


class Maker:
    """Draws processes day by day and hands them to the network; a block is a function of the period alone."""

    def __init__(self, period: Period, told: list[Told] | None = None) -> None:
        self._period = period
        self._random = random = Random(period.seed)  # noqa: S311 - traffic that can be made again, not a secret
        self._rnd = random.random
        self._world = world = World(random)
        self._expenses, self._time_off = Expenses(random, world), TimeOff(random, world)
        self._engagements, self._payroll = Engagements(random, world), Payroll(random, world)
        self._network = Network(random, period.until, told)

    def make(self, block: Block) -> Deliveries:
        """What the block's processes send, whichever blocks were made before."""
        network = self._network
        (first, _), (_, events) = block[0], block[-1]
        self._random.seed(f"{self._period.seed} {first}")
        self._world.ids.begin(first)
        network.begin(events)
        for day, begun in block:
            while events - network.left < begun:
                person, steps = self._draw(day * DAY)
                network.send(person.company_id, steps, echoes=person.echoes)
        return network.deliveries

    def _draw(self, day_start: int) -> tuple[Person, list[Step]]:
        """One new process that begins on this day, and a person of the company it belongs to."""
        rnd, world, until = self._rnd, self._world, self._period.until
        start = day_start + OFFICE_HOURS.at(rnd()) + int(rnd() * MINUTE)
        if start >= until:
            start = day_start + (start - day_start) % (until - day_start)
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


def _made_by_several(period: Period, processes: int) -> Iterator[Deliveries]:
    """Each process makes every so-manieth block; its pipe keeps it from running ahead of who reads."""
    with contextlib.ExitStack() as stack:
        pipes: list[IO[bytes]] = []
        for number in range(processes):
            command = [
                sys.executable,
                "-m",
                "ingest.simulator.worker",
                *map(str, (*astuple(period), number, processes)),
            ]
            worker = stack.enter_context(subprocess.Popen(command, stdout=subprocess.PIPE))  # noqa: S603 - our own module
            stack.callback(worker.kill)
            pipes.append(cast("IO[bytes]", worker.stdout))
        for number, _ in enumerate(period.blocks()):
            pipe = pipes[number % processes]
            length = int.from_bytes(pipe.read(LENGTH_BYTES))
            packed = pipe.read(length)
            if not length or len(packed) < length:
                message = f"the process that makes block {number} of this traffic ended before it was made; try again"
                raise RuntimeError(message)
            yield marshal.loads(packed)  # noqa: S302 - from a process of our own

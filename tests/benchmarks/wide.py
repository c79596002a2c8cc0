"""Wide events: many leaves on many levels, of many event_names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

from .builds import MEGABYTE, MEMORY_LIMIT
from .figures import Budget, Row, Samples, Section
from .processes import python
from .sizes import Sizes
from .workplace import fill, forget_warehouse, workplace

EVENT_NAMES, LEVELS, LEAVES = 160, 7, 28
"""196 leaves in each event: 28 on each of 7 levels."""
NULLS = 0.02


def measure(sizes: Sizes, say: Callable[[str], None]) -> Section:
    """The rows of wide events."""
    with workplace("wide") as folder:
        home, file = folder / "home", folder / "wide.ndjson"
        home.mkdir()
        say(f"wide: writing and importing {sizes.wide_events:,} events of {LEVELS * LEAVES} leaves")
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(lines(sizes.wide_events, Random(7)))
        delivered, size = fill(home, file), file.stat().st_size
        rounds = []
        for number in range(sizes.wide_rounds):
            say(f"wide: round {number + 1} of {sizes.wide_rounds}")
            forget_warehouse(home)
            rounds.append(python("tests.benchmarks.library", home))
        last = json.loads(rounds[-1].output)["phases"]
    what = f"{delivered:,} events of {LEVELS * LEAVES} leaves on {LEVELS} levels, {EVENT_NAMES} event_names"
    phases = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in last.items())
    return Section(
        "wide",
        "Wide events",
        [
            Row(
                "wide-rate",
                f"{what}: from the lake to the published warehouse, by the library",
                "1/s",
                Samples(tuple(delivered / child.seconds for child in rounds)),
                None,
                Budget(10_000, at_most=False),
            ),
            Row(
                "wide-peak",
                "peak memory of it",
                "MB",
                Samples(tuple(child.peak_bytes / MEGABYTE for child in rounds)),
                None,
                Budget(MEMORY_LIMIT / MEGABYTE, at_most=True),
            ),
        ],
        [f"The events are {size / MEGABYTE:,.0f} MB. The last round, phase by phase: {phases}."],
    )


def lines(events: int, random: Random) -> Iterator[str]:
    """Envelopes of wide data: numbers, amounts, texts, days, instants, booleans, and now and then null."""
    for number in range(events):
        data: dict[str, object] = {}
        for level in range(LEVELS, 0, -1):
            below = {"sub": data} if data else {}
            data = {f"f{level}_{at}": _leaf(at, number, random) for at in range(LEAVES)} | below
        name = f"wide.event_{number % EVENT_NAMES}"
        envelope = {"event_name": name, "id": f"wh_{number:026d}", "company_id": "ABC1234", "data": data}
        yield json.dumps(envelope, separators=(",", ":")) + "\n"


def _leaf(at: int, number: int, random: Random) -> object:
    if random.random() < NULLS:
        return None
    day = f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}"
    amount = round(random.random() * 1000, 2)
    return (number * 7 + at, amount, f"text {number} {at}", True, day, f"{day}T10:00:00Z")[at % 6]

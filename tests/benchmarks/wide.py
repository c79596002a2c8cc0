"""Wide events: many leaves on many levels, of many event_names."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from random import Random

from .builds import MEGABYTE, MEMORY_LIMIT
from .figures import Budget, Row, Samples, Section
from .processes import Child, ChildFailed, python
from .sizes import Sizes
from .workplace import fill, forget_warehouse, workplace

EVENT_NAMES, LEVELS, LEAVES = 160, 7, 28
"""196 leaves in each event: 28 on each of 7 levels."""
NULLS = 0.02


def measure(sizes: Sizes, say: Callable[[str], None]) -> Section:
    """The rows of wide events: of many, and of few, where the constant cost of so many tables weighs more."""
    few = _built(sizes.few_wide_events, sizes.wide_rounds, say)
    many = _built(sizes.wide_events, sizes.wide_rounds, say)
    last = json.loads(many[-1].output)["phases"]
    phases = ", ".join(f"{phase} {seconds:.2f} s" for phase, seconds in last.items())
    rows = [
        _rate("wide-rate", sizes.wide_events, many, Budget(10_000, at_most=False)),
        _rate("wide-few", sizes.few_wide_events, few, None),
        Row(
            "wide-peak",
            f"peak memory of {sizes.wide_events:,}",
            "MB",
            Samples(tuple(child.peak_bytes / MEGABYTE for child in many)),
            None,
            Budget(MEMORY_LIMIT / MEGABYTE, at_most=True),
        ),
    ]
    return Section("wide", "Wide events", rows, [f"The last round of many, phase by phase: {phases}."])


def _built(events: int, rounds: int, say: Callable[[str], None]) -> list[Child]:
    """The library on so many events in a lake of their own, each time from an empty warehouse."""
    with workplace("wide") as folder:
        home, file = folder / "home", folder / "wide.ndjson"
        home.mkdir()
        say(f"wide: writing and importing {events:,} events of {LEVELS * LEAVES} leaves")
        with file.open("w", encoding="utf-8") as stream:
            stream.writelines(lines(events, Random(7)))
        delivered = fill(home, file)
        if delivered != events:
            message = f"{delivered:,} of {events:,} wide events are in the lake"
            raise ChildFailed(message)
        file.unlink()
        built = []
        for number in range(rounds):
            say(f"wide: round {number + 1} of {rounds} with {events:,}")
            forget_warehouse(home)
            built.append(python("tests.benchmarks.library", home))
        return built


def _rate(name: str, events: int, children: list[Child], budget: Budget | None) -> Row:
    what = f"{events:,} events of {LEVELS * LEAVES} leaves on {LEVELS} levels, {EVENT_NAMES} event_names"
    text = f"{what}: from the lake to the published warehouse, by the library"
    return Row(name, text, "1/s", Samples(tuple(events / child.seconds for child in children)), None, budget)


def lines(events: int, random: Random) -> Iterator[str]:
    """Envelopes of wide data: numbers, amounts, texts, days, instants, booleans, and now and then null."""
    shape = _shape()
    for number in range(events):
        day = f"2026-{1 + number % 12:02d}-{1 + number % 28:02d}"
        leaves = [_leaf(at % LEAVES, number, day, random) for at in range(LEVELS * LEAVES)]
        for at in random.sample(range(len(leaves)), int(NULLS * len(leaves)) + number % 3):
            leaves[at] = "null"
        name, id_ = f"wide.event_{number % EVENT_NAMES}", f"wh_{number:026d}"
        yield f'{{"event_name":"{name}","id":"{id_}","company_id":"ABC1234","data":{shape % tuple(leaves)}}}\n'


def _leaf(at: int, number: int, day: str, random: Random) -> str:
    """A leaf as JSON."""
    match at % 6:
        case 0:
            return str(number * 7 + at)
        case 1:
            return f"{random.random() * 1000:.2f}"
        case 2:
            return f'"text {number} {at}"'
        case 3:
            return "true"
        case 4:
            return f'"{day}"'
    return f'"{day}T10:00:00Z"'


def _shape() -> str:
    """The keys of one document, nested, with a place for each leaf."""
    data = ""
    for level in range(LEVELS, 0, -1):
        members = [f'"f{level}_{at}":%s' for at in range(LEAVES)]
        data = "{" + ",".join(members + [f'"sub":{data}'] * bool(data)) + "}"
    return data

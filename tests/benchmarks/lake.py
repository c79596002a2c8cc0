"""A day of one delivery a second, each a segment of its own: what it costs to read, before and after compaction."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pipelines.compaction import compact_home
from pipelines.home import Home

from .figures import Budget, Row, Samples, Section
from .processes import python
from .sizes import Sizes
from .workplace import forget_warehouse, workplace

Figures = dict[str, Any]


def measure(sizes: Sizes, say: Callable[[str], None]) -> Section:
    """The rows of a day of one delivery a second."""
    with workplace("lake") as folder:
        home, ideal = folder / "home", folder / "ideal"
        say(f"lake: writing a day of {sizes.day_events:,} segments of one delivery")
        wrote = python("tests.benchmarks.day", home, str(sizes.day_events)).seconds
        python("tests.benchmarks.day", ideal, str(sizes.day_events), "at-once")
        say("lake: reading and loading it")
        raw, raw_load = [_read(home) for _ in range(sizes.day_rounds)], _load(home)
        say("lake: compacting it")
        compacted = compact_home(Home(home), lambda _stage, _done, _total: None, grace=0).seconds
        say("lake: reading and loading it again")
        left, written_once = [], []
        for _ in range(sizes.day_rounds):
            written_once.append(_read(ideal))
            left.append(_read(home))
        notes = [
            f"The day has {raw[0]['files']:,} segments with {raw[0]['bytes'] / 1e6:,.1f} MB of bodies.",
            f"Its compaction took {compacted:,.1f} s and left {left[0]['files']:,} segments.",
            f"Writing it took {wrote:,.1f} s, with fsync off.",
        ]
        return section_of(raw, left, written_once, (raw_load, _load(home)), notes)


def section_of(
    raw: list[Figures], left: list[Figures], once: list[Figures], loads: tuple[float, float], notes: list[str]
) -> Section:
    """The rows from what was found; all lakes hold the same. Raises ValueError."""
    if {one["rows"] for one in (*raw, *left, *once)} != {raw[0]["rows"]}:
        message = f"not all hold the same rows: {raw[0]}, {left[0]}, {once[0]}"
        raise ValueError(message)
    rows = [
        Row(
            "day-left",
            "DuckDB reads the day as the night's compaction leaves it ÷ the same rows written as one file",
            "s",
            _seconds(left),
            _seconds(once),
            Budget(1.2, at_most=True),
        ),
        Row(
            "day-raw",
            "DuckDB reads the day before its compaction, one segment a second ÷ after it",
            "s",
            _seconds(raw),
            _seconds(left),
        ),
        Row(
            "day-load",
            "the warehouse loads the day before its compaction ÷ after it",
            "s",
            Samples((loads[0],)),
            Samples((loads[1],)),
        ),
    ]
    return Section("lake", "A day of one event a second", rows, notes)


def _seconds(found: list[Figures]) -> Samples:
    return Samples(tuple(one["seconds"] for one in found))


def _read(home: Path) -> Figures:
    found: Figures = json.loads(python("tests.benchmarks.reading", home).output)
    return found


def _load(home: Path) -> float:
    """Seconds for which every segment is loaded into an empty build."""
    found = json.loads(python("tests.benchmarks.loading", home).output)
    forget_warehouse(home)
    return float(found["seconds"])

"""The whole warehouse from a lake, against the least that DuckDB does with the same lines."""

from __future__ import annotations

import json
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

from .figures import Budget, Row, Samples, Section
from .processes import Child, ChildFailed, python
from .sizes import Sizes
from .workplace import fill, forget_warehouse, warm, workplace

MEGABYTE = 1_000_000
MEMORY_LIMIT = 2 * 2**30

Say = Callable[[str], None]


def build(home: Path) -> Child:
    """`nacre build` as a user runs it, Dagster included."""
    child = python("pipelines.cli", "build", "--json", environment={"NACRE_HOME": str(home)})
    outcome = json.loads(child.output)
    if outcome["failures"] or (outcome["built"] and not outcome["published"]):
        message = f"the build failed: {outcome['failures']}"
        raise ChildFailed(message)
    return child


def measure(sizes: Sizes, say: Say) -> Section:
    """The rows of the whole build."""
    with workplace("builds") as folder:
        home = folder / "home"
        home.mkdir()
        say(f"builds: simulating and importing {sizes.events:,} events")
        file, asked = folder / "traffic.ndjson", ("--events", str(sizes.events), "--seed", "1")
        simulated = python("pipelines.cli", "simulate", *asked, "--out", file, "--json")
        began = time.perf_counter()
        delivered = fill(home, file)
        imported = delivered / (time.perf_counter() - began)
        warm(home)
        warm(file)
        sides: dict[str, list[Child]] = {"build": [], "library": [], "envelope": [], "line": [], "typed": []}
        for number in range(sizes.build_rounds):
            say(f"builds: round {number + 1} of {sizes.build_rounds}")
            for side in sorted(sides, reverse=number % 2 == 1):
                sides[side].append(measured(side, home, file))
        section = section_of(sides, delivered, file.stat().st_size)
    section.rows.append(simulation(sizes.events, simulated))
    section.notes.append(f"The import before, not part of the figures: {imported:,.0f} lines per second into the lake.")
    return section


def simulation(events: int, child: Child) -> Row:
    """What makes the lines, before all else and once."""
    what = "events written by `nacre simulate --out`, the start of its process included"
    return Row("simulate", what, "1/s", Samples((events / child.seconds,)), None, Budget(50_000, at_most=False))


def measured(side: str, home: Path, file: Path) -> Child:
    """Run one side once, from the lake or the file of lines to its database file."""
    if side in {"build", "library"}:
        forget_warehouse(home)
        return build(home) if side == "build" else python("tests.benchmarks.library", home)
    return python("tests.benchmarks.bare", side, file, file.with_suffix(".duckdb"))


def section_of(sides: dict[str, list[Child]], delivered: int, size: int) -> Section:
    """The rows that follow from what the children took."""
    seconds = {side: Samples(tuple(child.seconds for child in children)) for side, children in sides.items()}
    peaks = {side: Samples(tuple(child.peak_bytes / MEGABYTE for child in found)) for side, found in sides.items()}
    section = Section("builds", "From the lake to the published warehouse")
    count = f"{delivered:,} deliveries"
    section.rows = [
        Row(
            "build-command",
            f"{count}: `nacre build`, Dagster included ÷ bare `read_json` of the same lines",
            "s",
            seconds["build"],
            seconds["envelope"],
            Budget(3, at_most=True),
        ),
        Row(
            "build-library",
            f"{count}: the same by the library alone: load, type, views, publish",
            "s",
            seconds["library"],
            seconds["envelope"],
        ),
        Row(
            "build-line",
            f"{count}: the library ÷ `read_json` of whole lines, not even the envelope read",
            "s",
            seconds["library"],
            seconds["line"],
        ),
        Row(
            "build-typed",
            f"{count}: `nacre build` ÷ `read_json` that types `data` too, told to look at every line first",
            "s",
            seconds["build"],
            seconds["typed"],
        ),
        Row(
            "build-memory",
            "peak memory of `nacre build` ÷ that of `read_json`",
            "MB",
            peaks["build"],
            peaks["envelope"],
        ),
        Row(
            "build-peak",
            "peak memory of `nacre build`",
            "MB",
            peaks["build"],
            None,
            Budget(MEMORY_LIMIT / MEGABYTE, at_most=True),
        ),
    ]
    phases = [json.loads(child.output)["phases"] for child in sides["library"]]
    parts = ", ".join(f"{phase} {median(each[phase] for each in phases):.2f} s" for phase in phases[0])
    rates = ", ".join(f"{name} {delivered / seconds[name].median:,.0f}" for name in ("library", "build", "envelope"))
    section.notes = [
        f"The library, phase by phase: {parts}; the rest is the start of Python and its imports.",
        f"Deliveries per second: {rates}. The lines are {size / MEGABYTE:,.0f} MB.",
    ]
    return section

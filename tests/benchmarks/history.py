"""What a build costs when little or nothing is new, and whether history makes it dearer."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from .builds import MEGABYTE, MEMORY_LIMIT, build
from .figures import Budget, Row, Samples, Section
from .processes import Child, python
from .sizes import Sizes
from .workplace import fill, traffic, workplace

FIRST_SEED = 1_000


def measure(sizes: Sizes, say: Callable[[str], None]) -> Section:
    """The rows of small builds."""
    with workplace("history") as folder:
        return _measure(folder, sizes, say)


def _measure(folder: Path, sizes: Sizes, say: Callable[[str], None]) -> Section:
    homes = {events: folder / f"home-{events}" for events in (sizes.small_history, sizes.large_history)}
    first: dict[int, Child] = {}
    for events, home in homes.items():
        say(f"history: simulating, importing and building {events:,} events")
        home.mkdir()
        file = traffic(folder, events, seed=2)
        fill(home, file)
        file.unlink()
        first[events] = python("tests.benchmarks.library", home)
    idle: list[float] = []
    took: dict[int, list[float]] = {events: [] for events in homes}
    for number in range(sizes.history_rounds):
        say(f"history: round {number + 1} of {sizes.history_rounds}")
        news = traffic(folder, sizes.new_events, seed=FIRST_SEED + number)
        for events in sorted(homes, reverse=number % 2 == 1):
            took[events].append(_with_news(homes[events], news))
        idle.append(build(homes[sizes.large_history]).seconds)
    say(f"history: rebuilding {sizes.large_history:,} events")
    rebuilt = python("pipelines.cli", "rebuild", environment={"NACRE_HOME": str(homes[sizes.large_history])})
    return _section(sizes, idle, took, first, rebuilt)


def _with_news(home: Path, news: Path) -> float:
    fill(home, news)
    return build(home).seconds


def _section(
    sizes: Sizes, idle: list[float], took: dict[int, list[float]], first: dict[int, Child], rebuilt: Child
) -> Section:
    small, large = sizes.small_history, sizes.large_history
    each = {events: Samples((first[events].seconds / events * 1_000_000,)) for events in (small, large)}
    return Section(
        "history",
        "Small builds on a long history",
        [
            Row("idle", "`nacre build` with nothing new", "s", Samples(tuple(idle)), None, Budget(4, at_most=True)),
            Row(
                "news",
                f"`nacre build` of {sizes.new_events:,} new events with {large:,} in history ÷ with {small:,}",
                "s",
                Samples(tuple(took[large])),
                Samples(tuple(took[small])),
                Budget(1.5, at_most=True),
            ),
            Row(
                "flat",
                f"seconds for a million events of the first build, by the library: of {large:,} ÷ of {small:,}",
                "s",
                each[large],
                each[small],
                Budget(1.1, at_most=True),
            ),
            Row(
                "rebuild-peak",
                f"peak memory of `nacre rebuild` of {large:,} events",
                "MB",
                Samples((rebuilt.peak_bytes / MEGABYTE,)),
                None,
                Budget(MEMORY_LIMIT / MEGABYTE, at_most=True),
            ),
        ],
        [
            f"The first build of {large:,} events took {first[large].seconds:,.1f} s.",
            f"Its rebuild, with the comparison, took {rebuilt.seconds:,.1f} s.",
        ],
    )

"""How large a run is."""

from __future__ import annotations

from dataclasses import dataclass, replace


@dataclass(frozen=True, slots=True)
class Sizes:
    """The amounts of one run; the default is that of `make bench`."""

    events: int = 1_000_000
    build_rounds: int = 7
    load_seconds: float = 4.0
    load_rounds: int = 7
    slice_events: int = 20_000
    slice_rounds: int = 3
    small_history: int = 100_000
    large_history: int = 1_000_000
    new_events: int = 1_000
    history_rounds: int = 5
    day_events: int = 86_400
    day_rounds: int = 3
    wide_events: int = 600_000
    few_wide_events: int = 100_000
    wide_rounds: int = 2


QUICK = Sizes(
    events=20_000,
    build_rounds=2,
    load_seconds=1.0,
    load_rounds=3,
    slice_events=2_000,
    slice_rounds=1,
    small_history=2_000,
    large_history=20_000,
    new_events=200,
    history_rounds=2,
    day_events=2_000,
    wide_events=2_000,
    few_wide_events=320,
    wide_rounds=1,
)
FULL = replace(Sizes(), large_history=10_000_000)


def sizes(*, quick: bool, full: bool, events: int | None) -> Sizes:
    """The sizes that the command line asks for."""
    chosen = QUICK if quick else FULL if full else Sizes()
    return chosen if events is None else replace(chosen, events=events)

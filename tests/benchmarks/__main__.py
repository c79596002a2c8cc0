"""`make bench`: measure, print the table, and write docs/benchmarks.md from a complete run."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import click
from rich.console import Console

from . import builds, endpoint, history, lake, loader, wide
from .figures import Section
from .machine import load_average, machine, versions
from .processes import ROOT
from .report import Run, page, table
from .rival_environment import LOCK
from .sizes import Sizes, sizes

SECTIONS: dict[str, Callable[[Sizes, Callable[[str], None]], Section]] = {
    "endpoint": endpoint.measure,
    "lake": lake.measure,
    "builds": builds.measure,
    "wide": wide.measure,
    "dlt": loader.measure,
    "history": history.measure,
}
PAGE = ROOT / "docs" / "benchmarks.md"


@click.command()
@click.option("--events", type=click.IntRange(min=1_000), help="Events of the whole builds  [default: 1,000,000]")
@click.option("--quick", is_flag=True, help="A minute, with small sizes: to see that it works; writes no page.")
@click.option("--full", is_flag=True, help="Ten million events as the long history.")
@click.option("--only", type=click.Choice(list(SECTIONS)), multiple=True, help="Measure only this; writes no page.")
@click.option("--out", type=click.Path(path_type=Path), help="Write the page here, whatever was measured.")
def main(events: int | None, quick: bool, full: bool, only: tuple[str, ...], out: Path | None) -> None:
    """Measure the budgets, each against its rival in the same run.

    \b
    Example:
      make bench
      python -m tests.benchmarks --quick --only endpoint
    """
    console, progress = Console(width=None if sys.stdout.isatty() else 160), Console(stderr=True)
    chosen = sizes(quick=quick, full=full, events=events)
    run = Run(
        datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        " ".join(["python -m tests.benchmarks", *sys.argv[1:]]) if sys.argv[1:] else "make bench",
        machine(),
        versions(LOCK),
        load_average(),
    )
    measured = [
        SECTIONS[name](chosen, lambda text: progress.print(text, style="dim", highlight=False))
        for name in (only or SECTIONS)
    ]
    console.print(table(measured))
    for section in measured:
        console.print(*section.notes, sep="\n", highlight=False)
    target = out or (None if quick or only or events else PAGE)
    if target is not None:
        target.write_text(page(measured, run), encoding="utf-8")
        console.print(f"Written to {target.name}.", highlight=False)


if __name__ == "__main__":
    main(prog_name="python -m tests.benchmarks")

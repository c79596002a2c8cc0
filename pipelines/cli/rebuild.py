"""`nacre rebuild`: the whole warehouse anew from the lake."""

from dataclasses import asdict

import click
from rich.table import Table

from pipelines import history
from pipelines.cli.console import duration, err, out, print_json, progress_bars, shown
from pipelines.home import Home, home_from_environment
from pipelines.rebuilding import Rebuild, rebuild


@click.command("rebuild")
@click.option("--dry-run", is_flag=True, help="Compare only: the live warehouse stays as it is.")
@click.option("--no-wait", is_flag=True, help="Fail at once where a build is running, instead of waiting.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(dry_run: bool, no_wait: bool, as_json: bool) -> None:
    """Make the whole warehouse anew from the lake, say where it differs from the live one, and publish it.

    Readers keep the live warehouse until the new one takes its place at one instant. May be killed at any moment.
    Ends with 1 where the live one cannot be read, to be compared or for when it was published; a dry run also where
    something differs, or nothing is published yet.

    \b
    Example:
      nacre rebuild --dry-run
      nacre rebuild
    """
    with progress_bars(hidden=as_json) as listener:
        home = home_from_environment()
        report = rebuild(home, listener, dry_run=dry_run, wait=not no_wait, on_wait=_say_waiting)
    if report.published:
        _note(home, report)
    if as_json:
        print_json(asdict(report))
    else:
        _say(report)
    if not report.proved:
        raise click.exceptions.Exit(1)


def _note(home: Home, report: Rebuild) -> None:
    """Tell Dagster, beside the runs of builds."""
    found = {
        "segments": report.segments,
        "events": report.events,
        "tables": report.tables,
        "tables_compared": report.compared,
        "tables_that_differed": len(report.differences),
        "damaged_segments": len(report.damaged),
        "seconds": report.seconds,
    }
    history.note(home.dagster, ("ops", "publications"), "Published by nacre rebuild, from the whole lake.", found)


def _say_waiting(holder: str) -> None:
    err().print(shown(f"A build is running ({holder}); waiting for it."))


def _say(report: Rebuild) -> None:
    out().print(
        f"Rebuilt {report.events:,} events of {report.segments:,} segments into {report.tables:,} tables"
        f" in {duration(report.seconds)}.",
        highlight=False,
    )
    if report.not_compared:
        out().print(shown(f"Not compared: {report.not_compared}."), soft_wrap=True)
    elif report.differences:
        out().print(_table(report))
    else:
        out().print(f"The live warehouse is the same: {report.compared:,} tables compared.", highlight=False)
    if report.history_lost:
        out().print(f"When the warehouse was published before is lost: {report.history_lost}.", soft_wrap=True)
    for name in report.damaged:
        err().print(f"[bold red]Damaged[/] segment {name} was left out: restore it from a copy.", highlight=False)
    if report.published:
        later = f", with {report.later_segments:,} segments that came since" if report.later_segments else ""
        out().print(f"Published{later}.", highlight=False)
    else:
        out().print("Nothing was replaced: a dry run.")


def _table(report: Rebuild) -> Table:
    table = Table(title="Differences", title_justify="left", header_style="bold")
    table.add_column("table")
    for name in ("live", "rebuilt"):
        table.add_column(name, justify="right")
    for name in ("only in the live one", "only in the rebuilt one", "columns"):
        table.add_column(name, overflow="fold")
    for found in report.differences:
        lists = (", ".join(names) for names in (found.only_live, found.only_rebuilt, found.columns))
        table.add_row(found.table, _count(found.live_rows), _count(found.rebuilt_rows), *map(shown, lists))
    return table


def _count(rows: int | None) -> str:
    return "no table" if rows is None else f"{rows:,}"

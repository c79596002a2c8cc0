"""`nacre forget`: erase events for good, wherever they are."""

import sys
from dataclasses import asdict

import click

from ingest.lake.finding import ById, ByValue, Criterion
from pipelines.cli.console import err, out, print_json, progress_bars, shown
from pipelines.forgetting import Forgetting, forget, search
from pipelines.home import home_from_environment
from warehouse.schema.names import steps_of

SHOWN = 20


@click.command("forget")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--path", help="Erase events with a value here: a json_path as in ops.columns.")
@click.option("--value", help="The value at --path, as text.")
@click.option("--dry-run", is_flag=True, help="List what would be erased, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(
    *, ids: tuple[str, ...], path: str | None, value: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """Erase events for good: from lake, quarantine, warehouse, published file and Dagster's memory.

    The warehouse is made anew from the lake; Dagster's history of runs and the logs in NACRE_HOME are emptied, reports
    and companies' files there removed. Erased ids are kept as hashes alone, and do not come back by a retry or an
    import. Without arguments, ends an erasure that was interrupted.

    \b
    Example:
      nacre forget wh_01J19XRFZ2Q4QBDC6CA461AGT7 --dry-run
      nacre forget --path "$['employee']['email']" --value ada@example.com --yes
      nacre forget
    """
    criterion = _criterion(ids, path, value)
    home = home_from_environment()
    with progress_bars(hidden=as_json) as listener:
        if dry_run:
            report = search(home, criterion, listener) if criterion else Forgetting(dry_run=True)
            _tell(report, as_json=as_json)
            return
    if criterion and not yes:
        _ask(search(home, criterion, _silent))
    with progress_bars(hidden=as_json) as listener:
        report = forget(home, criterion, listener)
    _tell(report, as_json=as_json)
    if report.traces:
        raise click.exceptions.Exit(1)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Say nothing: a question follows."""


def _criterion(ids: tuple[str, ...], path: str | None, value: str | None) -> Criterion | None:
    if (path is None) != (value is None) or (ids and path is not None):
        message = "give IDs, or --path and --value together"
        raise click.UsageError(message)
    if path is None or value is None:
        return ById(frozenset(ids)) if ids else None
    try:
        return ByValue(steps_of(path), value)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _ask(report: Forgetting) -> None:
    if not sys.stdin.isatty():
        message = "this erases for good: add --yes, or look first with --dry-run"
        raise click.UsageError(message)
    found = f"{len(report.event_ids):,} events and {len(report.quarantine_ids):,} quarantined deliveries"
    click.confirm(f"Erase {found} for good?", abort=True)


def _tell(report: Forgetting, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    found = (
        f"{len(report.event_ids):,} events in {report.deliveries:,} deliveries and"
        f" {len(report.quarantine_ids):,} quarantined deliveries, in {report.segments:,} segments"
    )
    if report.erased:
        out().print(f"Erased {found}; the warehouse was made anew and published.", highlight=False)
    elif report.dry_run:
        out().print(f"Found {found}. Nothing was changed.", highlight=False)
        for one in [*report.event_ids, *report.quarantine_ids][:SHOWN]:
            out().print(shown(f"  {one}"), highlight=False)
    else:
        out().print("Nothing was found, nothing was changed.")
    for name in report.removed:
        out().print(shown(f"Removed {name}: make it again where it is needed."), highlight=False)
    for name in report.traces:
        err().print(shown(f"{name} still names an erased id: no command of nacre wrote that; remove it."))
    if report.resumed and report.erased:
        out().print(f"Ended {report.resumed:,} erasures that had been interrupted.", highlight=False)

"""`nacre forget`: erase events for good, wherever they are."""

import sys
from collections.abc import Iterator
from dataclasses import asdict

import click

from ingest.lake.finding import ById, ByValue
from ingest.lake.persons import ByPerson
from pipelines.cli.console import err, out, print_json, progress_bars, shown
from pipelines.forgetting import forget, search
from pipelines.forgotten import Before, Forgetting, Target
from pipelines.home import home_from_environment
from warehouse.schema.names import steps_of

SHOWN = 20


@click.command("forget")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--path", help="Erase events with a value here: a json_path as in ops.columns.")
@click.option("--value", help="The value at --path, as text.")
@click.option(
    "--person", "persons", multiple=True, metavar="VALUE", help="Erase events with this id or e-mail address anywhere."
)
@click.option(
    "--older-than",
    "days",
    type=click.IntRange(1, 36_500),
    metavar="DAYS",
    help="Erase what is older than so many days.",
)
@click.option("--dry-run", is_flag=True, help="List what would be erased, change nothing.")
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(
    *,
    ids: tuple[str, ...],
    path: str | None,
    value: str | None,
    persons: tuple[str, ...],
    days: int | None,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Erase events for good: from lake, quarantine, warehouse, published file and Dagster's memory.

    --person finds every body in which a text, number or key is this value, of an e-mail address in whatever capitals;
    give it once for each value that names the person. --older-than counts whole days, UTC, from receipt or from the
    clock in the id. The warehouse is made anew from the lake; Dagster's history of runs and the logs in NACRE_HOME are
    emptied, reports and other published files there removed. Of what was erased, hashes alone are kept, and it does not
    come back by a retry or an import. Without arguments, ends an erasure that was interrupted.

    \b
    Example:
      nacre forget wh_01J19XRFZ2Q4QBDC6CA461AGT7 --dry-run
      nacre forget --path "\\$['employee']['email']" --value ada@example.com --yes
      nacre forget --person ada@example.com --person eng_42 --dry-run
      nacre forget --older-than 730 --yes
      nacre forget
    """
    target = _target(ids, path, value, persons, days)
    home = home_from_environment()
    with progress_bars(hidden=as_json) as listener:
        if dry_run:
            report = search(home, target, listener) if target else Forgetting(dry_run=True)
            _tell(report, as_json=as_json)
            return
    if target and not yes:
        _ask(search(home, target, _silent))
    with progress_bars(hidden=as_json) as listener:
        report = forget(home, target, listener)
    _tell(report, as_json=as_json)
    if report.traces or report.unsearched:
        raise click.exceptions.Exit(1)


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Say nothing: a question follows."""


def _target(
    ids: tuple[str, ...], path: str | None, value: str | None, persons: tuple[str, ...], days: int | None
) -> Target | None:
    asked = [bool(ids), path is not None or value is not None, bool(persons), days is not None]
    if sum(asked) > 1 or (path is None) != (value is None):
        message = "give one of these: IDs, --path and --value together, --person, --older-than"
        raise click.UsageError(message)
    if persons:
        return _person(persons)
    if days is not None:
        return Before.days_ago(days)
    if path is None or value is None:
        return ById(frozenset(ids)) if ids else None
    try:
        return ByValue(steps_of(path), value)
    except ValueError as error:
        raise click.UsageError(str(error)) from error


def _person(values: tuple[str, ...]) -> ByPerson:
    if any(not value.strip() for value in values):
        message = "--person needs a value: an id or an e-mail address"
        raise click.UsageError(message)
    return ByPerson(frozenset(values))


def _ask(report: Forgetting) -> None:
    if not sys.stdin.isatty():
        message = "this erases for good: add --yes, or look first with --dry-run"
        raise click.UsageError(message)
    found = f"{report.events:,} events and {report.quarantined:,} quarantined deliveries"
    click.confirm(f"Erase {found} for good?", abort=True)


def _tell(report: Forgetting, *, as_json: bool) -> None:
    if as_json:
        print_json(asdict(report))
        return
    found = (
        f"{report.events:,} events in {report.deliveries:,} deliveries and"
        f" {report.quarantined:,} quarantined deliveries, in {report.segments:,} segments"
    )
    if report.erased:
        out().print(f"Erased {found}; the warehouse was made anew and published.", highlight=False)
    elif report.dry_run:
        out().print(f"Found {found}. Nothing was changed.", highlight=False)
    else:
        out().print("Nothing was found, nothing was changed.")
    for line in _details(report):
        out().print(shown(line), highlight=False, soft_wrap=True)
    for line in _complaints(report):
        err().print(shown(line), soft_wrap=True)


def _details(report: Forgetting) -> Iterator[str]:
    """What a dry run lists, and what became of other files."""
    if report.dry_run:
        yield from (f"  {one}" for one in [*report.event_ids, *report.quarantine_ids][:SHOWN])
        yield from (f"  {place}: {times:,} times" for place, times in report.places.items())
        yield from (f"  {day}: {count:,} deliveries" for day, count in report.days.items())
        if report.late:
            yield f"  received later, of events that are older: {report.late:,} deliveries"
        if report.others:
            yield f"Beside it stand values that may name the same person: {', '.join(report.others[:SHOWN])}"
    yield from (f"Removed {name}: make it again where it is needed." for name in report.removed)
    if report.resumed and report.erased:
        yield f"Ended {report.resumed:,} erasures that had been interrupted."


def _complaints(report: Forgetting) -> Iterator[str]:
    """What is left to a person to do."""
    if report.mentions:
        some = ", ".join(report.mentions[:SHOWN]) + (", …" if len(report.mentions) > SHOWN else "")
        yield f"{len(report.mentions):,} more have it in a longer text and stay; to erase them, give their ids: {some}"
    for name in report.traces:
        yield f"{name} still tells what was erased: no command of nacre wrote that; remove it."
    for name in report.unsearched:
        yield f"{name} is packed and cannot be searched; if it may hold what was erased, remove it or make it again."

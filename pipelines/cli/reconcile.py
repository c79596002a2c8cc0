"""`nacre reconcile`: whether an event has come of every expense that Oyster knows."""

from dataclasses import asdict
from pathlib import Path

import click
from rich.console import Console

from pipelines.cli.console import err, out, print_json, progress_bars, shown
from pipelines.home import Home, home_from_environment
from pipelines.reconciling import Reconciliation, listed_by_oyster, listed_in, open_list, reconcile

SHOWN = 20


@click.command("reconcile")
@click.option("--ids", type=click.Path(path_type=Path, exists=True, dir_okay=False, allow_dash=True), help="An export.")
@click.option("--company", "company_id", help="Oyster's id of the listed company; needed where there are several.")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(ids: Path | None, company_id: str | None, as_json: bool) -> None:
    """Compare the expenses that Oyster lists with those that events have told of.

    Tells the coverage in percent and the ids missing either way; ends with 1 where some are missing here.

    The list comes from Oyster's API (see nacre webhooks --help for the application's variables) or from an exported
    file: one id a line, or CSV or NDJSON with expenseId; - is stdin.

    \b
    Example:
      nacre reconcile
      nacre reconcile --ids export.csv --company ABC1234 --json
    """
    found = _found(home_from_environment(), ids, company_id, quiet=as_json)
    if as_json:
        print_json(asdict(found))
    else:
        _say(found)
    if found.missing_here:
        raise click.exceptions.Exit(1)


def _found(home: Home, ids: Path | None, company_id: str | None, *, quiet: bool) -> Reconciliation:
    if ids is None:
        with progress_bars(hidden=quiet) as listener:
            return reconcile(home, listed_by_oyster(home, listener), company_id)
    with open_list(ids) as file:
        return reconcile(home, listed_in(file), company_id)


def _say(found: Reconciliation) -> None:
    console = out()
    share = "nothing to cover" if found.coverage_percent is None else f"coverage {found.coverage_percent:.2f}%"
    console.print(f"{found.listed:,} expenses are listed, {found.both:,} of them are here: {share}.", highlight=False)
    _ids(console, "Listed, but no event of them has come", found.missing_here)
    _ids(console, "Known here, but not listed", found.missing_there)
    if found.deleted:
        console.print(f"{found.deleted:,} more are known here as deleted.", highlight=False)
    if found.missing_here:
        err().print(
            "Next: nacre import brings their events in from an export; nacre webhooks list shows the endpoints."
        )


def _ids(console: Console, title: str, ids: list[str]) -> None:
    if not ids:
        return
    console.print(f"[bold]{title}[/] ({len(ids):,}):", highlight=False)
    for one in ids[:SHOWN]:
        console.print("  ", shown(one), sep="", highlight=False)
    if len(ids) > SHOWN:
        console.print("  … (--json lists all)")

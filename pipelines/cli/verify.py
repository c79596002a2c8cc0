"""`nacre verify`: prove that the warehouse says what the lake says."""

from dataclasses import asdict

import click
from rich.table import Table

from pipelines.cli.console import err, out, print_json, progress_bars, shown
from pipelines.home import home_from_environment
from pipelines.verification import verify_home
from warehouse.verify import Finding, VerifyReport

SHOWN = 50
COLUMNS = ("check", "segment", "event_id", "table", "column", "path")


@click.command("verify")
@click.option("--full", is_flag=True, help="Compare every event leaf by leaf, not a sample.")
@click.option("--build-file", is_flag=True, help="Verify the build file instead of what is published.")
@click.option("--show-values", is_flag=True, help="Print expected and found values, which may be personal data.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(full: bool, build_file: bool, show_values: bool, as_json: bool) -> None:
    """Prove that the warehouse says what the lake says; name what is wrong and end with 1.

    Looks at the hash of every segment, at the sums (delivered = events + duplicates + conflicts, rows of each table),
    at the SQL of every view and macro, and at each leaf of each body in its typed place: of a sample that is the same
    each time, or of all events; in full also at each conflict, quarantined delivery and event of a process.

    \b
    Example:
      nacre verify
      nacre verify --full --json
    """
    with progress_bars(hidden=as_json) as listener:
        report = verify_home(home_from_environment(), listener, full=full, build_file=build_file)
    if as_json:
        print_json(_as_dict(report, show_values))
    else:
        _say(report, show_values)
    if not report.ok:
        raise click.exceptions.Exit(1)


def _as_dict(report: VerifyReport, show_values: bool) -> dict[str, object]:
    return {**asdict(report), "ok": report.ok, "findings": [_cells(found, show_values) for found in report.findings]}


def _cells(found: Finding, show_values: bool) -> dict[str, str | None]:
    cells = {name: getattr(found, name) for name in ("what", *COLUMNS)}
    return cells | ({"expected": found.expected, "found": found.found} if show_values else {})


def _say(report: VerifyReport, show_values: bool) -> None:
    of = "all" if report.full else "a sample of"
    waiting = f" {report.waiting:,} segments wait for the next build." if report.waiting else ""
    out().print(
        f"{report.segments:,} segments hashed; {report.delivered:,} deliveries, {report.events:,} events accounted for;"
        f" {of} {report.checked:,} events compared, {report.leaves:,} values.{waiting}",
        highlight=False,
        soft_wrap=True,
    )
    if report.ok:
        out().print("Nothing is wrong.", highlight=False)
        return
    out().print(_table(report, show_values))
    more = f", the first {SHOWN} shown (--json shows more)" if report.wrong > SHOWN else ""
    err().print(f"[bold red]{report.wrong:,} wrong[/]{more}.", highlight=False)
    err().print("Next: nacre rebuild makes the warehouse anew from the lake; a damaged segment needs its backup.")


def _table(report: VerifyReport, show_values: bool) -> Table:
    table = Table(header_style="bold")
    values = ("expected", "found") if show_values else ()
    for name in ("what is wrong", "where", *values):
        table.add_column(name, overflow="fold")
    for found in report.findings[:SHOWN]:
        cells = [found.what, found.where, *(getattr(found, name) or "" for name in values)]
        table.add_row(*(shown(cell) for cell in cells))
    return table

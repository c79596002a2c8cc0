"""`nacre report`: the published warehouse as one page."""

from dataclasses import asdict
from pathlib import Path

import click

from pipelines.cli.console import count_bar, duration, out, print_json, shown, size
from pipelines.cli.parameters import OutFile
from pipelines.home import home_from_environment
from pipelines.report import steps, write_report


@click.command("report")
@click.option("--out", "path", type=OutFile(), help="Where to write  [default: $NACRE_HOME/report.html]")
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(path: Path | None, as_json: bool) -> None:
    """Write one HTML page about approvals: times, funnel, what waits, spend, approvers, completeness.

    The page needs no network and nothing beside it; it holds ids and sums, and no names of people.

    \b
    Example:
      nacre report
      nacre report --out march.html
    """
    home = home_from_environment()
    with count_bar("report", steps(), hidden=as_json) as advance:
        written = write_report(home.published, path or home.report, advance)
    if as_json:
        print_json(asdict(written))
        return
    out().print(
        shown(f"{size(written.bytes)} written to {written.path} in {duration(written.seconds)}; open it in a browser."),
        soft_wrap=True,
    )

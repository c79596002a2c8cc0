"""`nacre compact`: fewer segments, the same deliveries."""

from dataclasses import asdict

import click

from pipelines.cli.console import duration, err, out, print_json, progress_bars, size
from pipelines.compaction import GRACE, Compaction, compact_home
from pipelines.home import home_from_environment


@click.command("compact")
@click.option("--dry-run", is_flag=True, help="Say what would be compacted, change nothing.")
@click.option(
    "--grace",
    type=click.FloatRange(0),
    default=GRACE,
    show_default=True,
    metavar="SECONDS",
    help="How long replaced segments stay for those who read the lake's files; 0 removes them at once.",
)
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(dry_run: bool, grace: float, as_json: bool) -> None:
    """Make few large segments of the lake's many small ones: of closed days, and of today beyond 1,000.

    Each delivery stays exactly as it is; the new segment is read back and proved equal. The old ones stay for a while,
    so that whoever has listed them can read them: the next nacre compact after that removes them. May be killed at any
    moment and run again; the endpoint and builds go on meanwhile.

    \b
    Example:
      nacre compact --dry-run
      nacre compact
      nacre compact --grace 0
    """
    with progress_bars(hidden=as_json) as listener:
        report = compact_home(home_from_environment(), listener, dry_run=dry_run, grace=grace)
    if as_json:
        print_json(asdict(report))
    else:
        _say(report)
    if report.damaged:
        raise click.exceptions.Exit(1)


def _say(report: Compaction) -> None:
    if report.resumed:
        out().print(f"Removed what {report.resumed:,} earlier compactions had replaced.", highlight=False)
    for one in report.made:
        what = f"{one.received_date}: {one.segments:,} segments of {one.kind}, {size(one.bytes_before)}"
        after = "would become one" if report.dry_run else f"are now one of {size(one.bytes_after)}"
        out().print(f"{what}, {after}.", highlight=False)
    if not report.made:
        out().print("Nothing to compact.")
    elif not report.dry_run:
        out().print(f"Done in {duration(report.seconds)}. Next: nacre build, which takes the new names over.")
        if report.grace:
            out().print(f"The old segments stay for {duration(report.grace)}; nacre compact removes them after that.")
    for name in report.damaged:
        err().print(f"[bold red]Damaged[/] {name} was left as it is: restore it from a copy.", highlight=False)

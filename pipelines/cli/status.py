"""`nacre status`: lake, ledger, tables, freshness and quarantine at a glance."""

from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pipelines.cli.console import duration, out, print_json, shown, size
from pipelines.home import home_from_environment
from pipelines.state import State, state_of


@click.command("status")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(as_json: bool) -> None:
    """Show lake, ledger, tables, freshness and quarantine at a glance. Works while a build runs.

    \b
    Example:
      nacre status
      nacre status --json
    """
    state = state_of(home_from_environment())
    if as_json:
        print_json(state.as_dict())
        return
    console = out()
    _lines(console, state)
    if state.tables:
        console.print(_tables(state.tables))
    if state.quarantine:
        console.print(_quarantine(state.quarantine))


def _lines(console: Console, state: State) -> None:
    lake, ledger = state.lake, state.ledger
    lines = {
        "Home": state.home,
        "Lake": f"{lake.segments:,} segments of events on {lake.days:,} days, "
        f"{lake.quarantine_segments:,} of quarantine, {size(lake.bytes)}",
    }
    if lake.newest_segment:
        lines["Received"] = f"last at {lake.newest_segment.partition('-')[0]} (the newest segment)"
    if ledger:
        lines["Ledger"] = (
            f"{ledger['delivered']:,} delivered = {ledger['events']:,} events + {ledger['duplicates']:,} duplicates"
            f" + {ledger['conflicts']:,} conflicts"
        )
        lines["Published"] = f"last at {ledger['last_published_at'] or 'never'}{_age(state.lag_seconds)}"
        lines["To look at"] = _worries(ledger)
    lines["Next"] = f"{state.pending.reason}: run nacre build" if state.pending.reason else "nothing: all is published"
    for name, text in lines.items():
        console.print(f"[bold]{name:<11}[/]", shown(text), sep="", highlight=False, soft_wrap=True)


def _age(seconds: float | None) -> str:
    """How long ago something was; that it is still to come, where the clock was set back since."""
    if seconds is None:
        return ""
    return f" ({duration(seconds)} ago)" if seconds >= 0 else f" ({duration(-seconds)} ahead of this machine's clock)"


def _worries(ledger: dict[str, Any]) -> str:
    found = {
        "in quarantine": ledger["quarantined"],
        "misfits": ledger["misfits"],
        "conflicts": ledger["conflicts"],
        "damaged segments": ledger["damaged"],
    }
    return ", ".join(f"{count:,} {name}" for name, count in found.items() if count) or "nothing"


def _tables(tables: list[dict[str, Any]]) -> Table:
    table = Table(title="Tables", title_justify="left", header_style="bold")
    table.add_column("table")
    table.add_column("event_name")
    table.add_column("rows", justify="right")
    for row in tables:
        of = f"{row['event_name']} {row['json_path']}" if row["json_path"] else row["event_name"]
        table.add_row(f"{row['schema_name']}.{row['table_name']}", shown(of), f"{row['rows']:,}")
    return table


def _quarantine(reasons: list[dict[str, Any]]) -> Table:
    table = Table(title="Quarantine", title_justify="left", header_style="bold")
    table.add_column("reason")
    table.add_column("deliveries", justify="right")
    table.add_column("last received")
    for row in reasons:
        table.add_row(row["reason"], f"{row['deliveries']:,}", str(row["last_received_at"]))
    return table

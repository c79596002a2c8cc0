"""`nacre trace`: one event from its delivery to its rows."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

import click
from rich.console import Console
from rich.table import Table

from pipelines.cli.console import err, out, print_json, shown
from pipelines.cli.formats import plain
from pipelines.home import home_from_environment
from pipelines.verification import trace_event
from warehouse.trace import Delivery, Trace


@click.command("trace")
@click.argument("event_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print everything as JSON.")
def command(event_id: str, as_json: bool) -> None:
    """Show one event: each delivery as it was received, and every row that became of it.

    Also its duplicates, conflicts, echoes, misfits, and quarantined deliveries in whose body the id stands. A segment
    that cannot be read is named, and makes the exit status 1.

    \b
    Example:
      nacre trace wh_01J19XRFZ2Q4QBDC6CA461AGT7
      nacre trace wh_01J19XRFZ2Q4QBDC6CA461AGT7 --json
    """
    found = trace_event(home_from_environment(), event_id)
    if as_json:
        print_json(asdict(found))
    else:
        _say(out(), found)
    for name, reason in found.unread.items():
        err().print("[bold red]Not read[/]", shown(f"segment {name}: {reason}."), highlight=False, soft_wrap=True)
    if found.unread:
        err().print("It may hold more of this id. Next: restore it from a copy.", highlight=False)
        raise click.exceptions.Exit(1)


def _say(console: Console, found: Trace) -> None:
    for delivery in found.deliveries:
        _say_delivery(console, delivery)
    if found.event is None:
        console.print("No build has made an event of it." if found.deliveries else "It is no event.")
    else:
        _block(console, "core.events", [found.event])
    for table, rows in found.rows.items():
        _block(console, table, rows)
    _block(console, "ops.misfits", found.misfits)
    _block(console, "core.process_events", found.processes)
    _block(console, "ops.quarantine", found.quarantine)


def _say_delivery(console: Console, delivery: Delivery) -> None:
    what = "waiting for a build" if delivery.became == "waiting" else f"became {delivery.became}"
    where = delivery.segment if delivery.position is None else f"{delivery.segment}, row {delivery.position}"
    received = plain(delivery.received_at)
    console.print(f"[bold]Received {received}[/], {what}; in", shown(where), highlight=False, soft_wrap=True)
    body = "the lake has this delivery no more: nacre verify says why" if delivery.body is None else delivery.body
    console.print(shown(body), style="dim", soft_wrap=True)


def _block(console: Console, title: str, rows: Sequence[Mapping[str, Any]]) -> None:
    """Rows as blocks of column and value: wide tables stay readable."""
    if not rows:
        return
    console.print(f"\n[bold]{len(rows)} {'row' if len(rows) == 1 else 'rows'} in[/]", shown(title), highlight=False)
    for row in rows:
        table = Table(show_header=False, box=None, padding=(0, 2, 0, 2))
        table.add_column(style="dim")
        table.add_column(overflow="fold")
        for name, value in row.items():
            if value is not None:
                table.add_row(shown(name), shown(plain(value)))
        console.print(table)

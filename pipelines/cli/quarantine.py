"""`nacre quarantine`: unusable deliveries, and the way back for those that were mended."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

import click
from rich.table import Table

from ingest.lake import Lake
from ingest.quarantine import EDITABLE, Quarantined, damaged, listing, replay, show
from ingest.settings import load_settings
from pipelines.cli.console import err, out, print_json, shown


@click.group("quarantine")
def command() -> None:
    """List, show and replay deliveries that were authenticated but unusable.

    A damaged segment of theirs is named, and makes the exit status 1.

    \b
    Example:
      nacre quarantine list
      nacre quarantine show ID
      nacre quarantine replay --dry-run
    """


@command.command("list")
@click.option("--json", "as_json", is_flag=True, help="Print the deliveries as JSON.")
def list_(as_json: bool) -> None:
    """List the quarantined deliveries with the reason for each.

    \b
    Example:
      nacre quarantine list --json
    """
    with _lake() as (lake, nothing):
        found = list(listing(lake))
        if as_json:
            print_json([_as_dict(one) for one in found])
        else:
            out().print(_table(found) if found else nothing)


def _table(found: list[Quarantined]) -> Table:
    table = Table(header_style="bold")
    for name in ("id", "received", "reason", "detail"):
        table.add_column(name, overflow="fold")
    for one in found:
        table.add_row(one.quarantine_id, _time(one.received_at), one.reason, shown(one.detail))
    return table


@command.command("show")
@click.argument("quarantine_id", metavar="ID")
@click.option("--json", "as_json", is_flag=True, help="Print the delivery as JSON.")
def show_(quarantine_id: str, as_json: bool) -> None:
    """Show one quarantined delivery with its body as it was received.

    \b
    Example:
      nacre quarantine show q-20261123T234921.665479Z-import.e02a498c
    """
    with _lake() as (lake, _):
        one = show(lake, quarantine_id)
        if as_json:
            print_json(_as_dict(one))
        else:
            _say(one)


def _say(one: Quarantined) -> None:
    for name in ("quarantine_id", "reason", "detail", "segment"):
        out().print(f"[bold]{name:<14}[/]", shown(getattr(one, name)), highlight=False, soft_wrap=True)
    out().print(f"[bold]{'received':<14}[/]", _time(one.received_at), highlight=False)
    click.echo(shown(one.body.decode("utf-8", "backslashreplace")).plain)


@command.command("replay")
@click.argument("ids", nargs=-1, metavar="[ID…]")
@click.option("--assume", "edits", multiple=True, metavar="KEY=VALUE", help=f"Replace one of {', '.join(EDITABLE)}.")
@click.option("--dry-run", is_flag=True, help="Say what would happen, write nothing.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcomes as JSON.")
def replay_(ids: tuple[str, ...], edits: tuple[str, ...], dry_run: bool, as_json: bool) -> None:
    """Send deliveries (all, or those named) down the path of a new one again; what was replayed before stays as it is.

    \b
    Example:
      nacre quarantine replay --dry-run
      nacre quarantine replay q-20261123T234921.665479Z-import.e02a498c --assume event_name=expenses.paid
    """
    with _lake() as (lake, nothing):
        outcomes = list(replay(lake, ids or None, _edits(edits), dry_run=dry_run))
        if as_json:
            print_json([{**asdict(one), "body": one.body.decode("utf-8", "backslashreplace")} for one in outcomes])
        else:
            table = Table(header_style="bold", title="Nothing was written: a dry run" if dry_run else None)
            for name in ("id", "outcome", "event", "detail"):
                table.add_column(name, overflow="fold")
            for one in outcomes:
                table.add_row(one.quarantine_id, one.outcome, shown(one.event_id), shown(one.detail))
            out().print(table if outcomes else nothing)
    if any(one.outcome == "refused" for one in outcomes):
        raise click.exceptions.Exit(1)


def _edits(texts: tuple[str, ...]) -> dict[str, str]:
    for text in texts:
        if "=" not in text:
            message = f"--assume takes KEY=VALUE, not {text}"
            raise click.UsageError(message)
    return dict(text.split("=", 1) for text in texts)


@contextmanager
def _lake() -> Iterator[tuple[Lake, str]]:
    """Give the lake, and how to say that nothing is there; where a segment is damaged, name it and end with 1."""
    lake = Lake(load_settings().home)
    broken = damaged(lake)
    for segment in broken:
        err().print(f"[bold red]Damaged[/] {segment.name} is left out: restore it from a copy.", highlight=False)
    yield lake, f"Nothing {'else ' if broken else ''}is in quarantine."
    if broken:
        raise click.exceptions.Exit(1)


def _as_dict(one: Quarantined) -> dict[str, Any]:
    return {
        **asdict(one),
        "received_at": _time(one.received_at),
        "body": one.body.decode("utf-8", "backslashreplace"),
    }


def _time(microseconds: int) -> str:
    return datetime.fromtimestamp(microseconds / 1e6, UTC).isoformat().replace("+00:00", "Z")

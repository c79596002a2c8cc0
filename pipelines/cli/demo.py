"""`nacre demo`: simulated traffic, all the way to the approval timeline."""

import time
from pathlib import Path
from typing import Any

import click
from rich import box
from rich.table import Table
from rich.text import Text

from ingest.settings import Settings, load_settings, read_secrets
from ingest.simulator import Traffic
from ingest.simulator.sending import SendReport, send
from pipelines.cli.console import count_bar, duration, out, progress_bars
from pipelines.home import Home
from pipelines.reading import published
from pipelines.run_build import Outcome, build
from pipelines.services import endpoint, free_port, with_secret
from pipelines.statements import rows_of
from pipelines.supervisor import running, wait_until_ready

RIGHT = {"decided", "paid", "amount"}
COLOURS = {
    "created": "dim",
    "submitted": "yellow",
    "approved": "green",
    "declined": "red",
    "reimbursed": "bold green",
    "deleted": "dim red",
}
NEXT = (
    (
        'nacre sql "from analytics.pending_expenses order by age_seconds desc limit 10"',
        "what is stuck, and for how long",
    ),
    ("nacre status", "lake, ledger, tables, freshness, quarantine"),
    ("make dev", "endpoint, Dagster's graph and its schedules, until Ctrl-C"),
)


@click.command("demo")
@click.option("--events", type=click.IntRange(1), default=5000, show_default=True, help="How many distinct events.")
@click.option("--seed", default=7, show_default=True, help="The same seed again brings nothing but duplicates.")
def command(events: int, seed: int) -> None:
    """Carry simulated traffic all the way: endpoint, lake, Dagster, warehouse, approval timeline.

    Starts the real endpoint on a free port for as long as it takes. May be run again: what is known counts once.

    \b
    Example:
      nacre demo
      NACRE_HOME=/tmp/try nacre demo --events 20000 --seed 1
    """
    started = time.monotonic()
    settings = load_settings()
    home = Home(settings.home)
    _say("1", "Endpoint", f"POST /webhooks/oyster, lake in {_short(home.root / 'lake')}")
    report = _traffic(home, settings, events, seed)
    per_second = report.deliveries / report.seconds if report.seconds else 0
    _say("2", "Deliveries", f"{report.accepted:,} answered 202, durable in the lake ({per_second:,.0f} a second)")
    with progress_bars() as listener:
        outcome = build(home, listener)
    _say("3", "Dagster", _built(outcome))
    _say("4", "Published", _short(home.published))
    if outcome.failures:
        raise click.ClickException("; ".join(outcome.failures))
    _timeline(home)
    _say("", "", f"All of it took {duration(time.monotonic() - started)}. Three things to try:")
    for order, what in NEXT:
        out().print(f"  [bold cyan]{_invocation(order)}[/]\n      {what}", highlight=False, soft_wrap=True)


def _traffic(home: Home, settings: Settings, events: int, seed: int) -> SendReport:
    environment = with_secret(home, settings)
    secret = read_secrets(home.secret)[0] if environment else settings.require_secrets()[0]
    port = free_port()
    with running([endpoint(home, environment, "127.0.0.1", port)]) as started:
        wait_until_ready(started[0], started, f"http://127.0.0.1:{port}/health/ready")
        with count_bar("deliveries", events) as advance:
            return send(
                f"http://127.0.0.1:{port}/webhooks/oyster",
                secret,
                Traffic(events, seed),
                answered=lambda _body, _status: advance(1),
            )


def _built(outcome: Outcome) -> str:
    if not outcome.built:
        return outcome.reason
    counts = outcome.counts
    return (
        f"{counts.get('events', 0):,} events, {counts.get('duplicates', 0):,} duplicates,"
        f" {outcome.tables} typed tables in {duration(outcome.seconds)}"
    )


def _timeline(home: Home) -> None:
    with published(home.published) as connection:
        rows, summary = rows_of(connection, "demo_timeline"), rows_of(connection, "demo_summary")[0]
    title = "Expense approval timeline: analytics.expense_approval_timeline"
    table = Table(
        title=title,
        title_justify="left",
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for name in ("company", "expense", "stage", "submitted", "decided", "paid", "amount"):
        table.add_column(name, justify="right" if name in RIGHT else "left", no_wrap=True)
    for row in rows:
        table.add_row(*_cells(row))
    console = out()
    console.print()
    console.print(table)
    console.print(
        f"{summary['expenses']:,} expenses, {summary['pending']:,} waiting; decided after {_span(summary, 'decision')}"
        f" and paid after {_span(summary, 'reimbursement')} (medians);"
        f" {summary['declined_at_least_once']:,} declined at least once.\n",
        highlight=False,
        soft_wrap=True,
    )


def _cells(row: dict[str, Any]) -> list[Text | str]:
    submitted = row["submitted_at"]
    amount = "" if row["amount"] is None else f"{row['amount']:,.2f} {row['currency'] or ''}".rstrip()
    return [
        row["company_id"],
        row["expense_id"],
        Text(row["stage"], style=COLOURS.get(row["stage"], "")),
        submitted.strftime("%d %b %H:%M") if submitted else "",
        "" if row["seconds_to_decision"] is None else duration(row["seconds_to_decision"]),
        "" if row["seconds_to_reimbursement"] is None else duration(row["seconds_to_reimbursement"]),
        amount,
    ]


def _span(summary: dict[str, Any], what: str) -> str:
    seconds = summary[f"median_seconds_to_{what}"]
    return "an unknown time" if seconds is None else duration(seconds)


def _invocation(order: str) -> str:
    """Return the order as it can be typed here."""
    here = Path(".venv/bin/nacre")
    return order.replace("nacre ", f"{here} ", 1) if order.startswith("nacre ") and here.exists() else order


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say(number: str, name: str, text: str) -> None:
    out().print(
        f"[bold cyan]{number:>1}[/] [bold]{name:<11}[/]{text}" if number else text, highlight=False, soft_wrap=True
    )

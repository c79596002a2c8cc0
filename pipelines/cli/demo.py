"""`nacre demo`: simulated traffic, all the way to the approval timeline and the answers that people come for."""

import re
import time
from pathlib import Path

import click

from ingest.settings import Settings, load_settings, read_secrets
from ingest.simulator import Traffic
from ingest.simulator.sending import SendReport, send
from pipelines.cli.console import count_bar, duration, out, progress_bars, shown
from pipelines.cli.demo_answers import show_as_of, show_corrections, show_overdue, show_timeline
from pipelines.cli.demo_late import LateApproval, find_late, months_ends
from pipelines.home import Home
from pipelines.report import write_report
from pipelines.run_build import Outcome, build
from pipelines.services import endpoint, free_port, with_secret
from pipelines.supervisor import running, signals_as_interrupt, wait_until_ready

COMPANY = re.compile(rb'"company_id":"([^"]+)"')
NEXT = (
    ('nacre sql "from analytics.overdue_items order by due_on limit 10"', "what is stuck, since when, and with whom"),
    ("nacre sql", "every table and view there is to ask"),
    ("make dev", "endpoint, Dagster's graph and its schedules, and the report in a browser, until Ctrl-C"),
)


@click.command("demo")
@click.option("--events", type=click.IntRange(1), default=5000, show_default=True, help="How many distinct events.")
@click.option("--seed", default=7, show_default=True, help="The same seed again brings nothing but duplicates.")
def command(events: int, seed: int) -> None:
    """Carry simulated traffic all the way: endpoint, lake, Dagster, warehouse, approval timeline, report.

    Starts the real endpoint on a free port for as long as it takes. May be run again: what is known counts once. In the
    end one approval of weeks ago arrives, to show what it changes.

    \b
    Example:
      nacre demo
      NACRE_HOME=./try nacre demo --events 20000 --seed 1
    """
    started = time.monotonic()
    settings = load_settings()
    home = Home(settings.home)
    environment = with_secret(home, settings)
    url = f"http://127.0.0.1:{free_port()}"
    children = [endpoint(home, environment, "127.0.0.1", int(url.rpartition(":")[2]))]
    with signals_as_interrupt(), running(children) as processes:
        wait_until_ready(processes[0], processes, f"{url}/health/ready")
        _say("1", "Endpoint", f"POST /webhooks/oyster, lake in {_short(home.root / 'lake')}")
        _carry(home, _Sender(f"{url}/webhooks/oyster", _secret(home, settings, environment)), events, seed)
    written = write_report(home.published, home.report)
    _say("6", "Report", f"{_short(written.path)}: open it in a browser, it needs no network")
    _say("", "", f"\nAll of it took {duration(time.monotonic() - started)}. Three things to try:")
    for order, what in NEXT:
        out().print(f"  [bold cyan]{_invocation(order)}[/]\n      {what}", highlight=False, soft_wrap=True)


class _Sender:
    """Sends to the demo's endpoint, and remembers which companies it told of."""

    def __init__(self, url: str, secret: str) -> None:
        self.url, self.secret = url, secret
        self.companies: set[str] = set()

    def traffic(self, events: int, seed: int) -> SendReport:
        """Send a whole traffic."""
        with count_bar("deliveries", events) as advance:

            def answered(body: bytes, _status: int) -> None:
                self.companies.update(name.decode() for name in COMPANY.findall(body))
                advance(1)

            return send(self.url, self.secret, Traffic(events, seed), answered=answered)


def _carry(home: Home, sender: _Sender, events: int, seed: int) -> None:
    """Send, build and show; then the same with one late event."""
    report = sender.traffic(events, seed)
    per_second = report.deliveries / report.seconds if report.seconds else 0
    _say("2", "Deliveries", f"{report.accepted:,} answered 202, durable in the lake ({per_second:,.0f} a second)")
    _say("3", "Dagster", _built(_build(home)))
    _say("4", "Published", _short(home.published))
    show_timeline(home)
    show_overdue(home)
    late = find_late(home, sender.companies)
    if late is None:
        show_as_of(home, months_ends(home))
        return
    _deliver(home, sender, late)


def _deliver(home: Home, sender: _Sender, late: LateApproval) -> None:
    """Let the approval come, and show what was known before and why the numbers moved."""
    late.post(sender.url, sender.secret)
    outcome = _build(home)
    when = f"the approval of {late.expense_id} of {late.at:%d %b %Y} came only now, and was published"
    _say("5", "Late event", f"{when} in {duration(outcome.seconds)}")
    show_as_of(home, (late.month_before, late.month_end), known_at=late.known_at)
    show_corrections(home, late)


def _build(home: Home) -> Outcome:
    with progress_bars() as listener:
        outcome = build(home, listener)
    if outcome.failures:
        raise click.ClickException("; ".join(outcome.failures))
    return outcome


def _secret(home: Home, settings: Settings, environment: dict[str, str]) -> str:
    return read_secrets(home.secret)[0] if environment else settings.require_secrets()[0]


def _built(outcome: Outcome) -> str:
    if not outcome.built:
        return outcome.reason
    counts = outcome.counts
    return (
        f"{counts.get('events', 0):,} events, {counts.get('duplicates', 0):,} duplicates,"
        f" {outcome.tables} typed tables in {duration(outcome.seconds)}"
    )


def _invocation(order: str) -> str:
    """Return the order as it can be typed here."""
    here = Path(".venv/bin/nacre")
    return order.replace("nacre", str(here), 1) if order.startswith("nacre") and here.exists() else order


def _short(path: Path) -> str:
    here = Path.cwd()
    return str(path.relative_to(here)) if path.is_relative_to(here) else str(path)


def _say(number: str, name: str, text: str) -> None:
    heading = f"[bold cyan]{number:>1}[/] [bold]{name:<11}[/]" if number else ""
    out().print(heading, shown(text), sep="", highlight=False, soft_wrap=True)

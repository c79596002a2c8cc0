"""`nacre simulate`: simulated Oyster traffic, over HTTP or as a file."""

from dataclasses import asdict
from pathlib import Path

import click

from ingest.settings import Settings, load_settings, read_secrets
from ingest.simulator import Traffic, write_ndjson
from ingest.simulator.sending import SendReport, endpoint_url, send
from pipelines.cli.console import count_bar, duration, err, out, print_json, shown
from pipelines.cli.parameters import OutFile
from pipelines.home import Home


@click.command("simulate")
@click.option("--events", type=click.IntRange(0), default=1000, show_default=True, help="How many distinct events.")
@click.option("--seed", default=0, show_default=True, help="The same seed gives the same traffic.")
@click.option(
    "--out",
    "path",
    type=OutFile(),
    metavar="FILE",
    help="Write NDJSON to FILE (.gz compresses, - is stdout), send nothing.",
)
@click.option("--url", help="Endpoint to send to  [default: the one of NACRE_HOST and NACRE_PORT]")
@click.option("--rate", type=click.FloatRange(0, min_open=True), help="At most so many deliveries a second.")
@click.option("--concurrency", type=click.IntRange(1, 1024), default=32, show_default=True, help="Connections at once.")
@click.option("--json", "as_json", is_flag=True, help="Print the report as JSON.")
def command(
    *, events: int, seed: int, path: Path | None, url: str | None, rate: float | None, concurrency: int, as_json: bool
) -> None:
    """Send simulated Oyster traffic to a running endpoint, or write it to a file.

    Expenses with their approvals, time off, engagements, payroll; with duplicates, late and out-of-order deliveries,
    echoes and events that nobody knows. What is refused for good makes the exit status 1.

    \b
    Example:
      nacre simulate --events 5000 --seed 7
      nacre simulate --events 1000000 --out million.ndjson
    """
    if path is not None:
        _write(path, events, seed, as_json=as_json)
        return
    settings = load_settings()
    with count_bar("simulate", events, hidden=as_json) as advance:
        report = send(
            url or endpoint_url(settings),
            _secret(settings),
            Traffic(events, seed),
            rate=rate,
            concurrency=concurrency,
            answered=lambda _body, _status: advance(1),
        )
    _say(report, as_json=as_json)
    if report.refused:
        raise click.exceptions.Exit(1)


def _secret(settings: Settings) -> str:
    """Return the first secret that is set, or the one that `nacre dev` made up."""
    made_up = Home(settings.home).secret
    if not settings.secrets and not settings.secrets_file and made_up.exists():
        return read_secrets(made_up)[0]
    return settings.require_secrets()[0]


def _write(path: Path, events: int, seed: int, *, as_json: bool) -> None:
    with count_bar("simulate", events, hidden=as_json) as advance:
        report = write_ndjson(path, events, seed, progress=advance)
    if as_json:
        print_json(asdict(report))
    elif str(path) != "-":
        out().print(shown(f"{report.events:,} events in {report.deliveries:,} lines written to {path}."))
        out().print(shown(f"Next: nacre import {path}"))


def _say(report: SendReport, *, as_json: bool) -> None:
    if as_json:
        print_json({**asdict(report), "deliveries": report.deliveries})
        return
    per_second = report.deliveries / report.seconds if report.seconds else 0
    out().print(
        f"{report.accepted:,} deliveries accepted in {duration(report.seconds)} ({per_second:,.0f} a second).",
        highlight=False,
    )
    for status, count in report.refused.items():
        err().print(f"{count:,} refused with status {status}", highlight=False)
    out().print("Next: nacre build", highlight=False)

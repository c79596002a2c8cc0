"""`nacre dev`: endpoint, Dagster UI and schedules together."""

import threading
from contextlib import suppress
from typing import Any

import click

from ingest.settings import Settings, load_settings
from pipelines.cli.console import err, out, shown
from pipelines.home import Home
from pipelines.services import HOST, Place, alone, dagster, endpoint, ports, prepare_dagster, report_server, with_secret
from pipelines.supervisor import StopAsked, running, stop_signals, wait_until_ready, watch

PORT: dict[str, Any] = {"type": click.IntRange(0, 65535), "show_default": True}


@click.command("dev")
@click.option("--dagster-port", default=3000, envvar="NACRE_DAGSTER_PORT", help="Port of the UI.", **PORT)
@click.option("--report-port", default=8001, envvar="NACRE_REPORT_PORT", help="Port of the report.", **PORT)
def command(dagster_port: int, report_port: int) -> None:
    """Run endpoint, Dagster UI, schedules and report together until Ctrl-C.

    Where no secret is set, one is made up and kept in $NACRE_HOME/secret. Port 0 takes a free one.

    \b
    Example:
      nacre dev
      NACRE_PORT=9000 nacre dev --dagster-port 3001
    """
    settings = load_settings()
    home = Home(settings.home)
    with stop_signals() as stopping, alone(home), suppress(StopAsked):
        _run(settings, home, dagster_port, report_port, stopping)
    out().print("Stopped.")


def _run(settings: Settings, home: Home, dagster_port: int, report_port: int, stopping: threading.Event) -> None:
    places = [
        Place("The endpoint", settings.host, settings.port, "NACRE_PORT or NACRE_HOST"),
        Place("Dagster's UI", HOST, dagster_port, "--dagster-port"),
        Place("The report", HOST, report_port, "--report-port"),
    ]
    port, dagster_port, report_port = ports(places)
    environment = with_secret(home, settings)
    err().print("Starting …")
    prepare_dagster(home, stopping)
    report_url = f"http://127.0.0.1:{report_port}/"
    children = [
        endpoint(home, environment, settings.host, port),
        report_server(home, report_port),
        *dagster(home, dagster_port, report_url),
    ]
    with running(children) as started:
        receiving, showing, _, webserver, _ = started
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        base = f"http://{host}:{port}"
        wait_until_ready(receiving, started, f"{base}/health/live", stopping=stopping)
        _say("Webhooks", f"{base}/webhooks/oyster")
        _say("Secret", environment.get("NACRE_SECRETS_FILE", "as set"))
        wait_until_ready(webserver, started, f"http://127.0.0.1:{dagster_port}/server_info", stopping=stopping)
        _say("Dagster", f"http://127.0.0.1:{dagster_port}")
        wait_until_ready(showing, started, f"{report_url}health/live", stopping=stopping)
        _say("Report", f"{report_url} (written within a minute of the first publication)")
        _say("Logs", str(home.root / "logs"))
        out().print("Ctrl-C stops everything.")
        watch(started, stopping)


def _say(name: str, text: str) -> None:
    out().print(f"[bold]{name:<10}[/]", shown(text), sep="", highlight=False, soft_wrap=True)

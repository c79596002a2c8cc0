"""`nacre build`: bring everything new into the published warehouse."""

from dataclasses import asdict

import click

from pipelines.cli.console import duration, err, out, print_json, progress_bars, shown
from pipelines.home import home_from_environment
from pipelines.run_build import Outcome, build


@click.command("build")
@click.option("--no-wait", is_flag=True, help="Fail at once where another build is running, instead of waiting.")
@click.option("--json", "as_json", is_flag=True, help="Print the outcome as JSON.")
def command(no_wait: bool, as_json: bool) -> None:
    """Bring everything new from the lake into the published warehouse.

    Runs the same Dagster job as the schedule does. Where nothing is new it says so and publishes nothing.

    \b
    Example:
      nacre build
      nacre build --json --no-wait
    """
    with progress_bars(hidden=as_json) as listener:
        outcome = build(home_from_environment(), listener, wait=not no_wait, on_wait=_say_waiting)
    if as_json:
        print_json(asdict(outcome))
    else:
        _say(outcome)
    if outcome.failures:
        raise click.exceptions.Exit(1)


def _say_waiting(holder: str) -> None:
    err().print(shown(f"Another build is running ({holder}); waiting for it."))


def _say(outcome: Outcome) -> None:
    if not outcome.built:
        out().print(f"Nothing to build: {outcome.reason} ({duration(outcome.seconds)}).", highlight=False)
        return
    counts = ", ".join(f"{value:,} {name.replace('_', ' ')}" for name, value in outcome.counts.items() if value)
    if outcome.counts:
        out().print(f"Loaded {counts or 'nothing new'}.", highlight=False)
    state = "published" if outcome.published else "[bold red]not published[/]"
    out().print(f"{outcome.tables} tables built, {state} in {duration(outcome.seconds)}.", highlight=False)
    for sentence in outcome.failures:
        err().print("[bold red]Failed[/]", shown(sentence), highlight=False, soft_wrap=True)
    if outcome.failures:
        err().print("Next: mend the cause and run nacre build again; the lake holds everything.", highlight=False)

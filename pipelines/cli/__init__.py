"""The `nacre` command. Each command's module is imported only when it runs, so that help is instant."""

import importlib
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any

import click

COMMANDS = {
    "serve": ("serve", "Receive webhooks: answer 202 only for what is durable in the lake."),
    "build": ("build", "Bring everything new from the lake into the published warehouse."),
    "status": ("status", "Show lake, ledger, tables, freshness and quarantine at a glance."),
    "sql": ("sql", "Query the published warehouse, read-only."),
    "import": ("imports", "Take envelopes from NDJSON files into the lake."),
    "compact": ("compact", "Make few large segments of many small ones; every delivery stays as it is."),
    "verify": ("verify", "Prove that the warehouse says what the lake says; name what is wrong."),
    "rebuild": ("rebuild", "Make the whole warehouse anew from the lake, say what differs, publish it."),
    "trace": ("trace", "Show one event as it was received, and all that became of it."),
    "forget": ("forget", "Erase events for good, from every file of the home."),
    "report": ("report", "Write one HTML page about approvals, spend and completeness."),
    "quarantine": ("quarantine", "List, show and replay unusable deliveries."),
    "reconcile": ("reconcile", "Compare with Oyster's own list of expenses; name what is missing."),
    "publish": (
        "publish",
        "Write one company's warehouse, the views without personal data, or those that name people.",
    ),
    "catalogue": ("catalogue", "Draft what is declared of an event; say what a change of it touches."),
    "webhooks": ("webhooks", "List, register and delete endpoints with Oyster."),
    "simulate": ("simulate", "Send simulated Oyster traffic, or write it to a file."),
    "demo": ("demo", "Carry simulated traffic all the way to the approval timeline."),
    "dev": ("dev", "Run endpoint, Dagster UI and schedules together until Ctrl-C."),
}


class Lazy(click.Group):
    """A group whose commands are known by name and sentence, and imported on first use."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the commands in the order in which one meets them."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002 - click's
        """Import the one module that holds the command."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"pipelines.cli.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        importlib.import_module("pipelines.cli.parameters").take_text_only(command)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def make_context(self, *arguments: Any, **more: Any) -> click.Context:
        """Read the command line, and print the help that it asks for."""
        with _telling():
            return super().make_context(*arguments, **more)

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command."""
        with _telling():
            return super().invoke(ctx)


@contextmanager
def _telling() -> Iterator[None]:
    """What a user can mend is one sentence and exit 1, anything else is a bug and shows."""
    try:
        yield
    except (click.ClickException, click.exceptions.Exit, click.Abort):
        raise
    except Exception as error:
        from pipelines.cli.errors import mendable  # noqa: PLC0415 - help is instant

        if (sentence := mendable(error)) is None:
            raise
        raise click.ClickException(sentence) from error


@click.command(cls=Lazy, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(package_name="nacre", message="%(prog)s %(version)s")
def nacre() -> None:
    """Webhooks of the Oyster HR platform, kept for ever and served as a warehouse.

    \b
    First steps:
      nacre demo                     see the whole of it on simulated traffic
      NACRE_SECRETS=… nacre serve    receive webhooks at /webhooks/oyster
      nacre build                    bring them into the warehouse
      nacre sql "select * from analytics.expense_approval_timeline"
    """


def main() -> None:
    """Start the command line."""
    from pipelines.cli.streams import prepare_streams  # noqa: PLC0415 - who imports this module need not speak

    prepare_streams()
    try:
        nacre.main(prog_name="nacre")
    except SystemExit as ended:
        if isinstance(ended.code, int):
            _end(ended.code)
        raise


def _end(code: int) -> None:
    """Hand over what was printed; then, where Dagster was imported, end at once.

    To take apart all that it imported takes a second, when all is done and closed. Where the output is not taken,
    Python would say so in words of its own and change the status.
    """
    try:
        sys.stdout.flush()
    except BrokenPipeError:  # who read it has left
        os._exit(code)
    except OSError as error:
        if code == 0:
            click.echo(f"Error: the output was not taken: {error.strerror}. Give it another place.", err=True)
        os._exit(code or 1)
    if "dagster" in sys.modules:
        with suppress(BrokenPipeError):
            sys.stderr.flush()
        os._exit(code)

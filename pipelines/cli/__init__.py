"""The `nacre` command. Each command's module is imported only when it runs, so that help is instant."""

import errno
import importlib
import os
import sys
from contextlib import suppress
from typing import Any, NoReturn

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
REFUSALS = {
    *(errno.ENOENT, errno.ENOTDIR, errno.EISDIR, errno.EEXIST, errno.ENAMETOOLONG, errno.ELOOP),
    *(errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.EDQUOT, errno.EIO),
}
"""Why a file system refuses a place."""

LACKS = {
    "IOException": "Free space or repair the disk, then run this again",
    "OutOfMemoryException": "Give the machine more memory, or ask for less at once",
}
"""What DuckDB lacks, by the name of its error (the type itself is imported only by who needs it), and what to do."""

ROOMS = {"ingest", "warehouse", "pipelines"}


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
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:  # noqa: ARG002 - click's
        """List the commands without importing any of them."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, sentence) for name, (_, sentence) in COMMANDS.items()])

    def invoke(self, ctx: click.Context) -> Any:
        """Run the command; what a user can mend is one sentence and exit 1, anything else is a bug and shows."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            if (sentence := _mendable(error)) is None:
                raise
            raise click.ClickException(sentence) from error


def _mendable(error: Exception) -> str | None:
    """Say in a sentence what the user can mend; None for a bug."""
    module, _, _ = type(error).__module__.partition(".")
    if module in ROOMS or (isinstance(error, OSError) and error.errno is None):
        return str(error)
    if isinstance(error, OSError) and error.errno in REFUSALS:
        where = f"{os.fsdecode(error.filename)}: " if error.filename else ""
        return f"{where}{error.strerror}. Check the path, its permissions and the space on its disk."
    if module == "_duckdb" and type(error).__name__ in LACKS:
        return f"{str(error).splitlines()[0]}. {LACKS[type(error).__name__]}; what is published stays as it is."
    return None


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
    try:
        nacre.main(prog_name="nacre")
    except SystemExit as ended:
        if "dagster" in sys.modules and isinstance(ended.code, int):
            _end_at_once(ended.code)
        raise


def _end_at_once(code: int) -> NoReturn:
    """End without taking apart all that was imported: of Dagster that takes a second, when all is done and closed."""
    with suppress(BrokenPipeError):  # who read what was printed has left
        sys.stdout.flush()
        sys.stderr.flush()
    os._exit(code)

"""`nacre catalogue`: draft a declaration from what was observed; say what a changed one touches."""

import shutil
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

import click

from pipelines.cli.console import print_json, shown
from pipelines.cli.parameters import OutFile
from pipelines.home import home_from_environment
from pipelines.reading import published

if TYPE_CHECKING:
    from warehouse.catalogue import Catalogue

NOTHING = "Nothing in the published warehouse changes."


@click.group("catalogue")
def command() -> None:
    """Draft what the catalogue says of an event, and see what a change of it touches.

    \b
    Example:
      nacre catalogue propose invoices.invoice_issued --out invoices.yaml
      nacre catalogue diff invoices.yaml
    """


@command.command("propose")
@click.argument("event_name", metavar="EVENT")
@click.option("--out", "path", type=OutFile(), help="Write the draft to this new file.")
def propose(event_name: str, path: Path | None) -> None:
    """Draft a catalogue file for EVENT from what was observed: each leaf with its type, share and variety.

    \b
    Example:
      nacre catalogue propose invoices.invoice_issued --out invoices.yaml
    """
    from warehouse.catalogue.proposing import propose as draft_of  # noqa: PLC0415 - help needs no SQL parser

    with published(home_from_environment().published) as connection:
        draft = draft_of(connection, event_name)
    if path is None:
        click.echo(draft, nl=False)
        return
    try:
        with path.open("x", encoding="utf-8") as file:
            file.write(draft)
    except FileExistsError:
        message = f"{path} is there already; name a new file, then take over from it what is missing in the old one."
        raise click.ClickException(message) from None
    click.echo(f"Drafted {path}. Next: describe and classify its leaves, then run nacre catalogue diff {path}")


@command.command("diff")
@click.argument("file", type=click.Path(path_type=Path, exists=True, dir_okay=False))
@click.option("--json", "as_json", is_flag=True, help="Print the lines as a JSON array.")
def diff(file: Path, as_json: bool) -> None:
    """Say which columns, tables and views of the published warehouse FILE would change, before it is made.

    FILE takes the place of the catalogue's file of the same name, or comes beside the others. Mistakes are named by
    file and line.

    \b
    Example:
      nacre catalogue diff expenses.yaml
    """
    from warehouse.catalogue import load  # noqa: PLC0415 - help needs no YAML reader
    from warehouse.catalogue.proposing import touched  # noqa: PLC0415

    after = _with(file)
    with published(home_from_environment().published) as connection:
        lines = touched(connection, load(), after)
    if as_json:
        print_json(lines)
        return
    for line in lines:
        click.echo(shown(line).plain)
    click.echo(f"{len(lines):,} change{'s' if len(lines) > 1 else ''}." if lines else NOTHING)


def _with(file: Path) -> "Catalogue":
    """The catalogue with this file in it."""
    from warehouse import catalogue  # noqa: PLC0415

    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for family in catalogue.load().families:
            shutil.copy(family.file, folder / family.file.name)
        shutil.copy(file, folder / file.with_suffix(".yaml").name)
        return catalogue.load(folder)

"""`nacre publish`: one company's warehouse in a file of its own."""

import re
from dataclasses import asdict
from pathlib import Path

import click

from pipelines.cli.console import print_json, progress_bars, size
from pipelines.home import home_from_environment
from pipelines.reading import NothingPublished

PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


@click.command("publish")
@click.option("--company", "company_id", required=True, help="Oyster's id of the company.")
@click.option(
    "--out",
    "target",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write to this file; else company_ID.duckdb in NACRE_HOME.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(company_id: str, target: Path | None, as_json: bool) -> None:
    """Write what is published of one company into a DuckDB file of its own, for partners.

    It is made of that company's deliveries as if there were no others: the same tables and views, no row, column or
    count of anyone else. Quarantine stays behind, because unusable deliveries belong to nobody for sure. The file is
    replaced at one instant, and only its owner may read it (0600).

    \b
    Example:
      nacre publish --company ABC1234
      nacre publish --company ABC1234 --out partner.duckdb
    """
    home = home_from_environment()
    if target is None and not PLAIN.fullmatch(company_id):
        message = "this id would make an odd file name: name the file by --out"
        raise click.UsageError(message)
    target = (target or home.root / f"company_{company_id}.duckdb").absolute()
    if target in {home.published, home.build}:
        message = f"{target.name} is the whole warehouse: name another file by --out"
        raise click.UsageError(message)
    if not home.published.exists():
        raise NothingPublished(home.published)
    from warehouse.company import publish_company  # noqa: PLC0415 - a mistake is answered without DuckDB

    with progress_bars(hidden=as_json) as listener:
        made = publish_company(home.published, company_id, target, listener)
    if as_json:
        print_json(asdict(made))
    else:
        click.echo(f"Wrote {made.path}: {made.events:,} events, {made.tables:,} typed tables, {size(made.bytes)}.")

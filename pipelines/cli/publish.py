"""`nacre publish`: one company's warehouse, or one without personal data, or one that names people, in a file."""

import re
from dataclasses import asdict
from pathlib import Path
from typing import Any

import click

from pipelines.cli.console import print_json, progress_bars, size
from pipelines.cli.parameters import OutFile
from pipelines.home import Home, home_from_environment
from pipelines.reading import NothingPublished, published

SCHEMAS = {"analytics", "core", "ops"}
PLAIN = re.compile(r"[A-Za-z0-9_-]{1,64}")


@click.command("publish")
@click.option("--company", "company_id", help="Only what is of the company with this id.")
@click.option("--without-personal-data", "is_analytics", is_flag=True, help="Only the views of analytics.")
@click.option("--restricted", "is_restricted", is_flag=True, help="Everything, with people named in analytics.")
@click.option(
    "--out",
    "target",
    type=OutFile(),
    help="Write to this file; else company_ID.duckdb, with _views behind it, warehouse_views.duckdb or"
    " warehouse_restricted.duckdb, in NACRE_HOME.",
)
@click.option("--json", "as_json", is_flag=True, help="Print what was written as JSON.")
def command(
    company_id: str | None, is_analytics: bool, is_restricted: bool, target: Path | None, as_json: bool
) -> None:
    """Write a part of what is published into a DuckDB file of its own.

    A company's file is made of that company's deliveries as if there were no others: the same tables and views, no row,
    column or count of anyone else; quarantine stays behind, because unusable deliveries belong to nobody for sure. A
    file without personal data holds the views of analytics, no body and no typed table. The restricted file holds
    everything, and its views name people, with their addresses and what they wrote; NACRE_PUBLISH_RESTRICTED=true
    writes it with each build. The file is replaced at one instant, and only its owner may read it (0600).

    \b
    Example:
      nacre publish --company ABC1234 --out partner.duckdb
      nacre publish --without-personal-data
      nacre publish --restricted
    """
    home = home_from_environment()
    if is_restricted and (company_id is not None or is_analytics):
        message = "--restricted is of the whole, with everything: it goes with no other choice"
        raise click.UsageError(message)
    what = "restricted" if is_restricted else "views" if is_analytics else ""
    target = _target(home, company_id, target, what)
    if not home.published.exists():
        raise NothingPublished(home.published)
    if what != "views":
        _refuse_a_schema(target, _typed_schemas(home))
    made = _written(home, company_id, target, what, quiet=as_json)
    if as_json:
        print_json(made)
    else:
        tables = f", {made['tables']:,} typed tables" if "tables" in made else ""
        click.echo(f"Wrote {made['path']}: {made['events']:,} events{tables}, {size(made['bytes'])}.")


def _target(home: Home, company_id: str | None, target: Path | None, what: str) -> Path:
    """The file to write. Raises UsageError."""
    if company_id is None and not what:
        message = (
            "say what to publish: --company ID, --without-personal-data, or both, or --restricted;"
            " nacre build publishes the whole"
        )
        raise click.UsageError(message)
    if target is None and company_id is not None and not PLAIN.fullmatch(company_id):
        message = "this id would make an odd file name: name the file by --out"
        raise click.UsageError(message)
    name = f"company_{company_id}" if company_id else "warehouse"
    target = (target or home.root / f"{name}{what and '_'}{what}.duckdb").absolute()
    _refuse_a_schema(target, SCHEMAS)
    if target.resolve() in {home.published.resolve(), home.build.resolve()}:
        message = f"{target.name} is the whole warehouse: name another file by --out"
        raise click.UsageError(message)
    return target


def _refuse_a_schema(target: Path, schemas: set[str]) -> None:
    """A file must not be called as a schema in it. Raises UsageError."""
    if target.stem.lower() in schemas:
        message = f"DuckDB takes a file's name for its database's, and {target.stem} is a schema in it: choose another"
        raise click.UsageError(message)


def _typed_schemas(home: Home) -> set[str]:
    """The schemas of typed tables; those of one company are among them."""
    with published(home.published) as connection:
        return {name for (name,) in connection.execute("select distinct lower(schema_name) from ops.tables").fetchall()}


def _written(home: Home, company_id: str | None, target: Path, what: str, *, quiet: bool) -> dict[str, Any]:
    from warehouse.company import publish_company  # noqa: PLC0415 - a mistake is answered without DuckDB
    from warehouse.impersonal import publish_analytics  # noqa: PLC0415
    from warehouse.restricted import publish_restricted  # noqa: PLC0415

    if what == "restricted":
        return asdict(publish_restricted(home.published, target))
    if what == "views" or company_id is None:
        return asdict(publish_analytics(home.published, target, company_id))
    with progress_bars(hidden=quiet) as listener:
        return asdict(publish_company(home.published, company_id, target, listener))

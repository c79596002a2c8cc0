"""`nacre sql`: query the published warehouse."""

import sys
from pathlib import Path

import click
import duckdb

from pipelines.atomic import beside
from pipelines.cli.console import out
from pipelines.cli.errors import is_damage
from pipelines.cli.formats import as_csv, as_json, as_markdown, fetch, print_table, write_parquet
from pipelines.cli.parameters import OutFile
from pipelines.home import home_from_environment
from pipelines.reading import published
from pipelines.statements import statement

TEXTS = {"csv": as_csv, "json": as_json, "markdown": as_markdown}


@click.command("sql")
@click.argument("query", required=False)
@click.option(
    "--format",
    "shape",
    type=click.Choice(["table", "csv", "json", "parquet", "markdown"]),
    default="table",
    show_default=True,
    help="Shape of the result; csv is safe to open in a spreadsheet.",
)
@click.option("--json", "as_json_", is_flag=True, help="The same as --format json.")
@click.option("--out", type=OutFile(), help="Write to this file instead of the terminal.")
@click.option("--restricted", is_flag=True, help="Ask warehouse_restricted.duckdb, whose views name people.")
@click.option("--limit", type=click.IntRange(0), default=500, show_default=True, help="Rows shown by --format table.")
def command(query: str | None, shape: str, *, as_json_: bool, out: Path | None, restricted: bool, limit: int) -> None:
    """Query the published warehouse, read-only; QUERY may be - for stdin. Without QUERY: what there is to ask.

    Nothing outside the file can be read or written from SQL. What is longer than the terminal is paged (PAGER).

    \b
    Example:
      nacre sql "select stage, count(*) from analytics.expense_approval_timeline group by all"
      nacre sql "from analytics.pending_expenses" --format csv --out pending.csv
      nacre sql
    """
    shape = "json" if as_json_ else shape
    if shape == "parquet" and out is None:
        message = "--format parquet needs a file: add --out FILE"
        raise click.UsageError(message)
    text = _given() if query == "-" else query or statement("what_there_is")
    home = home_from_environment()
    if restricted and not home.restricted.exists():
        message = f"{home.restricted} is not there; nacre publish --restricted writes it"
        raise click.ClickException(message)
    with published(home.restricted if restricted else home.published) as connection:
        try:
            _answer(connection, text, shape, out, limit)
        except duckdb.Error as error:
            if is_damage(error):
                raise
            message = f"{error}\nNext: nacre sql lists what there is."
            raise click.ClickException(message) from error


def _given() -> str:
    """The query on standard input."""
    try:
        return sys.stdin.buffer.read().decode()
    except UnicodeDecodeError as error:
        message = f"the query is not UTF-8, from its byte {error.start} on"
        raise click.ClickException(message) from error


def _answer(connection: duckdb.DuckDBPyConnection, query: str, shape: str, path: Path | None, limit: int) -> None:
    if shape == "parquet" and path is not None:
        with beside(path) as temporary:
            write_parquet(connection, query, temporary)
        return
    result = fetch(connection, query)
    if shape == "table" and path is None:
        print_table(out(), result, limit)
        return
    text = TEXTS.get(shape, as_markdown)(result)
    if path is None:
        click.echo(text, nl=False)
    else:
        with beside(path) as temporary:
            temporary.write_text(text, encoding="utf-8")

"""`nacre sql`: query the published warehouse."""

import re
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import click
import duckdb

from pipelines.atomic import beside
from pipelines.cli.console import out
from pipelines.cli.errors import is_damage
from pipelines.cli.formats import as_csv, as_json, as_markdown, fetch, print_table, results, write_parquet
from pipelines.cli.parameters import OutFile
from pipelines.home import home_from_environment
from pipelines.reading import published
from pipelines.statements import statement

TEXTS = {"csv": as_csv, "json": as_json, "markdown": as_markdown}
COMMENT = re.compile(r"--[^\s=]*\s")


class Asking(click.Command):
    """Takes what begins with a comment as a query: `--` followed by a blank is no option."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Read the command line; a blank before a query changes nothing of it."""
        return super().parse_args(ctx, [f" {one}" if COMMENT.match(one) else one for one in args])


@click.command("sql", cls=Asking)
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

    Of several statements each result is shown, one after the other (Parquet takes one). Nothing outside the file can be
    read or written from SQL. What is longer than the terminal is paged (PAGER).

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
    """Hand out the result of each statement, one after the other."""
    relations = results(connection, query)
    if shape == "table" and path is None:
        for relation in relations:
            print_table(out(), fetch(relation), limit)
    elif path is None:
        for text in _texts(relations, shape):
            click.echo(text, nl=False)
    else:
        with beside(path) as temporary:
            if shape == "parquet":
                write_parquet(relations, temporary)
            else:
                temporary.write_text("".join(_texts(relations, shape)), encoding="utf-8")


def _texts(relations: Iterable[duckdb.DuckDBPyRelation], shape: str) -> Iterator[str]:
    """Each result as a text; tables in Markdown need a line between them, or they are one."""
    form, between = TEXTS.get(shape, as_markdown), "" if shape in {"csv", "json"} else "\n"
    for number, relation in enumerate(relations):
        yield (between if number else "") + form(fetch(relation))

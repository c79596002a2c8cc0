"""The shapes in which a result leaves `nacre sql`: a table for people, files and texts for programs."""

import csv
import io
import json
import math
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import count
from pathlib import Path
from typing import Any

import click
import duckdb
from rich.console import Console, Group
from rich.table import Table
from rich.text import Text

from pipelines.cli.console import shown

NUMBERS = ("TINYINT", "SMALLINT", "INTEGER", "BIGINT", "HUGEINT", "UBIGINT", "DECIMAL", "DOUBLE", "FLOAT", "UINTEGER")
FORMULA = ("=", "+", "-", "@", "\t", "\r")
SHORTEST = 8
ROWS = [duckdb.ExpectedResultType.QUERY_RESULT]
NO_ROWS = (["Count"], ["Success"])
"""The column of what is said of statements that have no rows to give, such as SET."""


@dataclass(frozen=True)
class Result:
    """A whole result: names, types and rows."""

    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


class NoResult(Exception):  # noqa: N818 - it names what is missing
    """A text in which no statement stands that gives rows."""

    def __init__(self) -> None:
        """Say so, and the next step."""
        super().__init__("the query gives no result: write a select; nacre sql lists what there is")


class SeveralResults(Exception):  # noqa: N818 - it names what is too many
    """A text of which more than one statement gives rows, where only one can be taken."""

    def __init__(self) -> None:
        """Say so, and the next step."""
        super().__init__(
            "a Parquet file holds one result, and more than one statement gives rows: ask for one at a time"
        )


def results(connection: duckdb.DuckDBPyConnection, query: str) -> Iterator[duckdb.DuckDBPyRelation]:
    """Run each statement of a text, and give what those that have rows give. Raises NoResult where none has."""
    given = False
    for statement in connection.extract_statements(query):
        relation = connection.sql(statement)
        if statement.expected_result_type == ROWS or relation.columns not in NO_ROWS:
            given = True
            yield relation
    if not given:
        raise NoResult


def fetch(relation: duckdb.DuckDBPyRelation) -> Result:
    """Return everything that a statement gives."""
    return Result(list(relation.columns), [str(one) for one in relation.types], relation.fetchall())


def as_table(result: Result, width: int, at_most: int) -> Table | Group:
    """Return a table for the terminal; where its columns do not fit, one block a row instead."""
    rows = result.rows[:at_most]
    if width < SHORTEST * len(result.names):
        return Group(*(_block(result, row) for row in rows))
    table = Table(header_style="bold", row_styles=["", "on grey11"] if len(rows) > 3 else None)
    for name, data_type in zip(result.names, result.types, strict=True):
        header = Text(name).append(f"\n{data_type.lower()}", style="dim not bold")
        table.add_column(header, justify="right" if data_type.startswith(NUMBERS) else "left", overflow="fold")
    for row in rows:
        table.add_row(*(Text("∅", style="dim") if value is None else shown(plain(value)) for value in row))
    return table


def print_table(console: Console, result: Result, at_most: int) -> None:
    """Print the table and how many rows there are; on a terminal that is too low for it, page by page."""
    with console.capture() as captured:
        console.print(as_table(result, console.width if console.is_terminal else 10_000, at_most), soft_wrap=False)
        rows = len(result.rows)
        more = f", the first {at_most:,} shown (--limit shows more, --format csv all)" if rows > at_most else ""
        console.print(f"{rows:,} row{'' if rows == 1 else 's'}{more}", style="dim", highlight=False)
    text = captured.get()
    if console.is_terminal and text.count("\n") >= console.height:
        click.echo_via_pager(text)
    else:
        click.echo(text, nl=False, color=console.is_terminal)


def as_csv(result: Result) -> str:
    """Return CSV; a text that a spreadsheet would run as a formula gets an apostrophe in front."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n")
    writer.writerow([_safe(name) for name in result.names])
    writer.writerows([_csv_cell(value) for value in row] for row in result.rows)
    return file.getvalue()


def as_json(result: Result) -> str:
    """Return a JSON array of objects; exact decimals are texts, because JSON readers round numbers.

    What JSON has no number for, such as nan, is a text too; a name that stands twice gets a number behind it.
    """
    names = _distinct(result.names)
    objects = [dict(zip(names, map(_json_value, row), strict=True)) for row in result.rows]
    return json.dumps(objects, ensure_ascii=False, indent=2, allow_nan=False) + "\n"


def as_markdown(result: Result) -> str:
    """Return a Markdown table, numbers aligned to the right."""
    rules = ["---:" if data_type.startswith(NUMBERS) else "---" for data_type in result.types]
    lines = [result.names, rules, *([_markdown_cell(value) for value in row] for row in result.rows)]
    return "".join("| " + " | ".join(line) + " |\n" for line in lines)


def write_parquet(relations: Iterable[duckdb.DuckDBPyRelation], path: Path) -> None:
    """Write the one result as a Parquet file, by Arrow: the connection may not touch files. Raises SeveralResults."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only this format needs it

    written = False
    for relation in relations:
        if written:
            raise SeveralResults
        table = relation.to_arrow_table()
        pq.write_table(table.rename_columns(_distinct(table.column_names)), path, compression="zstd")
        written = True


def _distinct(names: Sequence[str]) -> list[str]:
    """Names of which each stands once: of those that are repeated, the later ones get a number behind them."""
    found: dict[str, None] = {}
    for name in names:
        numbered = (f"{name}_{number}" for number in count(1))
        found[name if name not in found else next(one for one in numbered if one not in {*found, *names})] = None
    return list(found)


def plain(value: Any) -> str:
    """Return a value as text: times in ISO 8601, bytes as hexadecimal."""
    if isinstance(value, datetime):
        return value.isoformat(sep=" ").replace("+00:00", "Z")
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, dict | list):
        return json.dumps(_json_value(value), ensure_ascii=False, allow_nan=False)
    return str(value)


def _block(result: Result, row: Sequence[Any]) -> Table:
    table = Table(show_header=False, box=None, padding=(0, 2, 0, 0))
    for name, value in zip(result.names, row, strict=True):
        table.add_row(Text(name, style="bold"), Text("∅", style="dim") if value is None else shown(plain(value)))
    table.add_row("", "")
    return table


def _csv_cell(value: Any) -> Any:
    if value is None or isinstance(value, int | float | Decimal):
        return value
    return _safe(plain(value))


def _safe(text: str) -> str:
    return "'" + text if text.startswith(FORMULA) else text


def _markdown_cell(value: Any) -> str:
    return "" if value is None else plain(value).replace("|", "\\|").replace("\n", "<br>")


def _json_value(value: Any) -> Any:
    """A value of DuckDB as one that JSON has."""
    if value is None or isinstance(value, str | int) or (isinstance(value, float) and math.isfinite(value)):
        return value
    if isinstance(value, dict):
        return {key if isinstance(key, str) else plain(key): _json_value(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_json_value(one) for one in value]
    if isinstance(value, datetime | date):
        return value.isoformat().replace("+00:00", "Z")
    if isinstance(value, timedelta):
        return value.total_seconds()
    return plain(value)

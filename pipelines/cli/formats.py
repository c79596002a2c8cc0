"""The shapes in which a result leaves `nacre sql`: a table for people, files and texts for programs."""

import csv
import io
import json
import math
from collections.abc import Sequence
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


@dataclass(frozen=True)
class Result:
    """A whole result: names, types and rows."""

    names: list[str]
    types: list[str]
    rows: list[tuple[Any, ...]]


class NoResult(Exception):  # noqa: N818 - it names what is missing
    """A text in which no statement stands, or whose last one gives no rows."""

    def __init__(self) -> None:
        """Say so, and the next step."""
        super().__init__("the query gives no result: write a select; nacre sql lists what there is")


def fetch(connection: duckdb.DuckDBPyConnection, query: str) -> Result:
    """Return everything that a statement gives. Raises NoResult."""
    cursor = connection.execute(query)
    if cursor is None:  # DuckDB's types do not tell of it
        raise NoResult
    described = cursor.description or []
    return Result([str(column[0]) for column in described], [str(column[1]) for column in described], cursor.fetchall())


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


def write_parquet(connection: duckdb.DuckDBPyConnection, query: str, path: Path) -> None:
    """Write the result as a Parquet file, by Arrow: the connection itself may not touch files. Raises NoResult."""
    import pyarrow.parquet as pq  # noqa: PLC0415 - only this format needs it

    relation = connection.sql(query)
    if relation is None:
        raise NoResult
    table = relation.to_arrow_table()
    pq.write_table(table.rename_columns(_distinct(table.column_names)), path, compression="zstd")


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

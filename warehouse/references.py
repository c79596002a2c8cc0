"""What the operator knows and no event tells: holidays, and what a currency is worth. Two small CSV files."""

import csv
from collections.abc import Callable
from datetime import date
from decimal import Decimal, InvalidOperation
from io import StringIO
from pathlib import Path

import duckdb

from warehouse.transactions import transaction

Row = tuple[object, ...]

_FILES: dict[str, tuple[str, tuple[str, ...]]] = {
    "holidays.csv": ("core.holidays", ("country", "day", "name")),
    "rates.csv": ("core.rates", ("currency", "base", "day", "rate")),
}
TABLES = {name: table for name, (table, _) in _FILES.items()}
"""The table that each file is brought into."""

_KEY = 3
"""The first columns of both files, which say what a line tells of."""


class ReferenceFileError(Exception):
    """A line of a reference file cannot be used."""

    def __init__(self, file: Path, line: int, problem: str) -> None:
        super().__init__(f"{file.name}, line {line}: {problem}")
        self.file = file
        self.line = line
        self.problem = problem


def take(con: duckdb.DuckDBPyConnection, folder: Path) -> list[str]:
    """Bring core.holidays and core.rates to what the files in the folder say; the names of those that changed.

    `holidays.csv` has the columns country, day, name, where an empty country means everywhere; `rates.csv` has
    currency, base, day, rate. A file that is not there is an empty one. Raises ReferenceFileError with file and line.
    """
    changed = differing(con, folder)
    for name, wanted in changed.items():
        table, columns = _FILES[name]
        with transaction(con):
            con.execute("delete from " + table)
            places = ", ".join("?" for _ in columns)
            if wanted:
                con.executemany("insert into " + table + " values (" + places + ")", wanted)
    return list(changed)


def differing(con: duckdb.DuckDBPyConnection, folder: Path) -> dict[str, list[Row]]:
    """The files in the folder that say something else than their tables, with their rows. Raises ReferenceFileError."""
    rows = {name: _read(folder / name, columns) for name, (_, columns) in _FILES.items()}
    return {name: wanted for name, wanted in rows.items() if not _says(con, TABLES[name], wanted)}


def _says(con: duckdb.DuckDBPyConnection, table: str, wanted: list[Row]) -> bool:
    return sorted(con.execute("from " + table).fetchall(), key=repr) == sorted(wanted, key=repr)


def _read(file: Path, columns: tuple[str, ...]) -> list[Row]:
    """The rows of one file, each once."""
    if not file.exists():
        return []
    reader = csv.DictReader(StringIO(_content(file), newline=""))
    try:
        if tuple(reader.fieldnames or ()) != columns:
            raise ReferenceFileError(file, 1, f"the columns must be {', '.join(columns)}")
        rows: dict[Row, Row] = {}
        for row in reader:
            values = tuple(_value(file, reader.line_num, row, column) for column in columns)
            if rows.setdefault(values[:_KEY], values) != values:
                raise ReferenceFileError(file, reader.line_num, "a line before says otherwise")
    except csv.Error as error:
        raise ReferenceFileError(file, reader.reader.line_num, str(error)) from error
    return list(rows.values())


def _content(file: Path) -> str:
    """The text of a file."""
    content = file.read_bytes()
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ReferenceFileError(file, content.count(b"\n", 0, error.start) + 1, "this is not UTF-8") from error


def _value(file: Path, line: int, row: dict[str, str | None], column: str) -> object:
    """One cell as what its column holds."""
    cell = (row[column] or "").strip()
    if not cell and column == "country":
        return None
    read: Callable[[str], object] = {"day": date.fromisoformat, "rate": _rate}.get(column, _text)
    try:
        return read(cell)
    except (ValueError, InvalidOperation) as error:
        raise ReferenceFileError(file, line, f"`{cell}` is no {column}") from error


def _text(cell: str) -> str:
    """A text that is not empty."""
    if not cell:
        raise ValueError
    return cell


def _rate(cell: str) -> Decimal:
    """A rate above zero with at most nine decimals."""
    rate = Decimal(cell)
    if not 0 < rate < 10**9 or rate != round(rate, 9):
        raise ValueError
    return round(rate, 9)

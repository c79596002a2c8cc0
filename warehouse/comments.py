"""What tables, views and their columns mean, said where every tool that lists the database shows it."""

from collections.abc import Iterable, Mapping
from functools import cache
from itertools import groupby
from operator import itemgetter
from typing import TypeAlias

import duckdb
import yaml

from warehouse.catalogue import Declared, declared, load
from warehouse.catalogue.reading import LOADER
from warehouse.objects import SQL
from warehouse.quoting import literal, quote
from warehouse.statements import statement

Place: TypeAlias = tuple[str, str, str | None]
"""Schema, table, and a column of it; None for the table itself."""


def column_comments(view: str, columns: Iterable[str]) -> dict[str, str]:
    """The meaning of each column of a view: one word, one meaning, in `sql/columns.yaml`.

    `view.column` in that file overrules `column`.
    """
    known = _meanings()
    return {column: known.get(f"{view}.{column}") or known[column] for column in columns}


def describe_event(con: duckdb.DuckDBPyConnection, event_name: str) -> None:
    """Say on the tables of this event and their columns what the catalogue says; nothing for an unknown event."""
    _say(con, {place: words for place, words in typed_comments(con, event_name).items() if words is not None})


def describe_again(con: duckdb.DuckDBPyConnection) -> None:
    """Say it on those typed tables where something else is said: the catalogue has changed since."""
    said = {(*place, column): words for *place, column, words in con.execute(statement("comments/said")).fetchall()}
    wanted = typed_comments(con)
    _say(con, {place: wanted[place] for place, words in said.items() if words != wanted.get(place, words)})


def typed_comments(con: duckdb.DuckDBPyConnection, event_name: str | None = None) -> dict[Place, str | None]:
    """What is to be said of the tables of one event_name, or of all, and of each of their columns."""
    comments: dict[Place, str | None] = {}
    found = con.execute(statement("comments/columns_of"), {"event_name": event_name}).fetchall()
    for name, columns in groupby(found, key=itemgetter(0)):
        family = load().family_of(name)
        known = {path: _words(field) for path, field in declared(name).items()} if family else {}
        for _, schema, table, column, json_path in columns:
            comments[schema, table, None] = f"{name}: {family.description}" if family else None
            comments[schema, table, column] = known.get(json_path)
    return comments


def _say(con: duckdb.DuckDBPyConnection, comments: Mapping[Place, str | None]) -> None:
    """Write comments, or take them away."""
    con.execute("; ".join(_comment(*place, words) for place, words in comments.items()))


def _comment(schema: str, table: str, column: str | None, words: str | None) -> str:
    target = f"{quote(schema)}.{quote(table)}"
    what = f"table {target}" if column is None else f"column {target}.{quote(column)}"
    return f"comment on {what} is {'null' if words is None else literal(words)}"


def _words(field: Declared) -> str:
    """A column's description, unit and personal-data class."""
    unit = f" Unit: {field.unit}." if field.unit else ""
    return f"{field.description}{unit} Personal data: {field.personal}."


@cache
def _meanings() -> dict[str, str]:
    """The meanings of the columns of all views."""
    read: dict[str, str] = yaml.load((SQL / "columns.yaml").read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 # a safe one
    return {column: " ".join(text.split()) for column, text in read.items()}

"""What tables, views and their columns mean, said where every tool that lists the database shows it."""

from collections.abc import Iterable
from functools import cache

import duckdb
import yaml

from warehouse.catalogue import Declared, declared, load
from warehouse.catalogue.reading import LOADER
from warehouse.objects import SQL
from warehouse.quoting import literal, quote
from warehouse.statements import statement


def column_comments(view: str, columns: Iterable[str]) -> dict[str, str]:
    """The meaning of each column of a view: one word, one meaning, in `sql/columns.yaml`.

    `view.column` in that file overrules `column`.
    """
    known = _meanings()
    return {column: known.get(f"{view}.{column}") or known[column] for column in columns}


def describe_event(con: duckdb.DuckDBPyConnection, event_name: str) -> None:
    """Say on the tables of this event and their columns what the catalogue says; nothing for an unknown event."""
    family = load().family_of(event_name)
    if family is None:
        return
    known = declared(event_name)
    comments: dict[str, str] = {}
    for schema, table, column, json_path in con.execute(
        statement("comments/columns_of"), {"event_name": event_name}
    ).fetchall():
        name = f"{quote(schema)}.{quote(table)}"
        comments["table " + name] = f"{event_name}: {family.description}"
        if json_path in known:
            comments[f"column {name}.{quote(column)}"] = _words(known[json_path])
    con.execute("; ".join(f"comment on {what} is {literal(words)}" for what, words in comments.items()))


def _words(field: Declared) -> str:
    """A column's description, unit and personal-data class."""
    unit = f" Unit: {field.unit}." if field.unit else ""
    return f"{field.description}{unit} Personal data: {field.personal}."


@cache
def _meanings() -> dict[str, str]:
    """The meanings of the columns of all views."""
    read: dict[str, str] = yaml.load((SQL / "columns.yaml").read_text(encoding="utf-8"), Loader=LOADER)  # noqa: S506 # a safe one
    return {column: " ".join(text.split()) for column, text in read.items()}

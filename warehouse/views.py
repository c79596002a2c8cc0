"""The objects of `sql/` in the build file: each behind what it depends on, made anew only where its text changed."""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.comments import column_comments
from warehouse.memory import give_back
from warehouse.objects import SQL, SqlObject, objects
from warehouse.quoting import literal, quote
from warehouse.transactions import transaction

__all__ = ["SqlObject", "ViewReport", "objects", "refresh"]

_LEDGER = "create table if not exists ops.objects (full_name varchar, kind varchar, fingerprint varchar)"


@dataclass(frozen=True, slots=True)
class ViewReport:
    """One object, and whether it was made anew."""

    schema_name: str
    name: str
    kind: str
    changed: bool


def refresh(con: duckdb.DuckDBPyConnection, folder: Path = SQL, *, without: Collection[str] = ()) -> list[ViewReport]:
    """Make every object whose text changed since the last time, and drop those no file makes any more.

    All in one transaction; where nothing changed, nothing is written. Objects in `without` are tables here: left alone.
    """
    give_back(con)
    con.execute(_LEDGER)
    made = {name: (kind, mark) for name, kind, mark in con.execute("from ops.objects").fetchall()}
    wanted = {one.full_name: one for one in objects(folder) if one.full_name not in without}
    marks = {name: (one.kind, _fingerprint(one)) for name, one in wanted.items()}
    changed = [name for name in wanted if made.get(name) != marks[name]]
    stale = [name for name in made if name in changed or name not in wanted]
    if changed or stale:
        with transaction(con):
            for name in stale:
                _forget(con, name, made[name][0], kept=name in wanted and wanted[name].kind == made[name][0])
            for name in changed:
                _make(con, wanted[name], marks[name])
    return [ViewReport(one.schema_name, one.name, one.kind, name in changed) for name, one in wanted.items()]


def overlay(con: duckdb.DuckDBPyConnection, folder: Path) -> None:
    """Make every object of a folder, also in the place of another view of its name; those of `core` become tables."""
    for one in objects(folder):
        if one.schema_name == "core":
            con.execute("create or replace table core." + quote(one.name) + " as\n" + one.query)
            continue
        for statement in (one.statement, *_comments(one)):
            con.execute(statement)


def _make(con: duckdb.DuckDBPyConnection, one: SqlObject, mark: tuple[str, str]) -> None:
    """Make one object, describe it, and note its fingerprint."""
    for statement in ("create schema if not exists " + quote(one.schema_name), one.statement, *_comments(one)):
        con.execute(statement)
    con.execute("insert into ops.objects values (?, ?, ?)", [one.full_name, *mark])


def _forget(con: duckdb.DuckDBPyConnection, name: str, kind: str, *, kept: bool) -> None:
    """Forget an object's fingerprint; drop the object too unless one of its kind takes its place."""
    if not kept:
        quoted = ".".join(quote(part) for part in name.split("."))
        con.execute(("drop view if exists " if kind == "view" else "drop macro table if exists ") + quoted)
    con.execute("delete from ops.objects where full_name = ?", [name])


def _comments(one: SqlObject) -> list[str]:
    """The statements that describe the object and its columns to whoever lists the database."""
    name = f"{quote(one.schema_name)}.{quote(one.name)}"
    words = literal(one.words)
    if one.kind == "macro":
        return [f"comment on macro table {name} is {words}"]
    columns = column_comments(one.name, one.columns)
    return [f"comment on view {name} is {words}"] + [
        f"comment on column {name}.{quote(column)} is {literal(text)}" for column, text in columns.items()
    ]


def _fingerprint(one: SqlObject) -> str:
    """A text that changes with what the object is and what is said of it."""
    return hashlib.sha256("\n;\n".join([one.statement, *_comments(one)]).encode()).hexdigest()[:16]

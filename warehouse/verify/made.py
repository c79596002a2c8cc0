"""Are the warehouse's own tables, views and macros what nacre makes, and is nothing else in the file?

What nacre makes is made once more, in an empty file of its own: from there DuckDB tells it in the same words.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb

from warehouse.build import BUILD_FORMAT, open_build
from warehouse.catalogue import load
from warehouse.comments import Place, typed_comments
from warehouse.erasure import record
from warehouse.processes import declared
from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport, reading
from warehouse.views import refresh

SINCE_ERASURES = "ops.erasures"
"""The one table that a file may lack: a build that never met erasures did not make it."""

OBJECTS = "ops.objects"

_EXCLUDED = re.compile(r"EXCLUDE \(([^()]*)\)")
"""Names that DuckDB keeps as a set: each time it writes a view, it may tell them in another order."""


@dataclass(frozen=True, slots=True)
class Made:
    """The tables of a file with their columns, each with its type, and the SQL of its views and macros, by kind.

    `words` are the comments, by table and column; `objects` the rows of ops.objects, where that is there.
    """

    tables: dict[str, dict[str, str]]
    texts: dict[str, tuple[str, str]]
    words: dict[tuple[str, str | None], str]
    objects: list[tuple[str, ...]]


def check_made(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> bool:
    """Compare what is in the file with what nacre makes; False where its own tables can tell nothing."""
    found, wanted = made_in(con), _wanted()
    before = report.wrong
    for name, columns in wanted.tables.items():
        if name in found.tables or name != SINCE_ERASURES:
            _check_table(name, columns, found.tables.get(name), report)
    if report.wrong > before:
        return False
    typed = {name for (name,) in con.execute(statement("verify/known_tables")).fetchall()}
    for name in sorted(found.tables.keys() - wanted.tables.keys() - typed):
        report.add(Finding("objects", "ops.tables does not know this table", table=name))
    for row in con.execute(statement("verify/strangers")).fetchall():
        report.add(Finding("objects", row[0], None, None, *row[1:]))
    if _of_this_version(con, report):
        _check_texts(found, wanted, report)
        _check_words(found, wanted, typed_comments(con), report)
    _check_declared(con, report)
    return True


@cache
def _wanted() -> Made:
    """What nacre makes in an empty file."""
    with TemporaryDirectory() as folder:
        path = Path(folder) / "build.duckdb"
        with open_build(path) as con:
            refresh(con)
            record(con, [])
        with duckdb.connect(str(path), read_only=True) as con:
            return made_in(con)


def made_in(con: duckdb.DuckDBPyConnection) -> Made:
    """What is in a file, which `con` must not have written: what a connection has just made, it tells otherwise."""
    tables: dict[str, dict[str, str]] = {}
    for name, column, described in con.execute(statement("verify/made_columns")).fetchall():
        tables.setdefault(name, {})[column] = described
    told = con.execute(statement("verify/made_texts")).fetchall()
    texts = {name: (kind, _EXCLUDED.sub(_in_order, text)) for name, kind, text in told}
    words = {(name, column): text for name, column, text in con.execute(statement("verify/made_words")).fetchall()}
    objects = con.execute("from ops.objects order by all").fetchall() if OBJECTS in tables else []
    return Made(tables, texts, words, objects)


def _in_order(names: re.Match[str]) -> str:
    return f"EXCLUDE ({', '.join(sorted(names[1].split(', ')))})"


def _check_table(name: str, wanted: dict[str, str], found: dict[str, str] | None, report: VerifyReport) -> None:
    if found is None:
        report.add(Finding("objects", "is not there", table=name))
        return
    for column, what in _differences(wanted, found):
        report.add(Finding("objects", what, table=name, column=column))


def _differences(wanted: dict[str, str], found: dict[str, str]) -> Iterator[tuple[str | None, str]]:
    for column in sorted(wanted.keys() | found.keys()):
        told, there = wanted.get(column), found.get(column)
        if there is None:
            yield column, "is not there"
        elif told is None:
            yield column, "nacre makes no such column"
        elif told != there:
            yield column, f"is {there}, nacre makes it {told}"
    if wanted.keys() == found.keys() and list(wanted) != list(found):
        yield None, "its columns stand in another order than nacre makes them"


def _of_this_version(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> bool:
    """Whether this DuckDB and this nacre wrote the file; others may say the same in other words."""
    writers = con.execute("select duckdb_version, build_format from core.written_by").fetchall()
    if writers == [(duckdb.__version__, BUILD_FORMAT)]:
        return True
    report.add(Finding("objects", "was written by another version: the next build makes it anew", table="core"))
    return False


def _check_texts(found: Made, wanted: Made, report: VerifyReport) -> None:
    for name, (kind, text) in wanted.texts.items():
        if name not in found.texts:
            report.add(Finding("objects", f"the {kind} is not there", table=name))
        elif found.texts[name] != (kind, text):
            report.add(Finding("objects", f"is not the {kind} that nacre makes", table=name))
    for name in sorted(found.texts.keys() - wanted.texts.keys()):
        report.add(Finding("objects", f"nacre makes no such {found.texts[name][0]}", table=name))


def _check_words(found: Made, wanted: Made, typed: Mapping[Place, str | None], report: VerifyReport) -> None:
    """The comments, and the ledger by which a build knows which views it has to make."""
    words = wanted.words | {
        (f"{schema_name}.{table_name}", column): text
        for (schema_name, table_name, column), text in typed.items()
        if text is not None
    }
    for name, column in sorted(found.words.keys() | words.keys(), key=repr):
        is_there = name in found.tables and (column is None or column in found.tables[name])
        is_as_made = is_there or (name in wanted.texts and found.texts.get(name) == wanted.texts[name])
        if is_as_made and found.words.get((name, column)) != words.get((name, column)):
            report.add(Finding("objects", "does not have the comment that nacre gives it", None, None, name, column))
    if found.objects != wanted.objects:
        report.add(Finding("objects", "does not say which views and macros nacre makes", table=OBJECTS))


def _check_declared(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> None:
    """The tables of stages and rules say what the catalogue says."""
    for table, rows in declared(load()).items():
        with reading(report, table):
            if sorted(con.execute("from " + table).fetchall(), key=repr) != sorted(rows, key=repr):
                report.add(Finding("objects", "does not say what the catalogue says", table=table))

"""The page that describes every view and declared event, made from what it describes, so that it cannot drift."""

import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import duckdb

from warehouse import processes
from warehouse.build import create_objects
from warehouse.catalogue import Family, load
from warehouse.comments import column_comments
from warehouse.objects import SqlObject
from warehouse.restricted import VIEWS as RESTRICTED
from warehouse.views import objects, overlay, refresh

_INTRODUCTION = """\
# Tables and views

Generated from the catalogue (`warehouse/catalogue/`), the views (`warehouse/sql/`) and what their columns mean
(`warehouse/sql/columns.yaml`) by `python -m warehouse.documentation docs/tables.md`; a test fails when this page and
they differ.

## Views for people
"""
_RESTRICTED = """\
## Views that name people

In `warehouse_restricted.duckdb` (`nacre publish --restricted`) these take the place of the views of the same name.
"""
_EVENTS = """\
## Declared events

Each event_name has a table of its own, with one column for each leaf of its data; these are the leaves that are
known, in the namespaces of their family. What is not here is typed by observation; what is not classified counts as
personal.
"""


def tables_page() -> str:
    """The whole page."""
    with duckdb.connect() as con:
        con.execute("set timezone = 'UTC'")
        create_objects(con)
        processes.advance(con)
        refresh(con)
        views = [line for one in _by_name(objects()) for line in _object(con, one)]
        overlay(con, RESTRICTED)
        naming = [line for one in _by_name(objects(RESTRICTED)) for line in _object(con, one)]
    families = [line for family in load().families for line in _family(family)]
    return "\n".join([_INTRODUCTION, *views, _RESTRICTED, *naming, _EVENTS, *families]).rstrip() + "\n"


def main() -> None:
    """Write the page to the file that is named."""
    (page,) = sys.argv[1:]
    Path(page).write_text(tables_page(), encoding="utf-8")


def _by_name(made: Iterable[SqlObject]) -> list[SqlObject]:
    """The objects of `analytics`, by name."""
    return sorted((one for one in made if one.schema_name == "analytics"), key=lambda one: one.name)


def _object(con: duckdb.DuckDBPyConnection, one: SqlObject) -> Iterator[str]:
    """One view or table macro: what a row is, and each column."""
    yield f"### {one.full_name}{one.parameters or ''}\n"
    yield f"One row: {one.grain.removeprefix('one row per ')}. Key: `{one.key}`.\n"
    if one.description:
        yield f"{one.description}\n"
    if one.kind == "macro":
        yield f"Columns: {', '.join(f'`{column}`' for column in one.columns)}.\n"
        return
    types = {name: kind for name, kind, *_ in con.execute("describe from " + one.full_name).fetchall()}
    meanings = column_comments(one.name, one.columns)
    yield from _table(("column", "type", "meaning"), ((name, types[name], meanings[name]) for name in one.columns))


def _family(family: Family) -> Iterator[str]:
    """One family of events: its fields, and the process they are part of."""
    yield f"### {family.name}\n"
    yield f"{family.description} Namespaces: {', '.join(f'`{name}`' for name in family.namespaces)}.\n"
    if family.process is not None:
        stages = ", ".join(f"{stage} ({', '.join(verbs)})" for stage, verbs in family.process.stages.items())
        yield f"Stages of the process `{family.process.name}`, by the verb at the end of the name: {stages}.\n"
    rows = (
        (path, field.type or "observed", field.unit or "", field.personal, field.description)
        for path, field in family.fields.items()
    )
    yield from _table(("leaf of data", "type", "unit", "personal data", "meaning"), rows)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> Iterator[str]:
    """One table of the page."""
    yield f"| {' | '.join(head)} |"
    yield f"|{'---|' * len(head)}"
    for name, *rest in rows:
        yield f"| `{name}` | {' | '.join(cell.replace('|', chr(92) + '|') for cell in rest)} |"
    yield ""


if __name__ == "__main__":
    main()

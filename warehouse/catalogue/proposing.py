"""Draft a catalogue file from what was observed, and tell what a changed catalogue touches before it is used."""

import re
from collections.abc import Iterator

import duckdb

from warehouse.objects import objects
from warehouse.quoting import quote
from warehouse.statements import statement

from .model import TYPES, Catalogue, Declared, Family
from .normalize import normalized

_STEP = re.compile(r"\['((?:[^'\\]|\\.)*)'\](\[\*\])?")
_PLAIN = re.compile(r"[^.\[\]\\'\s:#{}&*!|>%@`\",]+")


class NothingObservedError(Exception):
    """No event of this name has been loaded."""

    def __init__(self, event_name: str) -> None:
        super().__init__(f"No table of {event_name} is in the warehouse: nothing to propose from. Build first.")
        self.event_name = event_name


def propose(con: duckdb.DuckDBPyConnection, event_name: str) -> str:
    """The draft of a file that declares this event: every leaf with its type, how often it is there, how varied it is.

    What a person must say is left to say; nothing is classified, so all of it counts as personal until then.
    """
    columns = con.execute(statement("comments/observed_columns"), {"event_name": event_name}).fetchall()
    if not columns:
        raise NothingObservedError(event_name)
    namespace = event_name.partition(".")[0]
    head = [
        f"# Drafted from what was observed of {event_name}. Say what each leaf is, and classify it: none, personal or",
        "# special; what is not classified counts as personal.",
        f"family: {namespace}",
        "description: To be described.",
        f"namespaces: [{namespace}]",
        "roots: [$]",
        "fields:",
    ]
    return "\n".join([*head, *(line for column in columns for line in _field(con, column))]) + "\n"


def touched(con: duckdb.DuckDBPyConnection, before: Catalogue, after: Catalogue) -> list[str]:
    """One line for each column, table or view that changes when the catalogue does."""
    lines: list[str] = []
    for event_name, schema, table in con.execute(
        "select event_name, schema_name, table_name from ops.tables where json_path = '$' order by all"
    ).fetchall():
        old, new = _leaves(before.family_of(event_name)), _leaves(after.family_of(event_name))
        lines += [
            f"{schema}.{table} {path}: {_said(old.get(path))} → {_said(new.get(path))}"
            for path in sorted(old.keys() | new.keys())
            if old.get(path) != new.get(path)
        ]
    if {f.name: (f.namespaces, p) for f, p in before.processes} != {
        f.name: (f.namespaces, p) for f, p in after.processes
    }:
        lines += ["core.process_events: made anew from all events", *(f"{name}: follows" for name in _followers())]
    return lines


def _field(con: duckdb.DuckDBPyConnection, column: tuple[str, str, str, str, str]) -> Iterator[str]:
    """One leaf; one whose keys cannot be written with dots is named in a comment."""
    schema, table, name, json_path, data_type = column
    keys = _STEP.findall(json_path)
    if not all(_PLAIN.fullmatch(key) for key, _ in keys):
        yield f"  # {json_path!r} cannot be declared: a key with such characters has no dotted path"
        return
    counted = f"select count(*), count({quote(name)}), approx_count_distinct({quote(name)})"
    ((rows, present, distinct),) = con.execute(counted + f" from {quote(schema)}.{quote(table)}").fetchall()
    share = 100 * present // rows if rows else 0
    yield "  " + ".".join(key + array for key, array in keys) + ":"
    yield f"    # {data_type}, in {share}% of {rows} rows, about {distinct} different values"
    if data_type in TYPES and data_type in {"DATE", "TIMESTAMPTZ", "DECIMAL(38,9)"}:
        yield f"    type: {data_type}"
    yield "    description: To be described."


def _leaves(family: Family | None) -> dict[str, Declared]:
    """What a family declares, by normalized path."""
    if family is None:
        return {}
    return {normalized(root, path): field for path, field in family.fields.items() for root in family.roots}


def _said(field: Declared | None) -> str:
    """A declaration in short."""
    if field is None:
        return "not declared"
    return f"{field.type or 'observed'}, {field.personal}, {field.description}"


def _followers() -> list[str]:
    """The objects that read core.process_events, directly or through others."""
    found = {"core.process_events"}
    for one in objects():
        if found & set(one.depends_on):
            found.add(one.full_name)
    return sorted(found - {"core.process_events"})

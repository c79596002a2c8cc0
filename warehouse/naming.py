"""Which schema and table each event_name is given: a pure function of the events, the same for any order of loads."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection

import duckdb

from warehouse import facts
from warehouse.filling import fill
from warehouse.flatten.children import name_children
from warehouse.flatten.store import drop_tables
from warehouse.quoting import quote
from warehouse.schema.names import Names, folded, table_wish
from warehouse.statements import statement


def assign_names(con: duckdb.DuckDBPyConnection, load_no: int) -> list[str]:
    """Name the tables of the event_names that a load brought; where names meet, the later first event gives way.

    Tables whose name has changed by this are dropped and made again by the next flatten; those of event_names whose
    last event gave way to another are dropped for good. Returns the event_names.
    """
    arrived = con.execute(statement("load/first_seen"), {"load_no": load_no}).fetchall()
    held = con.execute("select event_name, first_received_at, first_event_id, schema_name, table_name from core.names")
    known = {name: (first, table) for name, *rest in held.fetchall() for first, table in [(rest[:2], rest[2:])]}
    firsts = {name: tuple(first) for name, (first, _) in known.items()}
    for name, received_at, event_id in con.execute(statement("load/first_left"), {"load_no": load_no}).fetchall():
        if event_id is None:
            _reset(con, name)
            del firsts[name]
        else:
            firsts[name] = (int(received_at), event_id)
    for name, received_at, event_id in arrived:
        first = (int(received_at), event_id)
        firsts[name] = min(first, firsts.get(name, first))
    given = _given(firsts)
    named = {name: table for name, table in given.items() if name not in known or tuple(known[name][1]) != table}
    for name in named.keys() & known.keys():
        _reset(con, name)
    _create_schemas(con, {schema_name for schema_name, _ in named.values()})
    fill(con, "ops.tables", [(name, *table, "$", 0) for name, table in named.items()])
    if firsts != {name: tuple(first) for name, (first, _) in known.items()}:
        con.execute("delete from core.names")
        fill(con, "core.names", [(name, *firsts[name], *given[name]) for name in given])
        for (schema_name,) in con.execute("select distinct schema_name from ops.tables").fetchall():
            name_children(con, schema_name)
    return [name for name, *_ in arrived]


def _given(firsts: dict[str, tuple[int, str]]) -> dict[str, tuple[str, str]]:
    schemas: dict[str, str] = {}
    names: dict[str, Names] = defaultdict(Names)
    given = {}
    for name in sorted(firsts, key=lambda name: (*firsts[name], name)):
        schema_name, table_name = table_wish(name)
        schema_name = schemas.setdefault(folded(schema_name), schema_name)
        given[name] = (schema_name, names[schema_name].take(table_name))
    return given


def _create_schemas(con: duckdb.DuckDBPyConnection, schema_names: Collection[str]) -> None:
    """Create those that are not there; one that is there in another spelling is empty now, and gives way.

    DuckDB takes both spellings for one: where the later one came first, its tables have just been reset.
    """
    there = con.execute("select schema_name from duckdb_schemas() where database_name = current_database()").fetchall()
    spelled = {folded(schema_name): schema_name for (schema_name,) in there}
    for schema_name in sorted(schema_names):
        known = spelled.get(folded(schema_name))
        if known not in {None, schema_name}:
            con.execute("drop schema " + quote(schema_name))
        if known != schema_name:
            con.execute("create schema " + quote(schema_name))


def _reset(con: duckdb.DuckDBPyConnection, event_name: str) -> None:
    """Forget an event_name's tables, so that the next flatten makes them again."""
    drop_tables(con, event_name)
    facts.forget(con, event_name)
    con.execute(statement("flatten/forget_columns"), {"event_name": event_name})
    con.execute("delete from ops.tables where event_name = ?", [event_name])
    for table in ("core.flattened", "core.observed"):
        con.execute("delete from " + table + " where event_name = ?", [event_name])

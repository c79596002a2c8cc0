"""Which table each array of objects is given: a pure function of the events, the same for any order of loads.

Event_names have their tables first. Then the arrays of a schema are given theirs in the order in which they were first
seen: where names meet, the later one gives way. What comes late may change that order; a table then changes its name.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import duckdb
import pyarrow as pa

from warehouse.flatten.plan import Plan
from warehouse.quoting import quote
from warehouse.schema.names import Names, child_wish, folded, json_path, steps_of
from warehouse.statements import statement

Array = tuple[str, str]
"""An event_name, and the json_path of an array in its data."""


def named_again(con: duckdb.DuckDBPyConnection, event_name: str, plans: Sequence[Plan]) -> list[Plan]:
    """The plans of an event_name whose tables are written, after these and its neighbours' have got their names."""
    schema_name = plans[0].schema_name
    (meets,) = con.execute(statement("flatten/has_neighbours"), {"event_name": event_name}).fetchall()[0]
    renamed = name_children(con, schema_name, None if meets else [event_name])
    return [replace(plan, table_name=renamed.get(plan.table_name, plan.table_name)) for plan in plans]


def name_children(
    con: duckdb.DuckDBPyConnection, schema_name: str, event_names: Sequence[str] | None = None
) -> dict[str, str]:
    """Give the child tables of a schema their names; of some event_names, where they have no neighbours but these.

    Returns the new names by the old ones, where these are others.
    """
    values = {"schema": schema_name, "event_names": event_names}
    found = con.execute(statement("flatten/child_tables"), values).fetchall()
    wishes = {(name, path): child_wish(own, steps_of(path)) for name, own, path, _ in found}
    owned = con.execute("select table_name from core.names where schema_name = ?", [schema_name]).fetchall()
    own = [name for (name,) in owned]
    given = _given(con, own, wishes)
    renamed = {table_name: given[name, path] for name, _, path, table_name in found if given[name, path] != table_name}
    if renamed:
        _rename(con, schema_name, renamed)
    return renamed


def _given(con: duckdb.DuckDBPyConnection, own: Sequence[str], wishes: Mapping[Array, str]) -> dict[Array, str]:
    """The names of arrays beside those of the event_names' own tables."""
    if len({folded(name) for name in (*own, *wishes.values())}) == len(own) + len(wishes):
        return dict(wishes)
    event_names = sorted({name for name, _ in wishes})
    seen = con.execute(statement("flatten/first_elements"), {"event_names": event_names}).fetchall()
    firsts = {(name, json_path(steps)): tuple(first) for name, steps, *first in seen}
    names = Names(own)
    return {array: names.take(wishes[array]) for array in sorted(wishes, key=lambda array: firsts[array])}


def _rename(con: duckdb.DuckDBPyConnection, schema_name: str, renamed: Mapping[str, str]) -> None:
    """Rename tables, two of which may change their names with each other."""
    schema = quote(schema_name)
    for at, name in enumerate(renamed):
        con.execute(f"alter table {schema}.{quote(name)} rename to {quote(f'renamed {at}')}")
    for at, name in enumerate(renamed.values()):
        con.execute(f"alter table {schema}.{quote(f'renamed {at}')} rename to {quote(name)}")
    con.register("renamed", pa.table({"before": list(renamed), "now": list(renamed.values())}))
    for ledger in ("tables", "columns", "misfits"):
        con.execute(statement(f"flatten/rename_{ledger}"), {"schema": schema_name})
    con.unregister("renamed")

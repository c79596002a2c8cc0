"""The processes that the catalogue declares: their rules, and the echoes among the events that were told to them.

What an event tells is written beside its typed row (`warehouse.facts`). Here it is told anew where the declared process
has changed since, and the echoes among new events are marked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import duckdb

from warehouse.catalogue import Catalogue, load
from warehouse.comments import describe_again
from warehouse.facts import ECHO_KEY, Place, Telling, fingerprint, forget, leave_unmarked, telling
from warehouse.filling import fill
from warehouse.quoting import quote
from warehouse.schema.names import steps_of
from warehouse.schema.places import Steps
from warehouse.statements import statement
from warehouse.transactions import transaction

__all__ = ["AdvanceReport", "Rows", "advance", "all_rows", "declared"]

Rows: TypeAlias = Sequence[tuple[object, ...]]


@dataclass(frozen=True, slots=True)
class AdvanceReport:
    """The event_names that were told anew, and how many events were looked at for echoes of each other."""

    retold: tuple[str, ...]
    touched: int


def advance(con: duckdb.DuckDBPyConnection, catalogue: Catalogue | None = None) -> AdvanceReport:
    """Bring processes, and comments, up to date with the catalogue, then with what was told: a transaction each.

    What was told and is not yet marked stands in core.unmarked, so that a death between the two is made good.
    """
    catalogue = load() if catalogue is None else catalogue
    with transaction(con):
        for table, rows in declared(catalogue).items():
            _replace(con, table, rows)
        describe_again(con)
        retold = tuple(_retold(con, catalogue))
    with transaction(con):
        return AdvanceReport(retold, _mark_echoes(con))


def declared(catalogue: Catalogue) -> dict[str, Rows]:
    """What the catalogue says, as the rows of the tables of stages, rules and expectations."""
    stages: list[tuple[object, ...]] = []
    rules: list[tuple[object, ...]] = []
    expects: list[tuple[object, ...]] = []
    for family, process in catalogue.processes:
        stages += [(process.name, name, verb, stage) for name in family.namespaces for stage, verb in process.verbs]
        rules += [(process.name, stage, stage in process.ends, process.targets.get(stage)) for stage in process.stages]
        expects += [(process.name, stage, other) for stage, others in process.expects.items() for other in others]
    return {"core.process_stages": stages, "core.process_rules": rules, "core.process_expects": expects}


def _replace(con: duckdb.DuckDBPyConnection, table: str, rows: Rows) -> None:
    """Let a small table have these rows; nothing is written where it has them."""
    if con.execute("from " + table).fetchall() == list(rows):
        return
    con.execute("delete from " + table)
    fill(con, table, rows)


def _retold(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> list[str]:
    """Tell the events anew whose process is declared otherwise than when they were told; returns their event_names."""
    known = con.execute(statement("processes/from_tables")).fetchall()
    tellings = {event_name: telling(event_name, catalogue) for event_name, *_ in known}
    changed = [row for row in known if row[-1] != fingerprint(tellings[row[0]])]
    for event_name, schema_name, table_name, _ in changed:
        forget(con, event_name)
        told = tellings[event_name]
        if told is not None:
            columns = con.execute(statement("processes/columns"), [schema_name, table_name]).fetchall()
            target = f"{quote(schema_name)}.{quote(table_name)}"
            told.insert(con, all_rows(told, target, [(name, steps_of(path), type_) for name, path, type_ in columns]))
            leave_unmarked(con, event_name, -1)
        values = [fingerprint(told), event_name]
        con.execute("update core.flattened set process = ? where event_name = ?", values)
    return [event_name for event_name, *_ in changed]


def all_rows(told: Telling, target: str, columns: Sequence[tuple[str, Steps, str]]) -> str:
    """A query for what all rows of a typed table tell, whose columns come with their steps and types."""
    places = [Place(steps, type_, "typed." + quote(name)) for name, steps, type_ in columns]
    return (
        f"select event_id, typed.company_id, typed.occurred_at, typed.received_at, events.load_no, {ECHO_KEY},"
        f" {told.facts(places)} from {target} as typed join core.event_store as events using (event_id)"
    )


def _mark_echoes(con: duckdb.DuckDBPyConnection) -> int:
    """Mark the echoes among the events that were told since the last time; returns how many were looked at."""
    oldest, newest = con.execute("select min(load_no), max(load_no) from core.unmarked").fetchall()[0]
    if oldest is None:
        return 0
    con.execute(statement("processes/touched"), {"oldest": oldest, "newest": newest})
    con.execute(statement("processes/marks"))
    con.execute(statement("processes/mark_echoes"))
    (touched,) = con.execute("select count(*) from touched_bodies").fetchall()[0]
    con.execute("drop table touched_bodies; drop table marks")
    con.execute("delete from core.unmarked")
    return int(touched)

"""The events that move an entity through a process, in one compact table that grows with each load."""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

import duckdb

from warehouse.catalogue import Catalogue, Process, load
from warehouse.catalogue.model import FACT_PLACES
from warehouse.statements import statement
from warehouse.transactions import transaction

__all__ = ["AdvanceReport", "advance"]

_CONSUMER = "core.process_events"


@dataclass(frozen=True, slots=True)
class AdvanceReport:
    """How many events of processes came and went."""

    added: int
    withdrawn: int


def advance(con: duckdb.DuckDBPyConnection, catalogue: Catalogue | None = None) -> AdvanceReport:
    """Bring core.process_events up to date with core.event_store: all in one transaction, or nothing.

    Only loads after the own watermark are read. Where the declared processes changed, the table is made anew.
    """
    catalogue = load() if catalogue is None else catalogue
    con.execute(statement("processes/create"))
    con.execute(statement("processes/first_of"))
    consumer = f"{_CONSUMER} {_fingerprint(catalogue)}"
    with transaction(con):
        return _advance(con, catalogue, consumer)


def _advance(con: duckdb.DuckDBPyConnection, catalogue: Catalogue, consumer: str) -> AdvanceReport:
    """The work inside the transaction."""
    watermark = _number(con, "select max(load_no) from ops.watermarks where consumer = ?", consumer)
    newest = _number(con, statement("processes/newest"))
    if watermark is None:
        _begin_anew(con, catalogue)
    if watermark is not None and newest == watermark:
        return AdvanceReport(added=0, withdrawn=0)
    since = watermark or 0
    gone = con.execute(statement("processes/withdraw"), {"watermark": since}).fetchall()
    arrived = {name for (name,) in con.execute(statement("processes/arrived"), {"watermark": since}).fetchall()}
    added = sum(_insert(con, process, since) for _, process in catalogue.processes if process.name in arrived)
    if added or gone:
        con.execute(statement("processes/touched"), {"watermark": since, "withdrawn": [key for (key,) in gone]})
        con.execute(statement("processes/mark_echoes"))
        con.execute("drop table touched_bodies")
    con.execute("delete from ops.watermarks where consumer = ?", [consumer])
    con.execute("insert into ops.watermarks (consumer, load_no) values (?, ?)", [consumer, newest])
    return AdvanceReport(added=added, withdrawn=len(gone))


def _begin_anew(con: duckdb.DuckDBPyConnection, catalogue: Catalogue) -> None:
    """Empty the table and declare the stages, as this catalogue has them."""
    for table in ("process_events", "process_stages", "process_rules", "process_expects"):
        con.execute("delete from core." + table)
    con.execute("delete from ops.watermarks where starts_with(consumer, ?)", [f"{_CONSUMER} "])
    for family, process in catalogue.processes:
        stages = [(name, verb, stage) for name in family.namespaces for stage, verb in process.verbs]
        rules = [(stage, stage in process.ends, process.targets.get(stage)) for stage in process.stages]
        expects = [(stage, other) for stage, others in process.expects.items() for other in others]
        _declare(con, "insert into core.process_stages select ?, unnest(?), unnest(?), unnest(?)", process, stages)
        _declare(con, "insert into core.process_rules select ?, unnest(?), unnest(?), unnest(?)", process, rules)
        _declare(con, "insert into core.process_expects select ?, unnest(?), unnest(?)", process, expects)


def _declare(con: duckdb.DuckDBPyConnection, query: str, process: Process, rows: Sequence[tuple[object, ...]]) -> None:
    """Insert rows behind the name of the process, all at once."""
    if rows:
        con.execute(query, [process.name, *(list(column) for column in zip(*rows, strict=True))])


def _insert(con: duckdb.DuckDBPyConnection, process: Process, watermark: int) -> int:
    """Insert the new events of one process."""
    pointers: list[str] = []
    slots: dict[str, list[int]] = {}
    for fact in FACT_PLACES:
        places = process.facts.get(fact, ())
        slots[fact] = list(range(len(pointers) + 1, len(pointers) + 1 + len(places)))
        pointers += [_pointer(place) for place in places]
    values = {
        "process": process.name,
        "watermark": watermark,
        "pointers": pointers,
        "entity_pointers": [_pointer(place) for place in process.facts["entity_id"]],
        **slots,
    }
    (row,) = con.execute(statement("processes/insert"), values).fetchall()
    return int(row[0])


def _pointer(place: str) -> str:
    """`expense.expenseId` as a JSON pointer: immune to odd keys, and all of them cost one parse of the data."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in place.split("."))


def _number(con: duckdb.DuckDBPyConnection, query: str, *values: str) -> int | None:
    """The one number of a query."""
    (row,) = con.execute(query, list(values)).fetchall()
    return None if row[0] is None else int(row[0])


def _fingerprint(catalogue: Catalogue) -> str:
    """A short text that changes when what is declared of processes, or the way to read them, changes."""
    declared = [(family.namespaces, process) for family, process in catalogue.processes]
    said = (
        repr(declared)
        + statement("processes/insert")
        + statement("processes/mark_echoes")
        + statement("processes/create")
    )
    return hashlib.sha256(said.encode()).hexdigest()[:12]

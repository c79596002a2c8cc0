"""Events written as short lines, and the warehouse that knows them: the given half of given/expect tests."""

import atexit
import json
import os
import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from typing import Any

import duckdb

from warehouse import catalogue, processes, views
from warehouse.build import create_objects
from warehouse.flatten import flatten_all
from warehouse.flatten.store import drop_tables
from warehouse.naming import assign_names
from warehouse.statements import statement

FILLED = (
    "core.event_store", "core.process_events", "core.withdrawn", "core.holidays", "core.rates", "core.arrivals",
    "core.names", "core.flattened", "core.observed", "core.unmarked", "ops.publications", "ops.tables", "ops.columns",
)  # fmt: skip
DAY = datetime(2026, 3, 2, tzinfo=UTC)
EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "2"))
"""How many examples a property tries here, before what it multiplies them by; `make proof` asks for more."""
_LINE = re.compile(r"(?P<name>\S+)\s+(?P<at>\S+)\s*(?P<words>(?:\w+=\S+\s*)*)(?P<data>\{.*\})?$")


@dataclass(frozen=True)
class Event:
    """One event as the load would store it."""

    event_id: str
    event_name: str
    company_id: str
    occurred_at: datetime
    received_at: datetime
    data: str


def at(clock: str) -> datetime:
    """A moment of the test's day: `10:00:00.5`, or with days added: `1+10:00`."""
    days, _, time = clock.rpartition("+")
    hours, minutes, seconds = (*time.split(":"), "0")[:3]
    return DAY + timedelta(days=int(days or 0), hours=int(hours), minutes=int(minutes), seconds=float(seconds))


def events(lines: str) -> list[Event]:
    """One event a line: `approved 10:00 id=wh_x company=C1 received=11:00 {"expenseId": "e1"}`.

    A name without a dot is the verb of an expense; data is that of the thin expense e1 unless given; a second line's id
    is wh_2; an event is received when it occurs unless said otherwise.
    """
    made = []
    for number, line in enumerate((line.strip() for line in lines.strip().splitlines()), start=1):
        match = _LINE.match(line)
        assert match, line
        words = dict(word.split("=") for word in match["words"].split())
        name = match["name"] if "." in match["name"] else f"expenses.expense_{match['name']}"
        made.append(
            Event(
                event_id=words.get("id", f"wh_{number}"),
                event_name=name,
                company_id=words.get("company", "C1"),
                occurred_at=at(match["at"]),
                received_at=at(words.get("received", match["at"])),
                data=match["data"] or '{"expenseId": "e1"}',
            )
        )
    return made


@cache
def _made() -> duckdb.DuckDBPyConnection:
    """The one warehouse of this test process: making all views takes longer than a test should."""
    con = duckdb.connect()
    con.execute("set timezone = 'UTC'")
    # as a build has it where the warehouse is small
    con.execute("set threads = 1")
    create_objects(con)
    processes.advance(con)
    views.refresh(con)
    atexit.register(con.close)
    return con


def empty_warehouse() -> duckdb.DuckDBPyConnection:
    """A warehouse before the first event, all its views there; the one given before is emptied."""
    con = _made()
    for (event_name,) in con.execute("select distinct event_name from ops.tables").fetchall():
        drop_tables(con, event_name)
    for table in FILLED:
        con.execute("delete from " + table)
    processes.advance(con)
    return con


def load(con: duckdb.DuckDBPyConnection, batch: Iterable[Event]) -> None:
    """Store the events under the next load number, an id that is there already in the place of the old one."""
    (load_no,) = con.execute("select coalesce(max(load_no), 0) + 1 from core.event_store").fetchall()[0]
    rows = [
        (e.event_id, e.event_name, e.company_id, e.occurred_at, e.received_at, "segment", e.data, 0, load_no)
        for e in batch
    ]
    known = con.execute("select event_id, event_name from core.event_store").fetchall()
    withdrawn = [(*row, load_no) for row in known if row[0] in {row[0] for row in rows}]
    if withdrawn:
        con.executemany("delete from core.event_store where event_id = ?", [(row[0],) for row in withdrawn])
        con.executemany("insert into core.withdrawn values (?, ?, ?)", withdrawn)
    if rows:
        con.executemany("insert into core.event_store values (?, ?, ?, ?, ?, ?, ?, ?, ?)", rows)
        con.execute(statement("load/insert_arrivals"), {"load_no": load_no})
        assign_names(con, load_no)


def advance(con: duckdb.DuckDBPyConnection, folder: Path | None = None) -> processes.AdvanceReport:
    """Type what was stored and bring the processes up to date, by the catalogue in a folder or by ours."""
    flatten_all(con)
    return processes.advance(con, catalogue.load(folder) if folder else None)


def warehouse(*batches: str) -> duckdb.DuckDBPyConnection:
    """A warehouse that was told the batches one after the other."""
    con = empty_warehouse()
    for batch in batches:
        load(con, events(batch))
        advance(con)
    return con


def rows(con: duckdb.DuckDBPyConnection, query: str, *values: object) -> list[dict[str, Any]]:
    """The rows of a query, by column."""
    found = con.execute(query, list(values))
    names = [column[0] for column in found.description or ()]
    return [dict(zip(names, row, strict=True)) for row in found.fetchall()]


def rich(**fields: object) -> str:
    """Data of an expense as Oyster's API describes it."""
    return json.dumps({"expenseId": "e1"} | fields)


def late(event: Event, **changes: Any) -> Event:
    """The event with some parts changed."""
    return replace(event, **changes)

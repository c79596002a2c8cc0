"""Homes in which something is about to be done, how it is done, and what the home must say afterwards."""

import json
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

import duckdb
import pyarrow.parquet as pq

from ingest.lake import EventRow, Lake, QuarantineRow
from ingest.lake.persons import ByPerson
from pipelines import forgetting
from pipelines.blocking import admitted, tell_erasures
from pipelines.build_lock import build_lock
from pipelines.compaction import compact_home, follow_lake
from pipelines.event_names import EventName, write_event_names
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from pipelines.pending import lake_segments, remember_publication
from pipelines.rebuilding import rebuild
from pipelines.run_build import Outcome
from pipelines.statements import rows_of
from warehouse.build import open_build
from warehouse.flatten import pending_event_names
from warehouse.load import pending
from warehouse.publish import publish
from warehouse.rebuild import make

START = 1_795_000_000_000_000
CANARY = "canary@example.com"
OF_ONE_RUN = {"load_no", "loaded_at", "published_at", "widened_at", "seconds", "bytes", "path"}
OF_ONE_HISTORY = {"ops.publications", "ops.erasures", "core.arrivals", "core.withdrawn"}
Contents = dict[str, list[str]]


def silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def build(home: Home) -> None:
    """What a run of `nacre build` does, by the same functions, without Dagster around them."""
    with build_lock(home.lock):
        remove_leftovers(home)
        with open_build(home.build, memory_limit="500MB", threads=2) as con:
            follow_lake(con, home)
            tell_erasures(con, home)
            make(con, admitted(con, home, pending(con, lake_segments(home))), home.root)
            publish(con, home.build, home.published)
            names = [EventName(**row) for row in rows_of(con, "event_names")]
            behind = pending_event_names(con)
        write_event_names(home.event_names, names)
        remember_publication(home, complete=not behind)


def compact(home: Home) -> None:
    """Compact, remove the old segments at once, and let the warehouse follow."""
    compact_home(home, silent, grace=0)
    build(home)


def forget(home: Home) -> None:
    """Erase a person, with the build above in the place of Dagster's."""

    def built(_home: Home, _listener: object) -> Outcome:
        build(home)
        return Outcome(built=True, reason="", published=True)

    with patch.object(forgetting, "build", built):
        forgetting.forget(home, ByPerson(frozenset({CANARY})), silent)


def anew(home: Home) -> None:
    """Rebuild."""
    rebuild(home, silent)


DOINGS: dict[str, Callable[[Home], None]] = {"build": build, "compact": compact, "forget": forget, "rebuild": anew}


@dataclass(frozen=True)
class Scene:
    """A home to start from, and what is done in it."""

    name: str
    doing: str
    built: bool
    late: bool

    def prepare(self, root: Path) -> Home:
        """Make the home."""
        home = Home(root)
        plant(Lake(root), early())
        if self.built:
            build(home)
        if self.late:
            plant(Lake(root), later())
            Lake(root).write_quarantine([QuarantineRow("q-2", START + 99, "not_json", "no", b'{"a":')], "w2")
        return home


SCENES = (
    Scene("the first build", "build", built=False, late=False),
    Scene("a build that loads, flattens, widens and publishes", "build", built=True, late=True),
    Scene("a compaction, and the build after it", "compact", built=True, late=True),
    Scene("an erasure", "forget", built=True, late=True),
    Scene("a rebuild", "rebuild", built=True, late=True),
)


def plant(lake: Lake, batches: list[list[EventRow]]) -> None:
    """Write each batch as a segment."""
    for number, batch in enumerate(batches):
        lake.write_events(batch, f"w{number}")


def row(number: int, name: str, data: dict[str, Any], at: int = 0) -> EventRow:
    """One delivery."""
    event_id = f"wh_{number:026d}"
    envelope = {"event_name": name, "id": event_id, "company_id": "C1", "data": data}
    return EventRow(event_id, name, "C1", START + number * 1_000_000 + at, json.dumps(envelope).encode())


def early() -> list[list[EventRow]]:
    """Claims that are made and decided, and one odd event."""
    made = [
        row(n, "expenses.expense_submitted", {"expenseId": f"e{n}", "n": n, "items": [{"sku": n}]}) for n in range(4)
    ]
    done = [row(10 + n, "expenses.expense_approved", {"expenseId": f"e{n}", "by": {"mail": CANARY}}) for n in range(2)]
    return [made, [*done, made[0]], [row(20, "odd thing", {"v": 1, "w": [1, 2]})]]


def later() -> list[list[EventRow]]:
    """What widens columns, makes child rows, brings conflicts, a duplicate, and an earlier delivery of a known id."""
    wider = [{"expenseId": "e9", "n": 1.5, "items": [{"sku": "x"}, {"more": True}]}, {"expenseId": "e8", "n": 2**70}]
    made = [row(30 + n, "expenses.expense_submitted", data) for n, data in enumerate(wider)]
    odd = [row(40, "odd thing", {"v": {"now": "an object"}, "w": ["text"]}), row(41, "odd.new", {"canary": CANARY})]
    again = [
        row(1, "expenses.expense_submitted", {"expenseId": "e1", "n": 7}, -5),
        row(10, "expenses.expense_approved", {}),
    ]
    return [made, odd, [*again, row(20, "odd thing", {"v": 1, "w": [1, 2]}, 9)]]


def contents(path: Path) -> Contents:
    """All that a warehouse file says, but for what tells when and by which run."""
    said = {}
    with duckdb.connect(str(path), read_only=True) as con:
        con.execute("set TimeZone = 'UTC'")
        names = con.execute("select schema_name, table_name from duckdb_tables() where not internal").fetchall()
        for schema, table in [*names, ("analytics", "expense_approval_timeline")]:
            relation = con.table(f'"{schema}"."{table}"')
            columns = [duckdb.ColumnExpression(name) for name in relation.columns if name not in OF_ONE_RUN]
            if f"{schema}.{table}" not in OF_ONE_HISTORY:
                said[f"{schema}.{table}"] = sorted(repr(one) for one in relation.select(*columns).fetchall())
    return said


def deliveries(home: Home) -> list[str]:
    """Every delivery that the lake's listing gives."""
    lake = Lake(home.root)
    tables = [
        pq.read_table(one.path, partitioning=None) for kind in ("events", "quarantine") for one in lake.segments(kind)
    ]
    return sorted(repr(tuple(one.values())) for table in tables for one in table.to_pylist())


def canaries(home: Home) -> list[str]:
    """Files in whose bytes the canary stands."""
    return [path.name for path in home.root.rglob("*") if path.is_file() and CANARY.encode() in path.read_bytes()]

"""What a build does with the build file, stage by stage: for the assets of a run, and for who goes ahead of one.

What is new is decided by the ledger of the build file, so a stage that was done before, or whose run never comes, is
harmless.
"""

import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from threading import Event
from typing import Any

import duckdb

from pipelines.blocking import admitted, tell_erasures
from pipelines.compaction import follow_lake
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from pipelines.pending import lake_segments
from pipelines.progress import tell
from pipelines.statements import rows_of
from warehouse import processes, references, views
from warehouse.build import open_build
from warehouse.flatten import Outcome, flatten_each, pending_event_names
from warehouse.load import LoadReport, load, pending
from warehouse.publish import Publication, publish
from warehouse.rebuild import take_history

Connection = duckdb.DuckDBPyConnection

BLOCKING = {
    "ids_unique": "No event_id of the last load is there twice.",
    "accounting": "delivered = events + duplicates + conflicts, and every event of the ledger is in the store.",
}
"""What must hold before anything is built on the events; each is `sql/<name>.sql`."""

LONG = 10.0
"""Seconds of a load that are not to be lost; after a shorter one its checkpoint is left to the publication."""

Finding = dict[str, Any]
"""The one row of a check: its column `wrong` counts what is wrong, the others explain it."""


@dataclass(frozen=True)
class Loaded:
    """What a load took in, and how long it took, whenever it began."""

    report: LoadReport
    segments: int
    followed: int
    seconds: float


@dataclass(frozen=True)
class Published:
    """What was published, and why nothing is known of when that was done before, if so."""

    publication: Publication
    history_lost: str


@contextmanager
def opened_build(home: Home) -> Iterator[Connection]:
    """Open the build file; the caller holds the build lock."""
    remove_leftovers(home)
    with open_build(home.build) as connection:
        yield connection


def load_new(connection: Connection, home: Home, meanwhile: Callable[[], object] = lambda: None) -> Loaded:
    """Load all segments that the ledger does not know, and what it lacks of rewritten ones; the caller holds the lock.

    `meanwhile()` is called once, while the first ones are read.
    """
    began = time.monotonic()
    following = follow_lake(connection, home)
    tell_erasures(connection, home)
    segments = admitted(connection, home, pending(connection, lake_segments(home)))
    tell("load", 0, len(segments))
    report = load(connection, segments, lambda done, total: tell("load", done, total), meanwhile)
    if segments and time.monotonic() - began > LONG:
        # a file that was begun here has no log: what is loaded stays, whatever dies now
        connection.execute("force checkpoint")
    for missing in following.loads:
        report.include(missing)
    return Loaded(report, len(segments) + len(following.loads), len(following.followed), time.monotonic() - began)


def judge(connection: Connection) -> dict[str, Finding]:
    """Look at what must hold of the events; returns what was found, by the name of the check."""
    return {name: finding(connection, name) for name in BLOCKING}


def finding(connection: Connection, check: str) -> Finding:
    """Run `sql/<check>.sql`."""
    return rows_of(connection, check)[0]


def flatten_new(
    connection: Connection, stop: Event | None = None, wanted: Callable[[str], bool] = lambda _: True
) -> list[Outcome]:
    """Flatten what is new of the wanted event_names; an event_name that fails comes with its exception."""
    names = [name for name in pending_event_names(connection) if wanted(name)]
    return list(_told("tables", len(names), flatten_each(connection, names, stop)))


def _told(stage: str, total: int, outcomes: Iterator[Outcome]) -> Iterator[Outcome]:
    tell(stage, 0, total)
    for done, outcome in enumerate(outcomes, 1):
        tell(stage, done, total)
        yield outcome


def advance(connection: Connection) -> None:
    """Recognise the steps of processes in the new events."""
    tell("processes", 0, 1)
    processes.advance(connection)
    tell("processes", 1, 1)


def take_references(connection: Connection, home: Home) -> None:
    """Read what the operator knows from the files of the home; raises ReferenceFileError."""
    references.take(connection, home.root)


def refresh(connection: Connection) -> None:
    """Make the views whose SQL has changed."""
    views.refresh(connection)


def publish_new(connection: Connection, home: Home) -> Published:
    """Publish what is built. A build file that was begun anew takes over when the warehouse was published before."""
    tell("publish", 0, 1)
    history_lost = _take_history(connection, home)
    done = publish(connection, home.build, home.published)
    tell("publish", 1, 1)
    return Published(done, history_lost)


def _take_history(connection: Connection, home: Home) -> str:
    """Returns why it could not be taken: a published file that cannot be read is about to be replaced."""
    if not home.published.exists() or connection.execute("from ops.publications limit 1").fetchall():
        return ""
    try:
        take_history(connection, home.published)
    except duckdb.Error as error:
        return str(error).splitlines()[0]
    return ""


def holds(findings: Iterable[Finding]) -> bool:
    """Whether nothing is wrong."""
    return all(found["wrong"] == 0 for found in findings)

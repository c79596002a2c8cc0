"""Bring what is new in the lake into the store. A build begins with it before Dagster is there to record it.

Importing Dagster takes one core a second or two, and a load leaves one idle. So the command opens the build file and
loads in a thread meanwhile; the asset core/events of the run then waits for that load, fails where it failed, and
records it. What is loaded is decided by the ledger of the build file: a load whose run never comes is as harmless as a
run that dies after its load.
"""

import sys
import time
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from dataclasses import dataclass

import duckdb

from pipelines.blocking import admitted, tell_erasures
from pipelines.compaction import follow_lake
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from pipelines.pending import lake_segments
from pipelines.progress import tell
from warehouse.build import open_build
from warehouse.load import LoadReport, load, pending

TURN = 0.0005
"""Seconds that a thread may keep the interpreter from another; Python's own number is 0.005."""


@dataclass(frozen=True)
class Loaded:
    """What a load took in, and how long it took, whenever it began."""

    report: LoadReport
    segments: int
    followed: int
    seconds: float


@dataclass(frozen=True)
class EarlyLoad:
    """A load that has begun, and the connection that it has until it is done."""

    connection: duckdb.DuckDBPyConnection
    loaded: "Future[Loaded]"


_early: ContextVar[EarlyLoad | None] = ContextVar("early", default=None)


def load_new(connection: duckdb.DuckDBPyConnection, home: Home) -> Loaded:
    """Load all segments that the ledger does not know; the caller holds the build lock."""
    began = time.monotonic()
    followed = follow_lake(connection, home).followed
    tell_erasures(connection, home)
    segments = admitted(connection, home, pending(connection, lake_segments(home)))
    tell("load", 0, len(segments))
    report = load(connection, segments, progress=lambda done, total: tell("load", done, total))
    if segments:
        # a file that was begun here has no log: what is loaded stays, whatever dies now
        connection.execute("checkpoint")
    return Loaded(report, len(segments), len(followed), time.monotonic() - began)


@contextmanager
def opened_build(home: Home) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the build file; the caller holds the build lock."""
    remove_leftovers(home)
    with open_build(home.build) as connection:
        yield connection


@contextmanager
def loading_early(home: Home) -> Iterator[None]:
    """Load in a thread, for the run that is made ready meanwhile; the caller holds the build lock."""
    with _short_turns(), opened_build(home) as connection, ThreadPoolExecutor(1, "load") as pool:
        early = EarlyLoad(connection, pool.submit(copy_context().run, load_new, connection, home))
        token = _early.set(early)
        try:
            yield
        except BaseException:
            _break_off(early)
            raise
        finally:
            _early.reset(token)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let threads take turns often: a load needs the interpreter for moments, and an import would keep it for long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)


def _break_off(early: EarlyLoad) -> None:
    """Interrupt a load until it ends: one interrupt may come between two of its statements, and be lost."""
    while not early.loaded.done():
        early.connection.interrupt()
        wait([early.loaded], timeout=0.01)


def early_load() -> EarlyLoad | None:
    """Return the load that has begun for this run, where the command has begun one."""
    return _early.get()

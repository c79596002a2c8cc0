"""Group commit: while one segment is being written, the next one gathers; nobody is answered before the disk is.

The event loop hands batches over and settles them; two threads do the disk work, so that one segment is prepared
while the disk is busy with another. A failed write or fsync fails its batch for good: no delivery of it is
acknowledged, and its file is never tried again.
"""

import asyncio
import contextlib
import threading
import time
from dataclasses import dataclass, field
from queue import SimpleQueue
from typing import Protocol

from ingest.clock import Clock
from ingest.lake import EventRow, Lake, LakeUnwritable, QuarantineRow
from ingest.logs import Log
from ingest.metrics import Metrics
from ingest.settings import Settings

Row = EventRow | QuarantineRow
Outcome = str | None

_WRITERS = 2
_MANY = 16
_STALLED_SECONDS = 5.0
_PROBE_FAILED_SECONDS = 1.0
_PROBE_IDLE_SECONDS = 10.0


class Waiting(Protocol):
    """Someone who waits until a row is on the disk."""

    def settle(self, outcome: Outcome) -> None:
        """Hear, once, that the row is durable (None) or why it is not."""


class QueueFull(Exception):  # noqa: N818 - it names the state of the queue
    """As many deliveries or bytes as may wait for the disk are waiting."""


@dataclass(slots=True, eq=False)
class Batch:
    """Deliveries that become durable together."""

    since: float
    events: list[EventRow] = field(default_factory=list)
    quarantined: list[QuarantineRow] = field(default_factory=list)
    waiting: list[Waiting] = field(default_factory=list)
    rows: int = 0
    bytes: int = 0
    failure: LakeUnwritable | None = None
    seconds: float = 0.0


class Committer:
    """The one way into the lake for a server process."""

    def __init__(self, lake: Lake, writer: str, settings: Settings, metrics: Metrics, log: Log) -> None:
        """Prepare; `start` begins the work on the running loop."""
        self.writer = writer
        self.clock = Clock()
        self._lake = lake
        self._settings = settings
        self._metrics = metrics
        self._log = log
        self._jobs: SimpleQueue[Batch | None] = SimpleQueue()
        self._threads = [
            threading.Thread(target=self._write_all, name=f"commit-{number}", daemon=True) for number in range(_WRITERS)
        ]
        self._gathering = Batch(0.0)
        self._writing: set[Batch] = set()
        self._scheduled = False
        self._queued = self._queued_bytes = 0
        self._proven: float | None = None
        self._failed: str | None = "the lake has not been tried yet"
        self._stopping = False

    def start(self, loop: asyncio.AbstractEventLoop) -> None:
        """Begin, and prove at once that the lake can be written."""
        self._loop = loop
        for thread in self._threads:
            thread.start()
        self._hand_over()

    def offer(self, row: Row, waiting: Waiting) -> None:
        """Queue a row; `waiting` hears how it ended. Raises `QueueFull`."""
        size = len(row.body)
        if self._queued >= self._settings.queue_deliveries or self._queued_bytes + size > self._settings.queue_bytes:
            raise QueueFull
        batch = self._gathering
        if not batch.rows:
            batch.since = self._loop.time()
        if isinstance(row, EventRow):
            batch.events.append(row)
        else:
            batch.quarantined.append(row)
        batch.waiting.append(waiting)
        batch.rows += 1
        batch.bytes += size
        self._queued += 1
        self._queued_bytes += size
        if not self._scheduled:
            self._schedule()

    def not_ready(self) -> str | None:
        """Why deliveries cannot be made durable now, or None when they can."""
        if self._stopping:
            return "The endpoint is stopping."
        oldest = min((batch.since for batch in self._writing), default=self._loop.time())
        if self._loop.time() - oldest > _STALLED_SECONDS:
            return "The disk has not answered for some seconds."
        if self._queued >= self._settings.queue_deliveries:
            return "Too many deliveries are waiting for the disk."
        return self._failed

    def tend(self) -> None:
        """Called a few times a second: give up on overdue deliveries, and look whether a fault has ended."""
        now = self._loop.time()
        for batch in (*self._writing, self._gathering):
            if batch.waiting and now - batch.since > self._settings.commit_seconds:
                self._tell(batch, "the disk did not answer in time")
        pause = _PROBE_FAILED_SECONDS if self._failed else _PROBE_IDLE_SECONDS
        if not self._writing and not self._scheduled and now - (self._proven or 0.0) > pause:
            self._hand_over()
        self._metrics.flush()
        self._metrics.queue_deliveries.set(self._queued)
        self._metrics.queue_bytes.set(self._queued_bytes)
        self._metrics.ready.set(self.not_ready() is None)

    def give_up(self, why: str) -> None:
        """Tell everyone who still waits that the row may not be durable."""
        for batch in (*self._writing, self._gathering):
            self._tell(batch, why)

    def stop(self, timeout: float) -> bool:
        """Finish what was handed over; whether the disk let it."""
        self._stopping = True
        until = time.monotonic() + timeout
        for _ in self._threads:
            self._jobs.put(None)
        for thread in self._threads:
            thread.join(max(0.0, until - time.monotonic()))
        return not any(thread.is_alive() for thread in self._threads)

    def _schedule(self) -> None:
        """Hand over, once everyone who came in this turn of the loop is in, if the disk is free or many wait."""
        busy = len(self._writing)
        if not self._scheduled and (not busy or (busy < _WRITERS and self._gathering.rows >= _MANY)):
            self._scheduled = True
            self._loop.call_soon(self._hand_over)

    def _hand_over(self) -> None:
        """Give the gathered batch to the disk; an empty one proves that the lake can be written."""
        self._scheduled = False
        batch, self._gathering = self._gathering, Batch(0.0)
        if not batch.rows:
            batch.since = self._loop.time()
        self._writing.add(batch)
        self._jobs.put(batch)

    def _write_all(self) -> None:
        """What a commit thread does."""
        while (batch := self._jobs.get()) is not None:
            started = time.perf_counter()
            try:
                self._write(batch)
            except LakeUnwritable as unwritable:
                batch.failure = unwritable
            except Exception as unexpected:  # noqa: BLE001 - whatever it was, nothing may be acknowledged
                batch.failure = LakeUnwritable("encode", self._lake.root, OSError(repr(unexpected)))
            batch.seconds = time.perf_counter() - started
            with contextlib.suppress(RuntimeError):  # the loop has ended, and with it everyone who waited
                self._loop.call_soon_threadsafe(self._settle, batch)

    def _write(self, batch: Batch) -> None:
        if batch.events:
            self._lake.write_events(batch.events, self.writer)
        if batch.quarantined:
            self._lake.write_quarantine(batch.quarantined, self.writer)
        if not batch.rows:
            self._lake.prove_writable(self.writer)

    def _settle(self, batch: Batch) -> None:
        """Answer everyone in a batch, then hand over the next one."""
        self._writing.discard(batch)
        self._proven = self._loop.time()
        if batch.failure:
            self._note_failure(batch.failure)
        else:
            self._note_success(batch)
        self._queued -= batch.rows
        self._queued_bytes -= batch.bytes
        self._tell(batch, "the lake cannot be written" if batch.failure else None)
        if self._gathering.rows:
            self._schedule()

    def _tell(self, batch: Batch, outcome: Outcome) -> None:
        """Let everyone who waits for a batch hear, once, how it ended."""
        waiting, batch.waiting = batch.waiting, []
        for one in waiting:
            try:
                one.settle(outcome)
            except Exception:  # noqa: BLE001 - logged; one answer that fails must not keep the others waiting
                self._log.exception("failed")

    def _note_failure(self, failure: LakeUnwritable) -> None:
        self._metrics.commit_failures.labels(failure.operation).inc()
        self._log.error("commit_failed", operation=failure.operation, errno=failure.errno, detail=str(failure))
        self._failed = f"The lake cannot be written: {failure.operation} failed."

    def _note_success(self, batch: Batch) -> None:
        if self._failed:
            self._log.info("lake_writable")
        self._failed = None
        if batch.rows:
            self._metrics.commit_seconds.observe(batch.seconds)
            self._metrics.commit_rows.observe(batch.rows)
            self._metrics.body_bytes.inc(batch.bytes)
            for row in batch.quarantined:
                self._metrics.quarantined.labels(row.reason).inc()
            self._metrics.last_durable_append.set_to_current_time()

"""Take segments of the lake into core.event_store: each id once, everything else accounted for.

The first delivery of an id by received_at wins, whatever the order in which segments are loaded: a late segment that
holds an earlier delivery takes the event's place. Events and ledger are one transaction, so a load that dies has not
been, and one that is done is never done twice.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Literal

import duckdb
import msgspec
import pyarrow as pa

from warehouse.naming import assign_names
from warehouse.statements import statement
from warehouse.transactions import transaction

MAX_BATCH_BYTES = 32 * 2**20
MAX_BATCH_SEGMENTS = 10_000


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed file of the lake; `sha256_prefix` is that of its content, `name` its key in the ledger."""

    name: str
    path: Path
    kind: Literal["events", "quarantine"]
    sha256_prefix: str

    @property
    def received_date(self) -> str:
        """The partition, as `2026-11-23`."""
        return self.name.partition("/")[0].removeprefix("received_date=")


@dataclass(slots=True)
class LoadReport:
    """What loads took in; `damaged` names segments that were left out."""

    load_no: int = 0
    delivered: int = 0
    events: int = 0
    duplicates: int = 0
    conflicts: int = 0
    quarantined: int = 0
    damaged: list[str] = field(default_factory=list)
    event_names: list[str] = field(default_factory=list)


_CUT = pa.schema(
    [
        ("event_id", pa.string()),
        ("event_name", pa.string()),
        ("company_id", pa.string()),
        ("received_at", pa.timestamp("us", "UTC")),
        ("segment", pa.string()),
        ("body_hash", pa.uint64()),
        ("data", pa.string()),
    ]
)


class _Envelope(msgspec.Struct):
    data: msgspec.Raw


def pending(con: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> list[Segment]:
    """The segments that are not in the ledger; a damaged one again once its content is whole."""
    known = dict(con.execute("select kind || ':' || segment, status from ops.segments").fetchall())
    found = []
    for segment in segments:
        status = known.get(f"{segment.kind}:{segment.name}")
        if status is None or (status == "damaged" and _damage(segment) is None):
            found.append(segment)
    return found


def load(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    progress: Callable[[int, int], None] | None = None,
) -> LoadReport:
    """Load the pending ones of these segments, a bounded batch in each transaction.

    `progress(done, total)` is told the segments' bytes after each batch. A segment that does not hold what its name
    promises is left out, marked `damaged` in ops.segments, and named in the report.
    """
    waiting = pending(con, segments)
    report = LoadReport(load_no=last_load(con))
    for name in ("ulid_digit", "ulid_time"):
        con.execute(statement(f"load/{name}"))
    total = sum(_size(segment) for segment in waiting)
    done = 0
    for batch in _batches(waiting):
        _load_batch(con, batch, report)
        done += sum(_size(segment) for segment in batch)
        if progress is not None:
            progress(done, total)
    return report


def last_load(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the last load, 0 before the first."""
    return int(con.execute("select coalesce(max(load_no), 0) from ops.segments").fetchall()[0][0])


def _size(segment: Segment) -> int:
    return segment.path.stat().st_size if segment.path.exists() else 0


def _batches(segments: Sequence[Segment]) -> Iterator[list[Segment]]:
    batch: list[Segment] = []
    size = 0
    for segment in sorted(segments, key=lambda segment: (segment.kind, segment.name)):
        full = size + _size(segment) > MAX_BATCH_BYTES or len(batch) >= MAX_BATCH_SEGMENTS
        if batch and (full or batch[0].kind != segment.kind):
            yield batch
            batch, size = [], 0
        batch.append(segment)
        size += _size(segment)
    if batch:
        yield batch


def _load_batch(con: duckdb.DuckDBPyConnection, batch: list[Segment], report: LoadReport) -> None:
    damages = {segment.name: damage for segment in batch if (damage := _damage(segment)) is not None}
    try:
        _load_whole(con, batch, damages, report)
    except duckdb.Error:
        unreadable = {segment.name: error for segment in batch if (error := _unreadable(con, segment)) is not None}
        if not unreadable.keys() - damages.keys():
            raise
        _load_whole(con, batch, unreadable | damages, report)


def _load_whole(
    con: duckdb.DuckDBPyConnection, batch: list[Segment], damages: dict[str, str], report: LoadReport
) -> None:
    """Load what is whole of a batch, and write all of it to the ledger."""
    kind, load_no = batch[0].kind, last_load(con) + 1
    files = [str(segment.path) for segment in batch if segment.name not in damages]
    con.register("listed", _listed(batch, damages))
    with transaction(con):
        con.execute(statement("load/forget_segments"), {"kind": kind, "segments": [segment.name for segment in batch]})
        before = _sums(con, load_no)
        con.execute("create or replace temp table counted (segment varchar, deliveries bigint)")
        if files:
            (_take_events if kind == "events" else _take_quarantine)(con, files, load_no)
        con.execute(statement("load/insert_segments"), {"load_no": load_no})
        named = assign_names(con, load_no)
        after = _sums(con, load_no)
    con.unregister("listed")
    _add(report, load_no, [new - old for new, old in zip(after, before, strict=True)])
    report.event_names += [name for name in named if name not in report.event_names]
    report.damaged += list(damages)


def _take_events(con: duckdb.DuckDBPyConnection, files: list[str], load_no: int) -> None:
    con.execute(statement("load/cut"), {"files": files})
    con.execute(statement("load/counted_events"))
    _cut_one_by_one(con)
    con.execute(statement("load/repeated"))
    con.execute(statement("load/contested"))
    _insert_singles(con, load_no)
    con.execute(statement("load/judged"))
    for table in ("ops.duplicates", "ops.conflicts"):
        con.execute("delete from " + table + " where event_id in (select event_id from judged)")
    for name in ("withdraw", "insert_others", "remove_withdrawn", "insert_arrivals"):
        con.execute(statement(f"load/{name}"), {"load_no": load_no})
    con.execute(statement("load/insert_duplicates"))
    con.execute(statement("load/insert_conflicts"))
    for table in ("cut", "repeated", "contested", "judged"):
        con.execute("drop table " + table)


def _insert_singles(con: duckdb.DuckDBPyConnection, load_no: int) -> None:
    con.execute("set preserve_insertion_order = true")
    con.execute(statement("load/insert_singles"), {"load_no": load_no})
    con.execute("set preserve_insertion_order = false")


def _take_quarantine(con: duckdb.DuckDBPyConnection, files: list[str], load_no: int) -> None:  # noqa: ARG001 # called as the other
    con.execute(statement("load/quarantine"), {"files": files})
    con.execute(statement("load/counted_quarantine"))


def _cut_one_by_one(con: duckdb.DuckDBPyConnection) -> None:
    """Cut `data` out of the bodies where it does not stand last."""
    decoder = msgspec.json.Decoder(_Envelope)
    found = con.execute(statement("load/uncut")).fetchall()
    rows = [(*row[:-1], bytes(decoder.decode(row[-1]).data).decode()) for row in found]
    if rows:
        con.register("cuts", pa.table([*zip(*rows, strict=True)], schema=_CUT))
        con.execute(statement("load/insert_cuts"))
        con.unregister("cuts")


def _damage(segment: Segment) -> str | None:
    """Why a segment is not what its name promises; None if it is."""
    try:
        with segment.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if not found.startswith(segment.sha256_prefix):
        return f"its content has the hash {found[: len(segment.sha256_prefix)]}, not the one in its name"
    return None


def _unreadable(con: duckdb.DuckDBPyConnection, segment: Segment) -> str | None:
    try:
        con.execute(statement(f"load/probe_{segment.kind}"), [str(segment.path)]).fetchall()
    except duckdb.Error as error:
        return f"its content is not that of a segment: {str(error).splitlines()[0]}"
    return None


def _listed(batch: list[Segment], damages: dict[str, str]) -> pa.Table:
    return pa.table({
        "segment": [segment.name for segment in batch],
        "kind": [segment.kind for segment in batch],
        "received_date": [segment.received_date for segment in batch],
        "bytes": [_size(segment) for segment in batch],
        "sha256_prefix": [segment.sha256_prefix for segment in batch],
        "status": ["damaged" if segment.name in damages else "loaded" for segment in batch],
        "detail": pa.array([damages.get(segment.name) for segment in batch], pa.string()),
    })  # fmt: skip


def _sums(con: duckdb.DuckDBPyConnection, load_no: int) -> tuple[int, ...]:
    return tuple(con.execute(statement("load/report"), {"load_no": load_no}).fetchall()[0])


def _add(report: LoadReport, load_no: int, sums: Sequence[int]) -> None:
    report.load_no = load_no
    report.delivered += sums[0]
    report.events += sums[0] - sums[2] - sums[3]
    report.duplicates += sums[2]
    report.conflicts += sums[3]
    report.quarantined += sums[4]

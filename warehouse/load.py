"""Take segments of the lake into core.event_store: each id once, everything else accounted for.

The first delivery of an id by received_at wins, whatever the order in which segments are loaded: a late segment that
holds an earlier delivery takes the event's place. Events and ledger are one transaction, so a load that dies has not
been, and one that is done is never done twice.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.batches import Batch, Found, batches, damage
from warehouse.connections import write_out
from warehouse.deliveries import Deliveries
from warehouse.memory import give_back, prepare
from warehouse.naming import assign_names
from warehouse.segments import Segment
from warehouse.statements import statement
from warehouse.transactions import transaction

__all__ = ["LoadReport", "Segment", "last_load", "load", "pending"]


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

    def include(self, other: LoadReport) -> None:
        """Count what another load took in as well."""
        self.load_no = max(self.load_no, other.load_no)
        self.delivered += other.delivered
        self.events += other.events
        self.duplicates += other.duplicates
        self.conflicts += other.conflicts
        self.quarantined += other.quarantined
        self.damaged += other.damaged
        self.event_names += [name for name in other.event_names if name not in self.event_names]


def pending(con: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> list[Segment]:
    """The segments that are not in the ledger, each once; a damaged one again once its content is whole."""
    known = dict(con.execute("select kind || ':' || segment, status from ops.segments").fetchall())
    found = {}
    for segment in segments:
        name = f"{segment.kind}:{segment.name}"
        status = known.get(name)
        if status is None or (status == "damaged" and damage(segment) is None):
            found[name] = segment
    return list(found.values())


def load(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    progress: Callable[[int, int], None] | None = None,
    meanwhile: Callable[[], object] = lambda: None,
) -> LoadReport:
    """Load the pending ones of these segments, a bounded batch in each transaction.

    `progress(done, total)` is told the segments' bytes after each batch; `meanwhile()` is called once, while the first
    ones are read. A segment that does not hold what its name promises is left out, marked `damaged` in ops.segments,
    and named in the report.
    """
    waiting = pending(con, segments)
    report = LoadReport(load_no=last_load(con))
    total = sum(segment.size for segment in waiting)
    prepare(con, total)
    done = 0
    coming = batches(waiting)
    meanwhile()
    for batch in coming:
        report.include(_load_batch(con, batch))
        write_out(con)
        done += sum(one.size for one in batch.found)
        if progress is not None:
            progress(done, total)
    give_back(con)
    return report


def last_load(con: duckdb.DuckDBPyConnection) -> int:
    """The number of the last load, 0 before the first; what is published since has greater ones than all before."""
    return int(con.execute(statement("load/last_load")).fetchall()[0][0])


def _load_batch(con: duckdb.DuckDBPyConnection, batch: Batch) -> LoadReport:
    """Load what is whole of a batch, and write all of it to the ledger."""
    load_no, names = last_load(con) + 1, [found.segment.name for found in batch.found]
    con.register("listed", _listed(batch.found))
    with transaction(con):
        con.execute(statement("load/forget_segments"), {"kind": batch.kind, "segments": names})
        before = _sums(con, load_no)
        if batch.deliveries is not None:
            _take_events(con, batch.deliveries, load_no)
        if batch.quarantined is not None:
            con.register("incoming", batch.quarantined)
            con.execute(statement("load/quarantine"))
            con.unregister("incoming")
        con.execute(statement("load/insert_segments"), {"load_no": load_no, "kind": batch.kind})
        named = assign_names(con, load_no)
        after = _sums(con, load_no)
    con.unregister("listed")
    delivered, _, duplicates, conflicts, quarantined = (new - old for new, old in zip(after, before, strict=True))
    return LoadReport(
        load_no,
        delivered,
        delivered - duplicates - conflicts,
        duplicates,
        conflicts,
        quarantined,
        damaged=[found.segment.name for found in batch.found if found.damage is not None],
        event_names=named,
    )


def _take_events(con: duckdb.DuckDBPyConnection, deliveries: Deliveries, load_no: int) -> None:
    con.register("incoming", deliveries.table)
    known = con.sql(statement("load/known")).to_arrow_table()
    con.register("known", known)
    repeated = pc.unique(pa.chunked_array([deliveries.repeated, *known["number"].chunks]))
    con.register("repeated", deliveries.some(repeated))
    for name in ("contested", "judged"):
        con.execute(statement(f"load/{name}"))
    for table in ("ops.duplicates", "ops.conflicts"):
        con.execute("delete from " + table + " where event_id in (select event_id from judged)")
    for name in ("withdraw", "recalled", "insert_events", "insert_others", "remove_withdrawn", "insert_arrivals"):
        con.execute(statement(f"load/{name}"), {"load_no": load_no})
    for name in ("insert_duplicates", "insert_conflicts"):
        con.execute(statement(f"load/{name}"))
    for table in ("contested", "judged", "recalled"):
        con.execute("drop table " + table)
    for table in ("incoming", "known", "repeated"):
        con.unregister(table)


def _listed(found: list[Found]) -> pa.Table:
    segments = [one.segment for one in found]
    return pa.table({
        "segment": [segment.name for segment in segments],
        "received_date": [segment.received_date for segment in segments],
        "deliveries": [one.deliveries for one in found],
        "bytes": [one.size for one in found],
        "sha256_prefix": [segment.sha256_prefix for segment in segments],
        "status": ["loaded" if one.damage is None else "damaged" for one in found],
        "detail": pa.array([one.damage for one in found], pa.string()),
    })  # fmt: skip


def _sums(con: duckdb.DuckDBPyConnection, load_no: int) -> tuple[int, ...]:
    return tuple(con.execute(statement("load/report"), {"load_no": load_no}).fetchall()[0])

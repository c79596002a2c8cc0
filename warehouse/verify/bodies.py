"""Each body of the lake against what the warehouse made of it, a bounded chunk of deliveries at a time."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Collection, Mapping, Sequence

import duckdb
import pyarrow as pa

from warehouse.load import Segment
from warehouse.native import hash_bodies
from warehouse.schema.tokens import parse
from warehouse.statements import statement
from warehouse.verify.appearances import Appearances
from warehouse.verify.deliveries import chunks
from warehouse.verify.envelopes import Stored, StoredConflict, check_conflict, check_envelope
from warehouse.verify.findings import Finding, VerifyReport
from warehouse.verify.layout import TableLayout
from warehouse.verify.rows import EventCheck, Row, Typed
from warehouse.verify.segments import Sound
from warehouse.verify.shapes import shape_of

SHOWN = 1_000
_COLUMNS = ["id", "received_at", "body"]
_CHUNK = pa.schema([
    ("segment", pa.string()), ("id", pa.string()), ("received_at", pa.int64()), ("body", pa.string()),
    ("body_hash", pa.uint64()),
])  # fmt: skip


class BodiesCheck:
    """A pass over the lake; `sample` is the size of the sample, None for all events."""

    def __init__(
        self, con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[TableLayout]], report: VerifyReport
    ) -> None:
        self.con = con
        self.tables = tables
        self.report = report
        self.appearances: dict[str, Appearances] = {}

    def run(
        self,
        sound: Sound,
        sample: int | None,
        progress: Callable[[str, int, int], None],
    ) -> None:
        """Check the events of these segments, which are known to be whole, and by which names in `stands_for`."""
        self._prepare(sample)
        if sample is None:
            shapes = {name: shape_of(self.con, name, self.report)[0] for name in self.tables}
            self.appearances = {name: Appearances(name, shape) for name, shape in shapes.items()}
        wanted = self._wanted(sample, sound.segments)
        total = self.con.execute("select count(*) from sample").fetchall()[0][0]
        for chunk in chunks(wanted, _COLUMNS, _batch):
            self.con.register("chunk", chunk)
            self._check_chunk()
            if sample is None:
                self._check_accounted(sound.partly)
            self.con.unregister("chunk")
            progress("events", self.report.checked, total)
        for event_id, segment in self.con.execute(statement("verify/unseen"), {"shown": SHOWN}).fetchall():
            what = "was not received: its segment in the lake does not hold it"
            self.report.add(Finding("event", what, segment, event_id, "core.events"))
        self.con.execute("drop table seen")
        if self.report.checked == self.report.events:  # what was not looked at may have been the first
            for appearances in self.appearances.values():
                appearances.report(self.report)

    def _prepare(self, sample: int | None) -> None:
        if sample is None:
            self.con.execute(statement("verify/everything"))
        else:
            of_each_name = max(1, sample // max(1, len(self.tables)))
            self.con.execute(statement("verify/sample"), {"size": sample, "of_each_name": of_each_name})
            self.con.execute("create or replace temp view sample as from sampled")
        self.con.execute("create or replace temp table seen (event_id varchar)")

    def _wanted(self, sample: int | None, whole: Sequence[Segment]) -> list[Segment]:
        events = [segment for segment in whole if segment.kind == "events"]
        if sample is None:
            return events
        holding = {name for (name,) in self.con.execute(statement("verify/holding")).fetchall()}
        return [segment for segment in events if segment.name in holding]

    def _check_chunk(self) -> None:
        events: dict[str, list[Stored]] = defaultdict(list)
        for row in self.con.execute(statement("verify/events_of")).fetchall():
            stored = Stored(*row)
            events[stored.event_name].append(stored)
        for event_name, found in events.items():
            self._check_events(self.tables.get(event_name, ()), found, self.appearances.get(event_name))

    def _check_events(
        self, tables: Sequence[TableLayout], events: Sequence[Stored], appearances: Appearances | None
    ) -> None:
        ids = pa.table({"event_id": [stored.event_id for stored in events]})
        self.con.register("chunk_ids", ids)
        self.con.execute("insert into seen select event_id from chunk_ids")
        typed = self._typed(tables)
        self.con.unregister("chunk_ids")
        for stored in events:
            self.report.checked += 1
            text = check_envelope(stored, self.report)
            if text is not None and tables:
                data = parse(text)
                keys = (stored.company_id, stored.occurred_at, stored.received_at)
                found = typed.get(stored.event_id) or Typed([[] for _ in tables], [])
                EventCheck(stored.event_id, keys, self.report).run(data, tables, found)
                if appearances is not None:
                    appearances.look(data, stored.received_at, stored.event_id)

    def _typed(self, tables: Sequence[TableLayout]) -> dict[str, Typed]:
        """The rows of the chunk's events, by event_id."""
        found: dict[str, Typed] = defaultdict(lambda: Typed([[] for _ in tables], []))
        for at, table in enumerate(tables):
            rows: list[Row] = self.con.execute(table.rows_of("chunk_ids")).fetchall()
            for row in rows:
                found[row[0]].rows[at].append(row)
        for event_id, path, value in self.con.execute(statement("verify/misfits_of")).fetchall():
            found[event_id].misfits.append((path, value))
        return found

    def _check_accounted(self, partly: Collection[str]) -> None:
        for row in self.con.execute(statement("verify/conflicts_of")).fetchall():
            check_conflict(StoredConflict(*row), self.report)
        for segment, event_id in self.con.execute(statement("verify/unaccounted")).fetchall():
            if segment not in partly:  # what is not loaded of these cannot be accounted for
                what = "a delivery is neither event, nor duplicate, nor conflict with its data"
                self.report.add(Finding("accounting", what, segment, event_id))


def _batch(segment: Segment, batch: pa.RecordBatch) -> pa.RecordBatch:
    bodies = batch["body"].cast(pa.string())
    columns = [
        pa.array([segment.name] * batch.num_rows, pa.string()),
        batch["id"].cast(pa.string()),
        batch["received_at"].cast(pa.timestamp("us")).cast(pa.int64()),
        bodies,
        hash_bodies(bodies),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_CHUNK)

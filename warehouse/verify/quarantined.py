"""Each delivery in the lake's quarantine against its row in ops.quarantine."""

from __future__ import annotations

import duckdb
import pyarrow as pa

from warehouse.load import Segment
from warehouse.statements import statement
from warehouse.verify.deliveries import chunks
from warehouse.verify.findings import Finding, VerifyReport
from warehouse.verify.segments import Sound

TABLE = "ops.quarantine"
_CHUNK = pa.schema([
    ("segment", pa.string()), ("quarantine_id", pa.string()), ("received_at", pa.int64()), ("reason", pa.string()),
    ("detail", pa.string()), ("body", pa.binary()),
])  # fmt: skip


def check_quarantined(con: duckdb.DuckDBPyConnection, sound: Sound, report: VerifyReport) -> None:
    """Compare every column; the temporary table `stands_for` says by which names segments are known."""
    segments = [one for one in sound.segments if one.kind == "quarantine" and one.name not in sound.partly]
    for chunk in chunks(segments, _CHUNK.names[1:], _batch):
        con.register("chunk", chunk)
        for quarantine_id, segment, column in con.execute(statement("verify/quarantine_differs")).fetchall():
            what = "is not there" if column is None else "differs from the lake"
            report.add(Finding("quarantine", what, segment, quarantine_id, TABLE, column))
        con.unregister("chunk")


def _batch(segment: Segment, batch: pa.RecordBatch) -> pa.RecordBatch:
    columns = [
        pa.array([segment.name] * batch.num_rows, pa.string()),
        batch["quarantine_id"].cast(pa.string()),
        batch["received_at"].cast(pa.timestamp("us")).cast(pa.int64()),
        batch["reason"].cast(pa.string()),
        batch["detail"].cast(pa.string()),
        batch["body"].cast(pa.binary()),
    ]
    return pa.RecordBatch.from_arrays(columns, schema=_CHUNK)

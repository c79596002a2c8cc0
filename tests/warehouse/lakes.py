"""Segments of a lake made by hand, and a warehouse built from them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.build import open_build
from warehouse.flatten import flatten, pending_event_names
from warehouse.load import LoadReport, Segment, load
from warehouse.segments import Kind

START = 1_790_000_000_000_000
"""A moment in 2026, in µs since 1970."""


@dataclass(frozen=True)
class Delivery:
    """One delivery: the body as it came, and when."""

    id: str
    event_name: str
    body: bytes
    received_at: int
    company_id: str = "ABC1234"


def delivery(
    number: int, event_name: str, data: str, *, received_at: int | None = None, id_: str | None = None
) -> Delivery:
    """A delivery whose `data` is the given JSON text, received one second after the one before."""
    event_id = id_ or f"wh_{number:026d}"
    body = f'{{"event_name":{json.dumps(event_name)},"id":"{event_id}","company_id":"ABC1234","data":{data}}}'
    return Delivery(event_id, event_name, body.encode(), received_at or START + number * 1_000_000)


def segment(folder: Path, deliveries: Sequence[Delivery]) -> Segment:
    """Seal deliveries into one file, as the lake lays it out."""
    table = pa.table({
        "id": [one.id for one in deliveries],
        "event_name": [one.event_name for one in deliveries],
        "company_id": [one.company_id for one in deliveries],
        "received_at": pa.array([one.received_at for one in deliveries], pa.timestamp("us")),
        "body": pa.array([one.body for one in deliveries], pa.binary()),
    })  # fmt: skip
    return sealed(folder, table, min(one.received_at for one in deliveries), "events")


def sealed(folder: Path, table: pa.Table, first: int, kind: Kind) -> Segment:
    """Seal rows into one file, whose name tells when the first was received, and its hash."""
    sink = pa.BufferOutputStream()
    pq.write_table(table, sink)
    content = sink.getvalue().to_pybytes()
    digest = hashlib.sha256(content).hexdigest()[:16]
    name = f"received_date=2026-09-21/{first}-{kind}-{digest}.parquet"
    path = folder / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return Segment(name, path, kind, digest)


def build(con: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> LoadReport:
    """Load segments and bring every typed table up to date."""
    report = load(con, segments)
    for event_name in pending_event_names(con):
        flatten(con, event_name)
    return report


def warehouse(folder: Path, *batches: Sequence[Delivery]) -> duckdb.DuckDBPyConnection:
    """A warehouse built batch by batch, each batch one segment and one build."""
    con = open_build(folder / "build.duckdb", memory_limit="500MB", threads=2)
    for batch in batches:
        if batch:
            build(con, [segment(folder / "lake", batch)])
    return con


def contents(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """All that a typed warehouse says: each table with its columns and its rows in a fixed order."""
    tables = con.execute("select schema_name, table_name from ops.tables order by all").fetchall()
    said: dict[str, list[tuple[object, ...]]] = {
        "ops.tables": con.execute("from ops.tables order by all").fetchall(),
        "ops.columns": con.execute("select * exclude (widened_at) from ops.columns order by all").fetchall(),
        "ops.misfits": con.execute("from ops.misfits order by all").fetchall(),
        "core.events": con.execute("select * exclude (segment) from core.events order by all").fetchall(),
    }
    for schema_name, table_name in tables:
        rows = con.table(f'"{schema_name}"."{table_name}"')
        said[f"{schema_name}.{table_name}"] = [
            tuple(zip(rows.columns, map(str, rows.types), strict=True)),
            *sorted(rows.fetchall(), key=repr),
        ]
    return said

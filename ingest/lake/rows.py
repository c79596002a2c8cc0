"""Rows of the lake and their Parquet form.

`body` is binary: the exact bytes as received. `received_at` is a TIMESTAMP without zone that means UTC.
"""

import hashlib
from collections.abc import Sequence
from typing import NamedTuple

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.lake.encoding import encode

EVENTS = pa.schema(
    [
        pa.field("id", pa.string(), nullable=False),
        pa.field("event_name", pa.string(), nullable=False),
        pa.field("company_id", pa.string(), nullable=False),
        pa.field("received_at", pa.timestamp("us"), nullable=False),
        pa.field("body", pa.binary(), nullable=False),
    ]
)
QUARANTINE = pa.schema(
    [
        pa.field("quarantine_id", pa.string(), nullable=False),
        pa.field("received_at", pa.timestamp("us"), nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string(), nullable=False),
        pa.field("body", pa.binary(), nullable=False),
    ]
)


_LARGE_BYTES = 1024 * 1024  # below, preparing zstd costs more time than it saves bytes
_FEW = 200  # above, pyarrow is the faster one


class EventRow(NamedTuple):
    """One valid delivery; `received_at` counts microseconds since the epoch."""

    id: str
    event_name: str
    company_id: str
    received_at: int
    body: bytes


class QuarantineRow(NamedTuple):
    """One authenticated but unusable delivery, with the reason."""

    quarantine_id: str
    received_at: int
    reason: str
    detail: str
    body: bytes


def parquet(rows: Sequence[EventRow] | Sequence[QuarantineRow], schema: pa.Schema) -> bytes:
    """The rows as one Parquet file in memory."""
    large = sum(len(row.body) for row in rows) >= _LARGE_BYTES
    if len(rows) <= _FEW and not large:
        return encode(zip(*rows, strict=True), len(rows), schema)
    columns = [pa.array(column, field.type) for column, field in zip(zip(*rows, strict=True), schema, strict=True)]
    sink = pa.BufferOutputStream()
    with pq.ParquetWriter(
        sink,
        schema,
        compression="zstd" if large else "lz4",
        use_dictionary=False,
        write_statistics=["received_at"],
        store_schema=False,
    ) as file:
        file.write_batch(pa.record_batch(columns, schema=schema))
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def sha256_prefix(content: bytes) -> str:
    """The first 16 hex digits of the file's sha256, as its name carries them."""
    return hashlib.sha256(content).hexdigest()[:16]

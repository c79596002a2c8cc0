"""Files of the lake, read and proved at once: the bytes that are parsed are those whose hash was taken."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, TypeAlias

import pyarrow as pa
import pyarrow.parquet as pq

Kind: TypeAlias = Literal["events", "quarantine"]

ROWS_AT_ONCE = 8_192
"""Rows that are decoded in one piece: memory that is used again costs less than memory that is new."""

_TIME = pa.timestamp("us")
SCHEMAS: dict[Kind, pa.Schema] = {
    "events": pa.schema([
        pa.field("id", pa.string(), nullable=False),
        pa.field("event_name", pa.string(), nullable=False),
        pa.field("company_id", pa.string(), nullable=False),
        pa.field("received_at", _TIME, nullable=False),
        pa.field("body", pa.binary(), nullable=False),
    ]),
    "quarantine": pa.schema([
        pa.field("quarantine_id", pa.string(), nullable=False),
        pa.field("received_at", _TIME, nullable=False),
        pa.field("reason", pa.string(), nullable=False),
        pa.field("detail", pa.string()),
        pa.field("body", pa.binary()),
    ]),
}  # fmt: skip
"""As the lake writes them; times are UTC."""


@dataclass(frozen=True, slots=True)
class Segment:
    """A sealed file of the lake; `sha256_prefix` is that of its content, `name` its key in the ledger."""

    name: str
    path: Path
    kind: Kind
    sha256_prefix: str

    @property
    def received_date(self) -> str:
        """The partition, as `2026-11-23`."""
        return self.name.partition("/")[0].removeprefix("received_date=")

    @property
    def size(self) -> int:
        """Bytes of the file; 0 where there is none."""
        try:
            return self.path.stat().st_size
        except FileNotFoundError:
            return 0


class Damaged(Exception):  # noqa: N818 - it names the state of the segment
    """A segment is not what its name promises; the message says in which way."""


def read(segment: Segment) -> pa.Table:
    """The rows of a segment, by the schema of its kind. Raises Damaged."""
    content = _proved(segment)
    try:
        return _rows(content, SCHEMAS[segment.kind])
    except (pa.ArrowException, OSError, ValueError, KeyError) as error:
        message = f"its content is not that of a segment: {str(error).splitlines()[0]}"
        raise Damaged(message) from error


def _rows(content: bytes, schema: pa.Schema) -> pa.Table:
    file = pq.ParquetFile(pa.BufferReader(content), pre_buffer=False)
    if file.metadata.num_rows > ROWS_AT_ONCE:
        table = pa.Table.from_batches(file.iter_batches(ROWS_AT_ONCE, columns=schema.names, use_threads=False))
    else:
        table = file.read(use_threads=False)
    return table if table.schema.equals(schema) else table.select(schema.names).cast(schema)


def _proved(segment: Segment) -> bytes:
    """All bytes of a segment, whose hash is the one in its name."""
    try:
        content = segment.path.read_bytes()
    except OSError as error:
        message = f"cannot be read: {error.strerror}"
        raise Damaged(message) from error
    found = hashlib.sha256(content).hexdigest()[: len(segment.sha256_prefix)]
    if found != segment.sha256_prefix:
        message = f"its content has the hash {found}, not the one in its name"
        raise Damaged(message)
    return content

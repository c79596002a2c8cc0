"""The deliveries of some segments as one table that DuckDB takes in as it is: `data` cut out of the bodies, events of
one event_name beside each other.

No `data` is copied: it is a view of the bytes that were read (Arrow's string_view). Views are ordered as the plain 16
bytes that each of them is.
"""

from __future__ import annotations

import struct
from collections.abc import Iterator
from dataclasses import dataclass
from math import ceil
from typing import TypeAlias

import msgspec
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.build import ROW_GROUP
from warehouse.native import VIEW, cut_data, hash_bodies, read_clocks, repeated_rows

SHORT = 12
"""Bytes of a string that lie in its view."""
CHUNK = 9 * ROW_GROUP
"""Rows that one thread writes together, at most: whole row groups, that few are left half full."""

Columns: TypeAlias = dict[str, pa.Array]

_VIEWS = pa.binary(VIEW)


class _Envelope(msgspec.Struct):
    data: msgspec.Raw


_decoder = msgspec.json.Decoder(_Envelope)


class Unusable(Exception):  # noqa: N818 - it names the state of a row
    """A row that cannot be a delivery, by its number."""

    def __init__(self, row: int, error: Exception) -> None:
        super().__init__(f"it holds what is not a delivery: {error}")
        self.row = row


@dataclass(frozen=True, slots=True)
class Deliveries:
    """Rows of event_id, event_name, company_id, received_at, segment, clock, number, body_hash, data.

    They are ordered by event_name and received_at; `clock` is the id's, if it tells one; `number` that of the row.
    """

    columns: Columns
    buffers: list[pa.Buffer]

    @property
    def table(self) -> pa.Table:
        """All rows, in chunks that one thread writes together: two or more, where there are two row groups."""
        rows = self._table(self.columns)
        half = ROW_GROUP * ceil(len(rows) / 2 / ROW_GROUP)
        return pa.Table.from_batches(rows.to_batches(max_chunksize=min(CHUNK, half)))

    @property
    def repeated(self) -> pa.Int64Array:
        """The numbers of the rows whose id other rows have too."""
        return repeated_rows(self.columns["event_id"])

    def some(self, numbers: pa.Int64Array) -> pa.Table:
        """The rows of these numbers."""
        return self._table({name: column.take(numbers) for name, column in self.columns.items()})

    def _table(self, columns: Columns) -> pa.Table:
        views = columns["data"]
        strings = pa.Array.from_buffers(pa.string_view(), len(views), [None, views.buffers()[1], *self.buffers])
        return pa.table(columns | {"data": pa.ExtensionArray.from_storage(pa.json_(pa.string_view()), strings)})


def arranged(rows: pa.Table, segments: pa.DictionaryArray) -> Deliveries:
    """The deliveries of segments. Raises Unusable."""
    columns, buffers = _columns(rows)
    columns["segment"] = segments
    order = _order(columns["event_name"], columns["received_at"])
    columns = {name: column.take(order) for name, column in columns.items()}
    columns["number"] = pa.arange(0, len(order))
    return Deliveries(columns, buffers)


def _columns(rows: pa.Table) -> tuple[Columns, list[pa.Buffer]]:
    """The columns, unordered, `data` as plain views; and the buffers that these point into."""
    plain = {name: _one(rows.column(name)) for name in ("id", "event_name", "company_id", "received_at")}
    for name in ("id", "event_name", "company_id"):
        _check_text(plain[name])
    data, buffers = _views(rows.column("body"))
    columns = {
        "event_id": plain["id"],
        "event_name": plain["event_name"].dictionary_encode(),
        "company_id": plain["company_id"].dictionary_encode(),
        "received_at": plain["received_at"].cast(pa.timestamp("us", "UTC")),
        "clock": read_clocks(plain["id"]),
        "body_hash": pa.concat_arrays([hash_bodies(piece) for piece in rows.column("body").chunks]),
        "data": data,
    }
    return columns, buffers


def _check_text(column: pa.StringArray) -> None:
    """Parquet promises that a text is UTF-8, and nobody else checks it."""
    try:
        column.validate(full=True)
    except pa.ArrowInvalid:
        for row, text in enumerate(column.cast(pa.binary()).to_pylist()):
            try:
                text.decode()
            except UnicodeDecodeError as error:
                raise Unusable(row, error) from error
        raise


def _one(column: pa.ChunkedArray) -> pa.Array:
    return column.chunk(0) if column.num_chunks == 1 else pa.concat_arrays(column.chunks)


def _order(names: pa.DictionaryArray, received_at: pa.TimestampArray) -> pa.Array:
    ranks = pc.rank(names.dictionary).take(names.indices)
    keys = pa.table({"name": ranks, "received_at": received_at})
    return pc.sort_indices(keys, [("name", "ascending"), ("received_at", "ascending")])


def _views(bodies: pa.ChunkedArray) -> tuple[pa.FixedSizeBinaryArray, list[pa.Buffer]]:
    """The views of the `data` of all bodies, and the buffers that these point into."""
    cut, rest, rows = [], bytearray(), 0
    for number, piece in enumerate(bodies.chunks):
        data, cuts = cut_data(piece, number)
        if cuts < len(piece):
            for row in _uncut(data):
                _put(data, row, _cut(piece[row].as_py(), rows + row), bodies.num_chunks, rest)
        cut.append(pa.Array.from_buffers(_VIEWS, len(piece), [None, data]))
        rows += len(piece)
    buffers = [piece.buffers()[2] or pa.py_buffer(b"") for piece in bodies.chunks]
    return pa.concat_arrays(cut), [*buffers, pa.py_buffer(rest)]


def _uncut(data: pa.Buffer) -> Iterator[int]:
    lengths = memoryview(data).cast("i")[:: VIEW // 4]
    return (row for row, length in enumerate(lengths) if not length)


def _cut(body: bytes, row: int) -> bytes:
    """`data` of a body in which it is spelled with escapes, or repeated: the last one counts."""
    try:
        return bytes(_decoder.decode(body.decode()).data)
    except (msgspec.MsgspecError, UnicodeDecodeError, RecursionError) as error:
        raise Unusable(row, error) from error


def _put(data: pa.Buffer, row: int, text: bytes, buffer: int, rest: bytearray) -> None:
    """Let the view of a row be of that text; a long one goes behind the rest, which is the buffer of that number."""
    if len(text) <= SHORT:
        struct.pack_into("<i12s", memoryview(data), row * VIEW, len(text), text)
        return
    struct.pack_into("<i4sii", memoryview(data), row * VIEW, len(text), text[:4], buffer, len(rest))
    rest += text

"""The Parquet file of a few rows, written by hand.

pyarrow's writer takes a quarter of a millisecond whatever it writes, as long as a disk needs for an fsync; a delivery
that comes alone waits for it, and the interpreter with it. Here a file is one row group with one plain page for each
column; what tells readers its form (Thrift's compact protocol) is put together from numbers and lengths.
"""

import struct
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from typing import Any, NamedTuple

import pyarrow as pa

_MAGIC = b"PAR1"
_FALSE, _I32, _I64, _BINARY, _LIST, _STRUCT = 2, 5, 6, 8, 9, 12
_INT64, _BYTE_ARRAY = 2, 6
_PLAIN, _RLE = 0, 3
_UNCOMPRESSED, _LZ4_RAW = 0, 7
_WORTH_COMPRESSING = 2048

_lz4 = pa.Codec("lz4_raw")

Field = tuple[int, int, bytes]


class _Chunk(NamedTuple):
    """One column of the row group: its page as it lies in the file, and what the footer says of it."""

    page: bytes
    codec: int
    uncompressed: int
    statistics: tuple[Field, ...]


def encode(columns: Iterable[Sequence[Any]], rows: int, schema: pa.Schema) -> bytes:
    """The rows as one Parquet file; every column is required, and is text, bytes or a timestamp."""
    kinds, elements = _form(schema)
    content, offset = [_MAGIC], len(_MAGIC)
    chunks, total = [], 0
    for (name, physical), values in zip(kinds, columns, strict=True):
        chunk = _chunk(values, rows, physical)
        content.append(chunk.page)
        chunks.append(_thrift(_column(name, physical, chunk, rows, offset)))
        offset += len(chunk.page)
        total += chunk.uncompressed
    group = _thrift(((1, _LIST, _list(_STRUCT, chunks)), (2, _I64, _int(total)), (3, _I64, _int(rows))))
    footer = _thrift(
        (
            (1, _I32, _int(2)),
            (2, _LIST, elements),
            (3, _I64, _int(rows)),
            (4, _LIST, _list(_STRUCT, [group])),
            (6, _BINARY, _text(b"nacre")),
            (7, _LIST, _list(_STRUCT, [_ORDERED_BY_TYPE] * len(kinds))),
        )
    )
    return b"".join([*content, footer, struct.pack("<I", len(footer)), _MAGIC])


def _chunk(values: Sequence[Any], rows: int, physical: int) -> _Chunk:
    statistics: tuple[Field, ...] = ()
    if physical == _INT64:
        plain = struct.pack(f"<{rows}q", *values)
        least, greatest = (_text(struct.pack("<q", value)) for value in (min(values), max(values)))
        statistics = ((12, _STRUCT, _thrift(((5, _BINARY, greatest), (6, _BINARY, least)))),)
    else:
        plain = b"".join(_prefixed(values))
    data, codec = plain, _UNCOMPRESSED
    if len(plain) >= _WORTH_COMPRESSING:
        data, codec = _lz4.compress(plain, asbytes=True), _LZ4_RAW
    form = ((1, _I32, _int(rows)), (2, _I32, _int(_PLAIN)), (3, _I32, _int(_RLE)), (4, _I32, _int(_RLE)))
    head = _thrift(
        ((1, _I32, _int(0)), (2, _I32, _int(len(plain))), (3, _I32, _int(len(data))), (5, _STRUCT, _thrift(form)))
    )
    return _Chunk(head + data, codec, len(head) + len(plain), statistics)


def _prefixed(values: Sequence[str | bytes]) -> Iterator[bytes]:
    for value in values:
        content = value.encode() if isinstance(value, str) else value
        yield len(content).to_bytes(4, "little")
        yield content


def _column(name: bytes, physical: int, chunk: _Chunk, rows: int, offset: int) -> Iterator[Field]:
    described = (
        (1, _I32, _int(physical)),
        (2, _LIST, _list(_I32, [_int(_PLAIN), _int(_RLE)])),
        (3, _LIST, _list(_BINARY, [_text(name)])),
        (4, _I32, _int(chunk.codec)),
        (5, _I64, _int(rows)),
        (6, _I64, _int(chunk.uncompressed)),
        (7, _I64, _int(len(chunk.page))),
        (9, _I64, _int(offset)),
        *chunk.statistics,
    )
    yield (2, _I64, _int(0))
    yield (3, _STRUCT, _thrift(described))


@cache
def _form(schema: pa.Schema) -> tuple[list[tuple[bytes, int]], bytes]:
    """Name and physical type of each column, and the schema as the footer tells it."""
    kinds, elements = [], [_thrift(((4, _BINARY, _text(b"schema")), (5, _I32, _int(len(schema)))))]
    for field in schema:
        name, physical = field.name.encode(), _INT64 if pa.types.is_timestamp(field.type) else _BYTE_ARRAY
        element: list[Field] = [(1, _I32, _int(physical)), (3, _I32, _int(0)), (4, _BINARY, _text(name))]
        if physical == _INT64:
            microseconds = _thrift(((2, _STRUCT, _thrift(())),))
            timestamp = _thrift(((1, _FALSE, b""), (2, _STRUCT, microseconds)))  # not adjusted to UTC: it is UTC
            element.append((10, _STRUCT, _thrift(((8, _STRUCT, timestamp),))))
        elif pa.types.is_string(field.type):
            element += [(6, _I32, _int(0)), (10, _STRUCT, _thrift(((1, _STRUCT, _thrift(())),)))]
        kinds.append((name, physical))
        elements.append(_thrift(element))
    return kinds, _list(_STRUCT, elements)


def _thrift(fields: Iterable[Field]) -> bytes:
    """A struct: each field under its number, told as the distance to the one before."""
    out, last = bytearray(), 0
    for number, kind, value in fields:
        out.append((number - last) << 4 | kind)
        out += value
        last = number
    out.append(0)
    return bytes(out)


def _list(kind: int, items: Sequence[bytes]) -> bytes:
    return bytes([len(items) << 4 | kind]) + b"".join(items)  # fewer than fifteen


def _text(content: bytes) -> bytes:
    return _varint(len(content)) + content


def _int(number: int) -> bytes:
    """A number that is not negative, zigzag."""
    return _varint(number << 1)


def _varint(number: int) -> bytes:
    if number < 128:
        return _SHORT[number]
    out = bytearray()
    while number >= 128:
        out.append(number & 127 | 128)
        number >>= 7
    out.append(number)
    return bytes(out)


_SHORT = [bytes([number]) for number in range(128)]
_ORDERED_BY_TYPE = _thrift(((1, _STRUCT, _thrift(())),))  # without it, readers pass the statistics over

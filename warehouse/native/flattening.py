"""Documents into the typed rows of their tables, as Arrow arrays."""

from __future__ import annotations

from ctypes import byref, c_char_p, c_int32, c_int64, c_void_p
from dataclasses import dataclass
from enum import IntFlag
from weakref import finalize

import pyarrow as pa

from warehouse.native.library import address, load, load_short

TYPES = {
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "HUGEINT": pa.string(),
    "DECIMAL(38,9)": pa.decimal128(38, 9),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMPTZ": pa.timestamp("us", "UTC"),
    "VARCHAR": pa.string(),
    "JSON": pa.string(),
}
"""The types of columns, and the arrays that they come in; those of text are cast by whoever takes them."""

_NUMBERS = {type_: number for number, type_ in enumerate(TYPES)}
_TEXTS = {"HUGEINT", "VARCHAR", "JSON"}
_MEMBERS, _COLUMN, _ELEMENTS, _AWAITED = range(4)
_LIST, _REST = 16, 32


class Takes(IntFlag):
    """What a column takes beyond, or less than, what its type holds exactly (the flags of nacre_add_column)."""

    WHAT_IT_HOLDS = 0
    NUMERIC_TEXT = 1
    """Texts of numbers, as numbers."""
    FRACTIONS = 2
    """Numbers with a fraction or an exponent, in a column of texts."""
    ONLY_NULL = 4
    ONLY_EMPTY = 8
    """Nothing but empty objects, and null."""
    ONLY_SCALARS = 64
    """In a column of JSON, neither objects nor arrays."""


_lib, _short = load(), load_short()
for _from, _name, _restype, *_argtypes in (
    (_lib, "nacre_flatten", c_int64, c_void_p, c_void_p, c_void_p, c_int64, c_int64, c_void_p),
    (_lib, "nacre_clear", None, c_void_p),
    (_lib, "nacre_free", None, c_void_p),
    (_short, "nacre_program", c_void_p),
    (_short, "nacre_add_table", c_int32, c_void_p),
    (_short, "nacre_add_column", c_int32, c_void_p, c_int32, c_int32, c_int32),
    (_short, "nacre_add_member", c_int32, c_void_p, c_int32, c_char_p, c_int32, c_int32, c_int32),
    (_short, "nacre_set_money", None, c_void_p, c_int32, c_int32, c_int32),
    (_short, "nacre_rows", c_int64, c_void_p, c_int32),
    (_short, "nacre_buffer", c_void_p, c_void_p, c_int32, c_int32, c_int32, c_void_p),
):
    _function = getattr(_from, _name)
    _function.restype, _function.argtypes = _restype, _argtypes


@dataclass(frozen=True, slots=True)
class Taken:
    """The rows of one table: which document each is from, its keys as an element, and its columns."""

    documents: pa.Int64Array
    parents: pa.Int64Array
    positions: pa.Int64Array
    columns: list[pa.Array]


class Program:
    """What the documents of one event_name are read by; filled once, then run on batch after batch.

    A place is what `members`, `column` or `elements` returned, or `root` of a table. The program lives as long as the
    arrays that it made. Raises MemoryError.
    """

    def __init__(self) -> None:
        self._address = _short.nacre_program()
        if not self._address:
            raise MemoryError
        finalize(self, _lib.nacre_free, self._address)
        self._types: list[list[tuple[str, bool]]] = []

    @staticmethod
    def root(table: int) -> int:
        """The place of a table's documents or elements themselves."""
        return -1 - table

    def table(self) -> int:
        """Begin a table: the first is that of the documents, the others those of arrays in them."""
        self._types.append([])
        return self._made(_short.nacre_add_table(self._address))

    def column(self, table: int, place: int, key: str, type_: str, takes: Takes = Takes.WHAT_IT_HOLDS) -> int:
        """The table's next column, of the member `key` of an object; a type with `[]` is that of a list."""
        flags = takes | (_LIST if type_.endswith("[]") else 0)
        return self._member(place, key, _COLUMN, self._column(table, type_, flags))

    def rest(self, table: int) -> None:
        """The table's next column is one of JSON, for members without a column of their own."""
        self._column(table, "JSON", _REST)

    def members(self, place: int, key: str) -> int:
        """The member `key` is an object that is taken apart."""
        return self._member(place, key, _MEMBERS, 0)

    def awaited(self, place: int, key: str) -> int:
        """A document with the member `key` does not fit, whatever it is."""
        return self._member(place, key, _AWAITED, 0)

    def elements(self, place: int, key: str, table: int) -> int:
        """The member `key` is an array of objects, which are the rows of a table."""
        return self._member(place, key, _ELEMENTS, table)

    def money(self, place: int, amount: int, currency: int) -> None:
        """These two members of an object stand there both, or neither does."""
        _short.nacre_set_money(self._address, place, amount, currency)

    def run(self, documents: pa.ChunkedArray) -> pa.Int64Array:
        """Read texts; returns the numbers of those that do not fit, counted from 0.

        The rows made of the others stand behind those of earlier runs, until `clear`.
        """
        left, first = [pa.array([], pa.int64())], 0
        for chunk in documents.chunks:
            left.append(self._run(chunk.cast(pa.large_string()), first))
            first += len(chunk)
        return pa.concat_arrays(left)

    def _run(self, documents: pa.LargeStringArray, first: int) -> pa.Int64Array:
        count = len(documents)
        _, offsets, content = documents.buffers()
        left = pa.allocate_buffer(8 * count)
        offsets_at = offsets.address + 8 * documents.offset
        found = self._made(_lib.nacre_flatten(self._address, address(content), offsets_at, count, first, left.address))
        return pa.Int64Array.from_buffers(pa.int64(), found, [None, left])

    def clear(self) -> None:
        """Forget the rows."""
        _lib.nacre_clear(self._address)

    def taken(self, table: int) -> Taken:
        """The rows made since the last `clear`; not to be used after the next run or `clear`."""
        rows = _short.nacre_rows(self._address, table)
        keys = [pa.Int64Array.from_buffers(pa.int64(), rows, [None, self._buffer(table, -1, at)]) for at in range(3)]
        return Taken(keys[0], keys[1], keys[2], [self.values(table, at) for at in range(len(self._types[table]))])

    def values(self, table: int, at: int) -> pa.Array:
        """One column of these rows, by its number; as little to be used later."""
        rows = _short.nacre_rows(self._address, table)
        type_, is_list = self._types[table][at]
        return self._list(table, at, type_, rows) if is_list else self._array(table, at, type_, rows, 0)

    def _list(self, table: int, at: int, type_: str, rows: int) -> pa.Array:
        validity, offsets = (self._buffer(table, at, which) for which in range(2))
        count = 0 if not rows else memoryview(offsets).cast("i")[rows]
        items = self._array(table, at, type_, count, 3)
        return pa.ListArray.from_buffers(pa.list_(items.type), rows, [validity, offsets], children=[items])

    def _array(self, table: int, at: int, type_: str, rows: int, first: int) -> pa.Array:
        validity, offsets, values = (self._buffer(table, at, first + which) for which in range(3))
        buffers = [validity, offsets, values] if type_ in _TEXTS else [validity, values]
        return pa.Array.from_buffers(TYPES[type_], rows, buffers)

    def _buffer(self, table: int, at: int, which: int) -> pa.Buffer:
        size = c_int64()
        address = _short.nacre_buffer(self._address, table, at, which, byref(size))
        return pa.foreign_buffer(address, size.value, self) if address else pa.py_buffer(b"")

    def _column(self, table: int, type_: str, flags: int) -> int:
        scalar = type_.removesuffix("[]")
        self._types[table].append((scalar, type_ != scalar))
        return self._made(_short.nacre_add_column(self._address, table, _NUMBERS[scalar], flags))

    def _member(self, place: int, key: str, kind: int, target: int) -> int:
        text = key.encode()
        return self._made(_short.nacre_add_member(self._address, place, text, len(text), kind, target))

    @staticmethod
    def _made(number: int) -> int:
        if number < 0:
            raise MemoryError
        return number

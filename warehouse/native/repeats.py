"""Finds the ids that a batch of deliveries holds more than once."""

from __future__ import annotations

import secrets
from ctypes import c_int64, c_uint64, c_void_p

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.native.library import address, load

_repeats = load().nacre_repeats
_repeats.argtypes = [c_void_p, c_void_p, c_int64, c_uint64, c_void_p, c_int64, c_void_p]
_repeats.restype = None


def repeated_rows(ids: pa.StringArray) -> pa.Int64Array:
    """The numbers of the rows whose id stands in other rows too, in order."""
    _, offsets, content = ids.buffers()
    count = len(ids)
    room = 1 << (2 * count).bit_length()
    first, repeated = pa.py_buffer(b"\xff" * (4 * room)), bytearray(count)
    marks = pa.py_buffer(repeated)
    begins = offsets.address + 4 * ids.offset
    _repeats(address(content), begins, count, secrets.randbits(64), first.address, room, marks.address)
    marked = pa.UInt8Array.from_buffers(pa.uint8(), count, [None, marks])
    return pc.indices_nonzero(marked).cast(pa.int64())

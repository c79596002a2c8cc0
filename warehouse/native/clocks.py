"""Reads the sender's clock out of the ids of deliveries."""

from __future__ import annotations

from ctypes import c_int64, c_void_p

import pyarrow as pa

from warehouse.native.library import address, load

_clocks = load().nacre_clocks
_clocks.argtypes = [c_void_p, c_void_p, c_int64, c_void_p, c_void_p]
_clocks.restype = None


def read_clocks(ids: pa.StringArray) -> pa.TimestampArray:
    """For each id the clock of the ULID behind `wh_`; null where it is none, or its clock is beyond the year 9999."""
    _, offsets, content = ids.buffers()
    count = len(ids)
    clocks, known = pa.allocate_buffer(8 * count), pa.py_buffer(bytearray((count + 7) // 8))
    _clocks(address(content), offsets.address + 4 * ids.offset, count, clocks.address, known.address)
    return pa.TimestampArray.from_buffers(pa.timestamp("us", "UTC"), count, [known, clocks])

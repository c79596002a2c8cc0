"""Cuts `data` out of the bodies of deliveries, verbatim."""

from __future__ import annotations

from ctypes import c_int64, c_void_p

import pyarrow as pa

from warehouse.native.library import load

_cut = load().nacre_cut
_cut.argtypes = [c_void_p, c_void_p, c_int64, c_void_p, c_void_p]
_cut.restype = c_int64


def cut_data(bodies: pa.LargeBinaryArray) -> tuple[pa.Int64Array, pa.Int64Array]:
    """For each body: the offset of its `data` in the array's bytes, and its length; -1 and 0 where C does not cut it.

    It does where the body is UTF-8 and one JSON object, of which exactly one member is called `data`, and no key is
    written with escapes.
    """
    _, offsets, content = bodies.buffers()
    count = len(bodies)
    begins, lengths = (pa.allocate_buffer(8 * count) for _ in range(2))
    address = 0 if content is None else content.address
    _cut(address, offsets.address + 8 * bodies.offset, count, begins.address, lengths.address)
    return pa.Int64Array.from_buffers(pa.int64(), count, [None, begins]), pa.Int64Array.from_buffers(
        pa.int64(), count, [None, lengths]
    )

"""Cuts `data` out of the bodies of deliveries, verbatim and where it lies."""

from __future__ import annotations

from ctypes import c_int32, c_int64, c_void_p

import pyarrow as pa

from warehouse.native.library import address, load

VIEW = 16
"""Bytes in a view: a string's length and, of a long one, its beginning, its buffer and its place there (Arrow)."""

_cut = load().nacre_cut
_cut.argtypes = [c_void_p, c_void_p, c_int64, c_int32, c_void_p]
_cut.restype = c_int64


def cut_data(bodies: pa.BinaryArray, buffer: int) -> tuple[pa.Buffer, int]:
    """The views of the `data` of each body, in a column whose buffer of that number is theirs.

    A view has no bytes where C does not cut it; the number returned is that of those it did. It does where the body is
    UTF-8 and one JSON object, of which exactly one member is called `data`, and no key has escapes.
    """
    _, offsets, content = bodies.buffers()
    count = len(bodies)
    data = pa.allocate_buffer(VIEW * count)
    return data, _cut(address(content), offsets.address + 4 * bodies.offset, count, buffer, data.address)

"""Hashes of bodies, and the ids that are there more than once."""

from __future__ import annotations

import secrets
from ctypes import c_int64, c_uint64, c_void_p

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.native.library import address, load

_lib = load()
_hash, _repeats = _lib.nacre_hash, _lib.nacre_repeats
_hash.argtypes = [c_void_p, c_void_p, c_int64, c_uint64, c_void_p]
_repeats.argtypes = [c_void_p, c_void_p, c_int64, c_uint64, c_void_p, c_int64, c_void_p]
_hash.restype = _repeats.restype = None

_ALWAYS = 1
"""The seed of hashes that are kept."""


def hash_bodies(bodies: pa.BinaryArray | pa.StringArray) -> pa.UInt64Array:
    """A hash of 64 bits of each: the same for the same bytes, in every process."""
    _, offsets, content = bodies.buffers()
    count = len(bodies)
    hashes = pa.allocate_buffer(8 * count)
    _hash(address(content), offsets.address + 4 * bodies.offset, count, _ALWAYS, hashes.address)
    return pa.UInt64Array.from_buffers(pa.uint64(), count, [None, hashes])


def repeated_rows(ids: pa.StringArray) -> pa.Int64Array:
    """The numbers of the rows whose id other rows have too, in order."""
    _, offsets, content = ids.buffers()
    count = len(ids)
    room = 1 << (2 * count).bit_length()
    first, repeated = bytearray(b"\xff") * (4 * room), bytearray(count)
    places, marks = pa.py_buffer(first), pa.py_buffer(repeated)
    begins = offsets.address + 4 * ids.offset
    # a seed that nobody can foresee: ids are the sender's, who could choose some that share a slot
    _repeats(address(content), begins, count, secrets.randbits(64), places.address, room, marks.address)
    return pc.indices_nonzero(pa.UInt8Array.from_buffers(pa.uint8(), count, [None, marks])).cast(pa.int64())

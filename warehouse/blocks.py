"""A DuckDB file as blocks, each known by eight bytes, and copied by the kernel from file to file.

Of DuckDB's storage format only this is taken for granted: three headers of 4 KiB, then blocks, each of which begins
with a checksum of its content.
"""

from __future__ import annotations

import errno
import os
import struct
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from ctypes import CDLL, c_int, c_int64, c_uint
from itertools import zip_longest
from pathlib import Path

DESCRIPTORS = Path("/proc/self/fd")
"""proc(5): what this process has open."""

HEADERS = 3 * 4096
BLOCK = 256 * 1024
CHECKSUM = 8
COPY_BYTES = 8 * 2**20
PORTION_BYTES = 256 * 1024
"""What is read and written at once where the kernel does not copy: memory that is small is used again."""
WRITE_ONLY = 2
"""linux/fs.h: begin to write what is dirty, wait for nothing."""
NO_KERNEL_COPY = {errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}


@contextmanager
def readable(path: Path) -> Iterator[int]:
    """A descriptor of a file: one that this process has already, if DuckDB has opened it here.

    To close another one would take DuckDB's lock from the file: a process has no lock on a file any more once it closes
    any descriptor of it (fcntl(2)).
    """
    descriptor = _open_here(path)
    if descriptor is not None:
        yield descriptor
        return
    descriptor = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _open_here(path: Path) -> int | None:
    wanted = path.stat()
    for opened in DESCRIPTORS.iterdir() if DESCRIPTORS.exists() else ():
        with suppress(OSError):  # the one that lists them is closed again
            if os.path.samestat(os.fstat(int(opened.name)), wanted):
                return int(opened.name)
    return None


def checksums(descriptor: int) -> list[int]:
    """The checksum of each block that is there whole."""
    whole = range(HEADERS, os.fstat(descriptor).st_size - BLOCK + 1, BLOCK)
    return [struct.unpack("<Q", os.pread(descriptor, CHECKSUM, offset))[0] for offset in whole]


def copy_blocks(reading: int, writing: int, wanted: Sequence[int], held: Sequence[int]) -> int:
    """Copy the blocks whose checksums are wanted and not held, and the headers. Returns how many bytes there were.

    `wanted` are those of the file that is read; what it has behind them, less than a block, is copied too.
    """
    written = _copy_range(reading, writing, 0, HEADERS)
    for begin, end in _runs(wanted, held):
        written += _copy_range(reading, writing, _place(begin), _place(end))
    return written + _copy_range(reading, writing, _place(len(wanted)), os.fstat(reading).st_size)


def _place(block: int) -> int:
    return HEADERS + block * BLOCK


def _runs(wanted: Sequence[int], held: Sequence[int]) -> Iterator[tuple[int, int]]:
    """Where blocks that lie beside each other differ: the first, and the one behind the last."""
    begin = 0
    for number, (has, had) in enumerate(zip_longest(wanted, held[: len(wanted)])):
        if has == had:
            if begin < number:
                yield begin, number
            begin = number + 1
    if begin < len(wanted):
        yield begin, len(wanted)


def _copy_range(reading: int, writing: int, begin: int, end: int) -> int:
    """Copy what one file has between two places to the same places of another. Returns how many bytes there were."""
    offset = begin
    while offset < end and (copied := _copy_some(reading, writing, offset, min(COPY_BYTES, end - offset))):
        begin_to_write(writing, offset, copied)
        offset += copied
    return offset - begin


def _copy_some(reading: int, writing: int, offset: int, count: int) -> int:
    """Copy at most so many bytes, as the kernel does it, or through our memory where it does not."""
    try:
        return os.copy_file_range(reading, writing, count, offset, offset)
    except OSError as error:
        if error.errno not in NO_KERNEL_COPY:
            raise
    portion = memoryview(bytearray(min(PORTION_BYTES, count)))
    found = os.preadv(reading, [portion], offset)
    return os.pwrite(writing, portion[:found], offset)


def begin_to_write(descriptor: int, offset: int = 0, count: int = 0) -> None:
    """Let the kernel write what is dirty to the disk; without a count, all that lies behind the offset.

    It is asked for, no more: what it answers is of no account, and an error stays for fsync to tell.
    """
    _sync_file_range(descriptor, offset, count, WRITE_ONLY)


_sync_file_range = CDLL(None).sync_file_range
_sync_file_range.argtypes = [c_int, c_int64, c_int64, c_uint]
_sync_file_range.restype = c_int

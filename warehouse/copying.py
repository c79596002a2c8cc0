"""Copy a DuckDB file so that the copy is durable and costs what has changed since an earlier copy, not what there is.

Where the file system can share blocks (btrfs, XFS), the copy is a reflink. Elsewhere the file that was published before
the last one is kept as a spare: once nobody has it open any more, only the blocks that differ are written into it.
DuckDB begins each block with a checksum of its content (its storage format: three headers of 4 KiB, then blocks), so
that blocks are compared by eight bytes each.

The kernel copies from file to file, and begins to write to the disk while it copies: the fsync at the end, which alone
tells whether all is there, then waits for little.
"""

from __future__ import annotations

import errno
import fcntl
import os
import struct
from ctypes import CDLL, c_int, c_int64, c_uint
from pathlib import Path

FICLONE = 0x40049409
"""linux/fs.h: share the blocks of another file."""
HEADERS = 3 * 4096
BLOCK = 256 * 1024
CHECKSUM = 8
COPY_BYTES = 8 * 2**20
PORTION_BYTES = 256 * 1024
"""What is read and written at once where the kernel does not copy: memory that is small is used again."""
WRITE_ONLY = 2
"""linux/fs.h: begin to write what is dirty, wait for nothing."""
NO_KERNEL_COPY = {errno.ENOSYS, errno.EXDEV, errno.EINVAL, errno.EOPNOTSUPP, errno.EPERM}


def copy_durably(source: Path, target: Path, spare: Path) -> int:
    """Make `target` a durable copy of the DuckDB file `source`, which nobody may be writing. Returns bytes written.

    `spare`, if it is there and nobody has it open, is an earlier copy that becomes the target. An existing target is
    replaced: it was left by a copy that did not end.
    """
    target.unlink(missing_ok=True)
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        written = _brought_up_to_date(reading, spare, target)
        return _copied(reading, target) if written is None else written
    finally:
        os.close(reading)


def _copied(reading: int, target: Path) -> int:
    size = os.fstat(reading).st_size
    writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        if not _cloned(reading, writing):
            _copy_range(reading, writing, 0, size)
        os.fsync(writing)
    finally:
        os.close(writing)
    return size


def _cloned(reading: int, writing: int) -> bool:
    try:
        fcntl.ioctl(writing, FICLONE, reading)
    except OSError:
        return False
    return True


def _brought_up_to_date(reading: int, spare: Path, target: Path) -> int | None:
    """Turn the spare into the target by the blocks that differ; None where there is none, or somebody reads it.

    It loses its name first: a block that was half written when this dies must not be taken for a whole one.
    """
    try:
        writing = os.open(spare, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    try:
        if not _is_ours_alone(writing):
            return None
        spare.replace(target)
        written = _write_differences(reading, writing)
        os.fsync(writing)
        return written
    finally:
        os.close(writing)


def _is_ours_alone(descriptor: int) -> bool:
    """Whether no other open file of any process is on it: else the kernel refuses a write lease (fcntl(2))."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True


def _write_differences(reading: int, writing: int) -> int:
    size, had = os.fstat(reading).st_size, os.fstat(writing).st_size
    os.ftruncate(writing, size)
    written = _copy_range(reading, writing, 0, min(HEADERS, size))
    begin = end = HEADERS
    for offset in range(HEADERS, size, BLOCK):
        if offset + BLOCK <= had and _checksum(reading, offset) == _checksum(writing, offset):
            continue
        if offset != end:
            written += _copy_range(reading, writing, begin, end)
            begin = offset
        end = min(offset + BLOCK, size)
    return written + _copy_range(reading, writing, begin, end)


def _checksum(descriptor: int, offset: int) -> int:
    return int(struct.unpack("<Q", os.pread(descriptor, CHECKSUM, offset))[0])


def _copy_range(reading: int, writing: int, begin: int, end: int) -> int:
    offset = begin
    while offset < end:
        copied = _copy_some(reading, writing, offset, min(COPY_BYTES, end - offset))
        if not copied:
            message = f"the build file ended at byte {offset} of {end} while it was copied"
            raise OSError(message)
        _begin_to_write(writing, offset, copied)
        offset += copied
    return end - begin


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


def _begin_to_write(descriptor: int, offset: int, count: int) -> None:
    """Ask for it, no more: what it answers is of no account, and an error stays for fsync to tell."""
    _sync_file_range(descriptor, offset, count, WRITE_ONLY)


_sync_file_range = CDLL(None).sync_file_range
_sync_file_range.argtypes = [c_int, c_int64, c_int64, c_uint]
_sync_file_range.restype = c_int

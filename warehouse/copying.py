"""Copy a DuckDB file so that the copy is durable and costs what has changed since an earlier copy, not what there is.

Where the file system can share blocks (btrfs, XFS), the copy is a reflink. Elsewhere the file that was published before
the last one is kept as a spare: once nobody has it open any more, only the blocks that differ are written into it.

The kernel begins to write to the disk while it copies: the fsync at the end, which alone tells whether all is there,
then waits for little. Nothing is copied while the file is still written: a block may be caught half-way, with the
checksum of the whole one.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.blocks import checksums, copy_blocks, readable

FICLONE = 0x40049409
"""linux/fs.h: share the blocks of another file."""


def copy_durably(source: Path, target: Path, spare: Path) -> int:
    """Make `target` a durable copy of the DuckDB file `source`, which nobody may be writing. Returns bytes written.

    `spare`, if it is there and nobody has it open, is an earlier copy that becomes the target. An existing target is
    replaced: it was left by a copy that did not end. One that does not end here goes.
    """
    target.unlink(missing_ok=True)
    with readable(source) as reading, _writable(target, spare) as writing:
        try:
            return _copy(reading, writing)
        except BaseException:
            target.unlink(missing_ok=True)
            raise


@contextmanager
def _writable(target: Path, spare: Path) -> Iterator[int]:
    descriptor = _taken(spare, target)
    if descriptor is None:
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def _copy(reading: int, writing: int) -> int:
    written, size = 0, os.fstat(reading).st_size
    if not _cloned(reading, writing):
        held = checksums(writing)
        os.ftruncate(writing, size)
        written = copy_blocks(reading, writing, checksums(reading), held)
    if os.fstat(reading).st_size != size:
        message = f"the build file had {size} bytes, and others while it was copied: somebody writes it"
        raise OSError(message)
    os.fsync(writing)
    return written


def _cloned(reading: int, writing: int) -> bool:
    with suppress(OSError):  # most file systems share no blocks
        fcntl.ioctl(writing, FICLONE, reading)
        return True
    return False


def _taken(spare: Path, target: Path) -> int | None:
    """Give the spare the name of the target, and open it; None where there is none, or somebody reads it.

    It loses its own name first: a block that is half written when this dies must not be taken for a whole one.
    """
    try:
        writing = os.open(spare, os.O_RDWR | os.O_CLOEXEC)
    except FileNotFoundError:
        return None
    if not _is_ours_alone(writing):
        os.close(writing)
        return None
    spare.replace(target)
    return writing


def _is_ours_alone(descriptor: int) -> bool:
    """Whether no other open file of any process is on it: else the kernel refuses a write lease (fcntl(2))."""
    try:
        fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_WRLCK)
    except OSError:
        return False
    fcntl.fcntl(descriptor, fcntl.F_SETLEASE, fcntl.F_UNLCK)
    return True

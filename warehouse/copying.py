"""Copy a DuckDB file so that the copy is durable and costs what has changed since an earlier copy, not what there is.

Where the file system can share blocks (btrfs, XFS), the copy is a reflink. Elsewhere the file that was published before
the last one is kept as a spare: once nobody has it open any more, only the blocks that differ are written into it.

A copy may begin while the file is still written: what is written meanwhile is copied again in the end. The kernel
begins to write to the disk while it copies: the fsync at the end, which alone tells whether all is there, then waits
for little.
"""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path

from warehouse.blocks import checksums, copy_blocks, readable

FICLONE = 0x40049409
"""linux/fs.h: share the blocks of another file."""


def copy_durably(source: Path, target: Path, spare: Path) -> int:
    """Make `target` a durable copy of the DuckDB file `source`, which nobody may be writing. Returns bytes written."""
    with copying(source, target, spare) as copy:
        return copy.finish()


@contextmanager
def copying(source: Path, target: Path, spare: Path) -> Iterator[Copy]:
    """Begin to make `target` a copy of the DuckDB file `source`; it is none until `finish` has returned, and goes
    where that never happens.

    `spare`, if it is there and nobody has it open, is an earlier copy that becomes the target. An existing target is
    replaced: it was left by a copy that did not end.
    """
    target.unlink(missing_ok=True)
    with readable(source) as reading, _writable(target, spare) as writing, ThreadPoolExecutor(1, "copy") as ahead:
        copy = Copy(reading, writing, ahead)
        try:
            yield copy
        finally:
            if not copy.finished:
                target.unlink(missing_ok=True)


@contextmanager
def _writable(target: Path, spare: Path) -> Iterator[int]:
    descriptor = _taken(spare, target)
    if descriptor is None:
        descriptor = os.open(target, os.O_RDWR | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


class Copy:
    """A copy in the making."""

    def __init__(self, reading: int, writing: int, ahead: ThreadPoolExecutor) -> None:
        self._reading, self._writing, self._ahead = reading, writing, ahead
        self._held = checksums(writing)
        self.finished = False
        self._begun: Future[int] | None = None

    def begin(self) -> None:
        """Copy what the file holds by now, while its writer goes on; to be called while nothing is being written.

        A block that is written meanwhile may have come here half-way, and be in the end what it was at first: so what
        has come is asked of the copy itself.
        """
        if not _cloned(self._reading, self._writing):
            wanted = checksums(self._reading)
            self._begun = self._ahead.submit(copy_blocks, self._reading, self._writing, wanted, self._held)

    def finish(self) -> int:
        """Make the copy whole and durable; nobody may be writing the file. Returns how many bytes were written."""
        written = 0
        if self._begun:
            written, self._held = self._begun.result(), checksums(self._writing)
        size = os.fstat(self._reading).st_size
        if not _cloned(self._reading, self._writing):
            os.ftruncate(self._writing, size)
            written += copy_blocks(self._reading, self._writing, checksums(self._reading), self._held)
        if os.fstat(self._reading).st_size != size:
            message = f"the build file had {size} bytes, and others while it was copied: somebody writes it"
            raise OSError(message)
        os.fsync(self._writing)
        self.finished = True
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

"""Replace the read-only warehouse file at one instant: readers see the old one or the new one, whole."""

from __future__ import annotations

import fcntl
import os
import time
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.load import last_load
from warehouse.statements import statement

FICLONE = 0x40049409
"""linux/fs.h: share the blocks of another file, on file systems that can (btrfs, XFS)."""
COPY_BYTES = 64 * 2**20


@dataclass(frozen=True, slots=True)
class Publication:
    """A published warehouse: its path, size in bytes, the time it took in seconds, and the last load it holds."""

    path: Path
    bytes: int
    seconds: float
    load_no: int
    events: int


def publish(con: duckdb.DuckDBPyConnection, build_path: Path, published_path: Path) -> Publication:
    """Publish what the build file holds. `con` is the connection on `build_path`, outside a transaction.

    The copy is durable under its final name when this returns. Dies it earlier, the old file stands as it was.
    """
    began = time.monotonic()
    load_no = last_load(con)
    events = int(con.execute("select count(*) from core.event_store").fetchall()[0][0])
    con.execute(statement("publish/record"), {"load_no": load_no, "events": events})
    con.execute("force checkpoint")
    temporary = published_path.with_name(f".{published_path.name}.tmp")
    temporary.unlink(missing_ok=True)
    size = _copy(build_path, temporary)
    temporary.replace(published_path)
    _sync_folder(published_path.parent)
    return Publication(published_path, size, time.monotonic() - began, load_no, events)


def _copy(source: Path, target: Path) -> int:
    """Copy a file, by reflink where the file system can, and make the copy durable. Returns its size in bytes."""
    reading = os.open(source, os.O_RDONLY | os.O_CLOEXEC)
    try:
        writing = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)
        try:
            size = os.fstat(reading).st_size
            if not _cloned(reading, writing):
                _copy_all(reading, writing, size)
            os.fsync(writing)
        finally:
            os.close(writing)
    finally:
        os.close(reading)
    return size


def _cloned(reading: int, writing: int) -> bool:
    try:
        fcntl.ioctl(writing, FICLONE, reading)
    except OSError:
        return False
    return True


def _copy_all(reading: int, writing: int, size: int) -> None:
    copied = 0
    while copied < size:
        count = os.sendfile(writing, reading, copied, min(COPY_BYTES, size - copied))
        if count == 0:
            message = f"the build file ended after {copied} of {size} bytes while it was copied"
            raise OSError(message)
        copied += count


def _sync_folder(folder: Path) -> None:
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

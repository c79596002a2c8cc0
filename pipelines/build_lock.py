"""One writer at a time, between processes: whoever holds the lock may open the build file."""

import errno
import fcntl
import os
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

POLL_SECONDS = 0.1


class BuildBusy(Exception):  # noqa: N818 - it names a state
    """Another process is building, and the caller did not want to wait."""

    def __init__(self, path: Path, holder: str) -> None:
        self.path = path
        self.holder = holder
        super().__init__(
            f"another build is running ({holder}); wait for it, or run without --no-wait to be next in line"
        )


@contextmanager
def build_lock(path: Path, *, wait: bool = True, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock of the build file, at `path`.

    What is written meanwhile is its owner's alone, also DuckDB's log, which takes its mode from the umask.
    """
    with file_lock(path, wait=wait, on_wait=on_wait), _private():
        yield


@contextmanager
def file_lock(path: Path, *, wait: bool = True, on_wait: Callable[[str], None] | None = None) -> Iterator[None]:
    """Hold the lock file at `path`; the kernel frees it when the process ends, however it ends."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
    try:
        _acquire(descriptor, path, wait, on_wait)
        os.ftruncate(descriptor, 0)
        os.pwrite(descriptor, f"process {os.getpid()}".encode(), 0)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _private() -> Iterator[None]:
    before = os.umask(0o077)
    try:
        yield
    finally:
        os.umask(before)


def _acquire(descriptor: int, path: Path, wait: bool, on_wait: Callable[[str], None] | None) -> None:
    told = False
    while not _try(descriptor):
        holder = os.pread(descriptor, 100, 0).decode() or "process unknown"
        if not wait:
            raise BuildBusy(path, holder)
        if on_wait and not told:
            on_wait(holder)
            told = True
        time.sleep(POLL_SECONDS)


def _try(descriptor: int) -> bool:
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in (errno.EWOULDBLOCK, errno.EACCES):
            raise
        return False
    return True

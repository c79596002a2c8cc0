"""Writes that are on the disk when they return.

A renamed file without fsync is empty or gone after a power cut, and after a failed fsync the next one says OK. So
nothing is tried twice on one file: whatever fails, the file is abandoned and the caller gets `LakeUnwritable`.
"""

import contextlib
import errno
import os
from pathlib import Path

_FILE_MODE = 0o600
_FOLDER_MODE = 0o700


class LakeUnwritable(Exception):  # noqa: N818 - it names the state of the lake
    """The lake could not make something durable; nothing of it may be acknowledged."""

    def __init__(self, operation: str, path: Path, cause: OSError) -> None:
        """Say which operation failed where, and why."""
        self.operation = operation
        self.path = path
        self.errno = cause.errno or errno.EIO
        super().__init__(
            f"could not {operation} {path}: {cause.strerror or cause} ({errno.errorcode.get(self.errno, self.errno)}); "
            "nothing relies on it. Free space or repair the disk, and try again; what is in the lake stays."
        )


def write_file(path: Path, content: bytes) -> None:
    """Make `path` hold `content`, durable when this returns. Raises `LakeUnwritable`: then nothing may rely on it.

    No two writers share a temporary: neither one that was killed nor one that writes the same is in the way.
    """
    folder = path.parent
    temporary = folder / f".{path.name}.{os.urandom(4).hex()}.tmp"
    try:
        _write_and_sync(temporary, content)
        _rename(temporary, path)
    except LakeUnwritable:
        with contextlib.suppress(OSError):  # abandoned: never visible, never used again
            temporary.unlink()
        raise
    sync_folder(folder)


def sync_folder(folder: Path) -> None:
    """Make the entries of a folder durable."""
    try:
        descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise LakeUnwritable("fsync the folder", folder, cause) from cause


def make_folder(folder: Path) -> None:
    """Create a folder and its missing parents (0700), each entry durable."""
    if not folder.parent.is_dir():
        make_folder(folder.parent)
    created = True
    try:
        folder.mkdir(_FOLDER_MODE)
    except FileExistsError:
        created = False
    except OSError as cause:
        raise LakeUnwritable("create the folder", folder, cause) from cause
    try:
        sync_folder(folder.parent)
    except LakeUnwritable as unwritable:
        if created or unwritable.errno != errno.EACCES:  # a parent that is not ours, and that we did not change
            raise


def _write_and_sync(path: Path, content: bytes) -> None:
    operation = "create"
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, _FILE_MODE)
        try:
            operation = "write"
            _write_all(descriptor, content)
            operation = "fsync"
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
    except OSError as cause:
        raise LakeUnwritable(operation, path, cause) from cause


def _write_all(descriptor: int, content: bytes) -> None:
    rest = memoryview(content)
    while rest:
        written = os.write(descriptor, rest)
        if written == 0:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        rest = rest[written:]


def _rename(temporary: Path, path: Path) -> None:
    """Give the segment its name. The name carries the hash of the content, so no other content can be overwritten."""
    try:
        temporary.rename(path)
    except OSError as cause:
        raise LakeUnwritable("rename", temporary, cause) from cause

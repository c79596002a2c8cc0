"""Disks of our own: a file system in a file, mounted by the loop device, that can be cut off like a power failure."""

import contextlib
import fcntl
import os
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.ingest.live_server import until

SHUTDOWN = 0x8004587D  # EXT4_IOC_SHUTDOWN and XFS_IOC_GOINGDOWN: _IOR('X', 125, __u32)
WITHOUT_FLUSHING = 2
MAKE = {
    "ext4": ["mkfs.ext4", "-q", "-F"],
    "xfs": ["mkfs.xfs", "-q", "-f"],
}


class Disk:
    """One file system in a file."""

    def __init__(self, folder: Path, kind: str = "ext4", megabytes: int = 64, *options: str) -> None:
        self.image, self.mount_point = folder / "disk.img", folder / "disk"
        self.mount_point.mkdir()
        with self.image.open("wb") as image:
            image.truncate(megabytes * 1024 * 1024)
        run(*MAKE[kind], *options, str(self.image))
        self.mount()

    def mount(self) -> None:
        """Mount it; the journal is replayed, as after a power failure."""
        run("mount", "-o", "loop", str(self.image), str(self.mount_point))

    def unmount(self) -> None:
        """Take it off."""
        until(lambda: unmounted(self.mount_point), "the disk is free")

    def cut(self) -> None:
        """End all writing at once: what was not made durable is gone."""
        descriptor = os.open(self.mount_point, os.O_RDONLY)
        try:
            fcntl.ioctl(descriptor, SHUTDOWN, struct.pack("I", WITHOUT_FLUSHING))
        finally:
            os.close(descriptor)

    def writable(self, yes: bool) -> None:
        """Mount it again for reading only, or for writing."""
        run("mount", "-o", f"remount,{'rw' if yes else 'ro'}", str(self.mount_point))


@contextlib.contextmanager
def disk(folder: Path, kind: str = "ext4", megabytes: int = 64, *options: str) -> Iterator[Disk]:
    """A mounted disk for the length of a block."""
    one = Disk(folder, kind, megabytes, *options)
    try:
        yield one
    finally:
        one.unmount()


def why_not(kind: str = "ext4") -> str | None:
    """Why this machine cannot mount such a disk, or None if it can."""
    if os.geteuid() != 0:
        return "only root may mount"
    if not Path("/dev/loop-control").exists():
        return "there is no loop device"
    done = subprocess.run(["which", MAKE[kind][0], "mount"], capture_output=True, check=False)
    return f"{MAKE[kind][0]} is not installed" if done.returncode else None


def unmounted(mount_point: Path) -> bool:
    """Take a file system off; whether nobody used it."""
    return subprocess.run(["umount", str(mount_point)], capture_output=True, check=False).returncode == 0


def run(*command: str) -> None:
    """Run one command; fail with it."""
    subprocess.run(command, check=True, capture_output=True)

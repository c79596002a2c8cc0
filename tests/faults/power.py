"""Rows on disks of our own: power cuts, a full disk, no inodes, a disk that turned read-only."""

import contextlib
import random
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

from tests.faults.disks import disk
from tests.faults.harness import Result, compare, free_port, launched, ledger
from tests.faults.kills import until_moment
from tests.ingest.live_server import LiveServer, event, live_server, until

ROOM = 320
"""Megabytes: between 200 cuts a fast machine writes tens of thousands of segments, each a block and an inode."""


def cuts(folder: Path, times: int, kind: str = "ext4", plant: str = "") -> Result:
    """Cut the power under load, mount again, and hold the ledger against what the disk kept.

    A real cut ends the processor with the disk. Here the server goes on while the file system shuts down, and XFS may
    tell it in that moment that an fsync succeeded: answers that came after the cut began are left apart, and counted.
    """
    result = Result(f"power cut: loop-mounted {kind} shut down under load, remounted")
    port = free_port()
    dark: list[tuple[int, int]] = []
    with disk(folder, kind, ROOM) as one, ledger(folder, port) as witness:
        home = one.mount_point / "home"
        for _ in range(times):
            with launched(home, {"PLANT": plant}, port=port, logs=folder) as server:
                witness.wait_for(5)
                until_moment(random.random() * 0.2)
                since = time.monotonic_ns()
                one.cut()
                until_moment(0.02)
                server.kill()
            dark.append((since, time.monotonic_ns()))
            one.unmount()
            one.mount()
            result.tried += 1
        witness.end()
        moments = witness.acknowledged_at().items()
        apart = {one_id for one_id, moment in moments if any(since <= moment <= end for since, end in dark)}
        compare(result, witness, home, apart)
    result.note = f"{len(apart)} answers came while the cut was under way, and are not counted"
    return result


def full(folder: Path, times: int = 1) -> Result:
    """The disk is full, out of inodes, or read-only: 503 within a second, ready within five after relief."""
    result = Result("disk full, inodes gone, read-only remount: 503 within 1 s, ready within 5 s of relief")
    troubles = {"full": _filled, "no inodes": _without_inodes, "read-only": _read_only}
    with disk(folder, "ext4", 24, "-N", "600") as one, live_server(one.mount_point / "home", logs=folder) as server:
        until(server.ready, "it is ready")
        with ledger(folder, server.port, 2) as witness:
            for name in [*troubles] * times:
                with troubles[name](one.mount_point.parent):
                    _refused(server, name, result)
                started = time.monotonic()
                until(server.ready, f"ready after {name}", 5)
                result.check(server.post(event(1))[0] == 202, f"not recovered from {name}")
                result.check(time.monotonic() - started < 5, f"recovery from {name} took too long")
                result.tried += 1
        compare(result, witness, one.mount_point / "home")
    return result


def _refused(server: LiveServer, trouble: str, result: Result) -> None:
    """While the trouble lasts, deliveries are refused fast, and ready says so."""
    until(lambda: server.post(event(1))[0] == 503, f"{trouble} is noticed", 5)
    started = time.monotonic()
    status, problem = server.post(event(1))
    result.check((status, problem["status"]) == (503, 503), f"{trouble} was answered {status}")
    result.check(time.monotonic() - started < 1, f"the answer to {trouble} took over a second")
    result.check(not server.ready(), f"ready in spite of {trouble}")


@contextlib.contextmanager
def _filled(folder: Path) -> Iterator[None]:
    filler = folder / "disk" / "filler"
    with filler.open("wb", buffering=0) as file, contextlib.suppress(OSError):
        for size in (1 << 20, 1 << 12, 1):
            with contextlib.suppress(OSError):
                while True:
                    file.write(b"x" * size)
    yield
    filler.unlink()


@contextlib.contextmanager
def _without_inodes(folder: Path) -> Iterator[None]:
    taken = folder / "disk" / "taken"
    taken.mkdir()
    with contextlib.suppress(OSError):
        for number in range(10_000):
            (taken / f"{number}").touch()
    yield
    for file in taken.iterdir():
        file.unlink()
    taken.rmdir()


@contextlib.contextmanager
def _read_only(folder: Path) -> Iterator[None]:
    def remount(mode: str) -> bool:
        command = ["mount", "-o", f"remount,{mode}", str(folder / "disk")]
        return subprocess.run(command, capture_output=True, check=False).returncode == 0

    until(lambda: remount("ro"), "the disk turns read-only")
    yield
    until(lambda: remount("rw"), "the disk turns writable")

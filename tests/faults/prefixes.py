"""The row of recorded block writes: each prefix of what a disk was asked to write is a state a crash may leave."""

import contextlib
import shutil
import struct
import subprocess
from collections.abc import Iterator
from pathlib import Path

from tests.faults import disks
from tests.faults.disks import MAKE, run, unmounted
from tests.faults.harness import Result, free_port, lake_ids, launched, ledger
from tests.ingest.live_server import until

MEGABYTES = 24
RECORD = struct.Struct("<QQQ")
SMALL_JOURNAL = ("-J", "size=4", "-b", "1024")


def why_not() -> str | None:
    """Why this machine cannot record block writes, or None if it can."""
    missing = [tool for tool in ("nbdkit", "nbdfuse") if not shutil.which(tool)]
    if missing:
        return f"{' and '.join(missing)} not installed"
    known = subprocess.run(["nbdkit", "--dump-plugin", "python"], capture_output=True, check=False).returncode == 0
    return disks.why_not() if known and Path("/dev/fuse").exists() else "nbdkit's Python plugin or FUSE is not there"


def every_prefix(folder: Path, states: int, plant: str = "") -> Result:
    """Record the writes of a disk under load, then mount what so many prefixes of them leave and look."""
    result = Result("prefixes of the recorded block writes, mounted and checked")
    base, image, log = folder / "base.img", folder / "disk.img", folder / "writes"
    with base.open("wb") as file:
        file.truncate(MEGABYTES * 1024 * 1024)
    run(*MAKE["ext4"], *SMALL_JOURNAL, str(base))
    shutil.copyfile(base, image)
    with recorded(folder, image, log) as mount_point:
        port = free_port()
        with (
            ledger(folder, port, 2) as witness,
            launched(mount_point / "home", {"PLANT": plant}, port=port, logs=folder) as server,
        ):
            witness.wait_for(min(400, max(40, states // 3)))
            witness.end()
            server.kill()
    look(folder, base, log, states=states, acknowledged=witness.acknowledged_at(), result=result)
    result.acknowledged = len(witness.acknowledged())
    return result


@contextlib.contextmanager
def recorded(folder: Path, image: Path, log: Path) -> Iterator[Path]:
    """A mounted disk whose writes are recorded."""
    socket, exported, mount_point = folder / "nbd.sock", folder / "exported", folder / "recorded"
    exported.mkdir()
    mount_point.mkdir()
    plugin = str(Path(__file__).with_name("write_log.py"))
    kit = subprocess.Popen(["nbdkit", "-f", "-U", str(socket), "python", plugin, f"image={image}", f"log={log}"])
    try:
        until(socket.exists, "nbdkit listens")
        fuse = subprocess.Popen(["nbdfuse", str(exported), "--unix", str(socket)])
        until((exported / "nbd").exists, "the disk is exported")
        run("mount", "-o", "loop", str(exported / "nbd"), str(mount_point))
        try:
            yield mount_point
        finally:
            until(lambda: unmounted(mount_point), "the disk is free")
            until(lambda: unmounted(exported), "the export is free")
            fuse.wait(10)
    finally:
        kit.terminate()
        kit.wait(10)


def look(folder: Path, base: Path, log: Path, *, states: int, acknowledged: dict[str, int], result: Result) -> None:
    """Apply the writes one by one; at evenly spread ones, mount a copy and hold the ledger against it."""
    first = min(acknowledged.values())
    writes = list(read(log))
    since = next((number for number, (moment, _, _) in enumerate(writes) if moment > first), 0)
    chosen = {since + (len(writes) - since) * state // states for state in range(states)}
    copy, mount_point = folder / "copy.img", folder / "looked-at"
    mount_point.mkdir()
    with base.open("r+b") as image:
        for number, (moment, offset, data) in enumerate(writes):
            image.seek(offset)
            image.write(data)
            if number in chosen:
                image.flush()
                due = {delivery_id for delivery_id, answered in acknowledged.items() if answered <= moment}
                subprocess.run(["cp", "--sparse=always", str(base), str(copy)], check=True)
                check(copy, mount_point, due, result)


def check(image: Path, mount_point: Path, due: set[str], result: Result) -> None:
    """Mount one state as after a crash: what was acknowledged by then is there, and nothing visible is torn."""
    run("mount", "-o", "loop", str(image), str(mount_point))
    try:
        ids, damaged = lake_ids(mount_point / "home")
    finally:
        until(lambda: unmounted(mount_point), "the state is free")
    result.tried += 1
    result.lost += len(due - ids)
    result.check(not damaged, "a torn segment is visible")


def read(log: Path) -> Iterator[tuple[int, int, bytes]]:
    """The recorded writes: when, where, what."""
    with log.open("rb") as file:
        while head := file.read(RECORD.size):
            moment, offset, length = RECORD.unpack(head)
            yield moment, offset, file.read(length)

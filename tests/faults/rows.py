"""Every row of the reliability table: how it is run, how often in its short and its long form, what it needs."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from tests.faults import disk, disks, jumps, kills, power, prefixes, syscalls
from tests.faults.harness import Result


def anywhere() -> str | None:
    """Nothing is needed."""
    return None


@dataclass(frozen=True)
class Row:
    """One row: `run` takes a folder and how often."""

    name: str
    run: Callable[[Path, int], Result]
    short: int
    long: int
    why_not: Callable[[], str | None] = anywhere


def some_points(folder: Path, count: int) -> Result:
    """Kills at so many of the points, evenly spread."""
    return syscalls.killed_at_each_call(folder, syscalls.POINTS[:: max(1, len(syscalls.POINTS) // count)])


def some_failures(folder: Path, errors: int) -> Result:
    """Each call fails with so many of the errors; the short form in fewer modes."""
    return disk.failing_calls(folder, errors=disk.ERRORS[:errors], modes=disk.MODES if errors > 1 else ("all",))


def refusals(folder: Path, count: int) -> Result:
    """The kernel's own refusals."""
    every = [(call, error) for call in ("fsync", "rename") for error in disk.ERRORS]
    return syscalls.failing_kernel(folder, every[:count])


def cuts(kind: str) -> Callable[[Path, int], Result]:
    """Power cuts on a kind of file system."""
    return lambda folder, times: power.cuts(folder, times, kind)


def cuts_until_lost(folder: Path, bug: str) -> Result:
    """Power cuts, a few at a time, until one falls between a rename and what happens to make its folder durable."""
    for number in range(10):
        (folder / str(number)).mkdir()
        result = power.cuts(folder / str(number), 5, "ext4", bug)
        if result.lost:
            break
    return result


def slow(seconds: float) -> Callable[[Path, int], Result]:
    """A disk that takes so long."""
    return lambda folder, times: disk.slow(folder, seconds, times)


ROWS = [
    Row("kills", kills.killed_at_random, 3, 1000),
    Row("kill-points", some_points, 4, len(syscalls.POINTS), syscalls.why_not),
    Row("failing-calls", some_failures, 1, len(disk.ERRORS)),
    Row("kernel-refusals", refusals, 1, 10, syscalls.why_not),
    Row("power-ext4", cuts("ext4"), 2, 200, disks.why_not),
    Row("power-xfs", cuts("xfs"), 1, 100, partial(disks.why_not, "xfs")),
    Row("write-prefixes", prefixes.every_prefix, 0, 1000, prefixes.why_not),
    Row("failed-fsync", disk.failed_then_fine, 3, 200),
    Row("full-disk", power.full, 1, 10, disks.why_not),
    Row("slow-fsync", slow(0.5), 1, 10),
    Row("slower-fsync", slow(5), 0, 3),
    Row("hung-fsync", slow(30), 0, 1),
    Row("stops", kills.terminated, 1, 50),
    Row("clock", jumps.clock, 1, 20),
    Row("processes", kills.four_processes, 1, 50),
    Row("flips", jumps.flips, 100, 10_000),
]

PLANTED: dict[str, tuple[str, Callable[[Path, str], Result], Callable[[], str | None]]] = {
    "no fsync": ("power-ext4", lambda folder, bug: power.cuts(folder, 2, "ext4", bug), disks.why_not),
    "no folder fsync": ("power-ext4", cuts_until_lost, disks.why_not),
    "answer before fsync": ("failed-fsync", lambda folder, bug: disk.failed_then_fine(folder, 5, bug), anywhere),
    "answer before the rename": (
        "kill-points",
        lambda folder, _: syscalls.killed_at_each_call(
            folder, [syscalls.Point("commit", "rename", 1, "before")], "answer before fsync"
        ),
        syscalls.why_not,
    ),
    "retry after a failed fsync": ("failed-fsync", lambda folder, bug: disk.failed_then_fine(folder, 5, bug), anywhere),
}

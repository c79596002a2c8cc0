"""Kill what is being done, at a system call or at any moment; do it again; compare with what nobody disturbed."""

import random
import shutil
import signal
import time
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.home import Home
from pipelines.instance import prepare_storage
from pipelines.verification import verify_home
from tests.faults.harness import kill
from tests.ingest.live_server import until
from tests.proof.drivers import Commands, Driver, Forks, calls_of, strace
from tests.proof.scenes import DOINGS, Contents, Scene, anew, canaries, contents, deliveries, silent

CALLS = (
    "write", "pwrite64", "fsync", "fdatasync", "rename", "link", "unlink", "unlinkat", "ftruncate", "mkdir", "rmdir",
    "sendfile", "copy_file_range",
)  # fmt: skip
"""What changes the disk."""
Point = tuple[str, int]
"""A system call, and the how manyth of it in one thread."""


@dataclass
class Killed:
    """What a series of kills found."""

    what: str
    at_calls: int = 0
    at_random: int = 0
    wrong: list[str] = field(default_factory=list)

    @property
    def kills(self) -> int:
        """How many processes died."""
        return self.at_calls + self.at_random

    @property
    def holds(self) -> bool:
        """Whether there were kills and nothing is wrong."""
        return self.kills > 0 and not self.wrong


class Stage:
    """One scene with what it must lead to."""

    def __init__(self, driver: Driver, scene: Scene, folder: Path) -> None:
        self.driver, self.scene, self.folder = driver, scene, folder
        self.start = scene.prepare(folder / "start")
        if isinstance(driver, Commands):
            prepare_storage(self.start.dagster)
        self.before = contents(self.start.published) if self.start.published.exists() else None
        done = self.copy("undisturbed")
        DOINGS[scene.doing](done)
        self.deliveries = deliveries(done)
        anew(done)
        self.expected = contents(done.published)

    def copy(self, name: str) -> Home:
        """The home to start from, once more."""
        shutil.rmtree(self.folder / name, ignore_errors=True)
        shutil.copytree(self.start.root, self.folder / name)
        return Home(self.folder / name)

    def points(self) -> list[Point]:
        """Every call that changes the disk, as a run tells that nobody disturbs."""
        log = self.folder / "calls"
        pid = self.driver.begin(self.scene.doing, self.copy("traced"))
        with strace(pid, "-o", str(log), "-e", f"trace={','.join(CALLS)}"):
            self.driver.go()
            assert self.driver.ended() == 0
        most: Counter[str] = Counter()
        for (_, call), times in Counter(calls_of(log)).items():
            most[call] = max(most[call], times)
        return [(call, number) for call in CALLS for number in range(1, most[call] + 1)]

    def seconds(self) -> float:
        """How long it takes when nobody disturbs it."""
        self.driver.begin(self.scene.doing, self.copy("timed"))
        began = time.monotonic()
        self.driver.go()
        assert self.driver.ended() == 0
        return time.monotonic() - began

    def kill_at(self, result: Killed, point: Point) -> None:
        """Kill before a call; then look, do it again, compare."""
        home = self.copy("killed")
        pid = self.driver.begin(self.scene.doing, home)
        fault = f"inject={point[0]}:signal=KILL:when={point[1]}"
        with strace(pid, "-o", "/dev/null", "-e", f"trace={point[0]}", "-e", fault):
            self.driver.go()
            status = self.driver.ended()
        result.at_calls += status == -signal.SIGKILL
        self.judge(result, home, status, f"{point[0]} {point[1]}")

    def kill_after(self, result: Killed, seconds: float) -> None:
        """Kill at a moment; then look, do it again, compare."""
        home = self.copy("killed")
        pid = self.driver.begin(self.scene.doing, home)
        self.driver.go()
        deadline = time.monotonic() + seconds
        until(lambda: time.monotonic() >= deadline, "the moment", seconds + 10)
        kill(pid)
        status = self.driver.ended()
        result.at_random += status == -signal.SIGKILL
        self.judge(result, home, status, f"{seconds:.3f} s")

    def judge(self, result: Killed, home: Home, status: int, when: str) -> None:
        """What must be true after a death, and after the next run."""
        wrong = [] if status in {0, -signal.SIGKILL} else [f"it ended with {status}"]
        try:
            wrong += [*self.unreadable(home), *self.next_run(home)]
        except Exception as error:  # noqa: BLE001 - whatever the next run dies of is a finding
            wrong.append(f"the next run died: {error!r}")
        result.wrong += [f"{self.scene.name}, killed at {when}: {one}" for one in wrong]

    def unreadable(self, home: Home) -> list[str]:
        """Whether the published file is not, whole, the one before or the one after."""
        if not home.published.exists():
            return [] if self.before is None else ["the published file is gone"]
        try:
            said = contents(home.published)
        except duckdb.Error as error:
            return [f"the published file does not open: {error}"]
        return [] if said in (self.before, self.expected) else ["the published file is neither the old nor the new one"]

    def next_run(self, home: Home) -> list[str]:
        """Do it again; what is not as it should be then."""
        found: list[str] = []
        if isinstance(self.driver, Commands):
            for doing in (self.scene.doing, "build"):  # as a schedule would
                self.driver.begin(doing, home)
                self.driver.go()
                status = self.driver.ended()
                found += [f"the next {doing} ended with {status}"] if status else []
        else:
            DOINGS[self.scene.doing](home)
        found += [f"{name} differs" for name in differing(contents(home.published), self.expected)]
        found += [] if deliveries(home) == self.deliveries else ["the lake holds other deliveries"]
        found += [str(one) for one in verify_home(home, silent, full=True).findings]
        left = canaries(home) if self.scene.doing == "forget" else []
        return [*found, *(f"{name} still holds the canary" for name in left)]


def differing(one: Contents, other: Contents) -> list[str]:
    """The tables that are not the same."""
    return sorted(name for name in one.keys() | other.keys() if one.get(name) != other.get(name))


def spread(points: Sequence[Point], count: int) -> list[Point]:
    """So many of the points: as many of each call as of the others, while there are some, and evenly over the run."""
    of_call: dict[str, list[Point]] = {}
    for point in points:
        of_call.setdefault(point[0], []).append(point)
    quota = dict.fromkeys(of_call, 0)
    while sum(quota.values()) < min(count, len(points)):
        call = min((one for one in quota if quota[one] < len(of_call[one])), key=lambda one: quota[one])
        quota[call] += 1
    return [of_call[call][at * len(of_call[call]) // many] for call, many in quota.items() for at in range(many)]


def killed(folder: Path, scene: Scene, at_calls: int, at_random: int, plant: str = "") -> Killed:
    """Kill one scene so often, and say what was found."""
    with Forks(plant) as driver:
        return series(Stage(driver, scene, folder), at_calls, at_random)


def command_killed(folder: Path, scene: Scene, at_calls: int, at_random: int) -> Killed:
    """Kill the command itself."""
    return series(Stage(Commands(), scene, folder), at_calls, at_random)


def series(stage: Stage, at_calls: int, at_random: int) -> Killed:
    """Kills at calls that are spread over all of them, and at random moments."""
    result = Killed(stage.scene.name)
    for point in spread(stage.points(), at_calls) if at_calls else []:
        stage.kill_at(result, point)
    lasted = stage.seconds() if at_random else 0.0
    for _ in range(at_random):
        stage.kill_after(result, random.random() * lasted)
    return result

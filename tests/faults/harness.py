"""A server under load, and the oracle: what the client's ledger says was acknowledged must be in the lake."""

import contextlib
import json
import os
import random
import signal
import socket
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Container, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingest.lake import Lake
from tests.ingest.live_server import SECRET, LiveServer, until

ROOT = Path(__file__).parents[2]


@dataclass
class Result:
    """What a row tried and found. It holds when nothing was lost and nothing is wrong."""

    row: str
    tried: int = 0
    acknowledged: int = 0
    lost: int = 0
    wrong: list[str] = field(default_factory=list)
    note: str = ""

    @property
    def holds(self) -> bool:
        """Whether the promise was kept in every try."""
        return self.tried > 0 and self.lost == 0 and not self.wrong

    def check(self, true: object, otherwise: str) -> None:
        """Note what is wrong unless something is true."""
        if not true:
            self.wrong.append(otherwise)


class Ledger:
    """The client process and what it wrote down."""

    def __init__(self, folder: Path, port: int, connections: int = 16) -> None:
        self.path = folder / f"ledger-{time.monotonic_ns()}"
        self.path.touch()
        self._read = 0
        self._answers: list[tuple[str, int, int]] = []
        self._statuses: Counter[int] = Counter()
        prefix = f"{random.randrange(16**8):08x}"
        arguments = [str(port), str(self.path), str(connections), prefix, SECRET]
        self.process = subprocess.Popen([sys.executable, "-m", "tests.faults.client", *arguments], cwd=ROOT)

    def answers(self) -> list[tuple[str, int, int]]:
        """Id, status and moment of every answer so far; only what is new in the file is read."""
        with self.path.open("rb") as file:
            file.seek(self._read)
            whole = file.read().rpartition(b"\n")
        self._read += len(whole[0]) + len(whole[1])
        for line in whole[0].decode().splitlines():
            delivery_id, status, moment = line.split(" ")
            self._answers.append((delivery_id, int(status), int(moment)))
            self._statuses[int(status)] += 1
        return self._answers

    def statuses(self) -> Counter[int]:
        """How often each status was answered."""
        self.answers()
        return Counter(self._statuses)

    def acknowledged(self) -> set[str]:
        """The ids that were answered 202."""
        return set(self.acknowledged_at())

    def acknowledged_at(self) -> dict[str, int]:
        """When each id was answered 202, by the machine's steady clock in nanoseconds."""
        return {delivery_id: moment for delivery_id, status, moment in self.answers() if status == 202}

    def wait_for(self, more: int, status: int = 202, patience: float = 20.0) -> None:
        """Wait until so many more answers of a status have come."""
        goal = self.statuses()[status] + more
        until(lambda: self.statuses()[status] >= goal, f"{more} answers of {status}", patience)

    def end(self) -> None:
        """Stop the client."""
        self.process.terminate()
        self.process.wait(10)


@contextlib.contextmanager
def ledger(folder: Path, port: int, connections: int = 16) -> Iterator[Ledger]:
    """A client for the length of a block."""
    witness = Ledger(folder, port, connections)
    try:
        yield witness
    finally:
        witness.end()


@contextlib.contextmanager
def launched(home: Path, environment: Mapping[str, str] | None = None, **given: Any) -> Iterator[LiveServer]:
    """The endpoint through the launcher, so that its disk, clock or code can be broken."""
    before = dict(os.environ)
    os.environ.update(environment or {})
    try:
        server = LiveServer(home, launcher=("-m", "tests.faults.launch"), **given)
    finally:
        os.environ.clear()
        os.environ.update(before)
    try:
        yield server
    finally:
        server.close()


def free_port() -> int:
    """A port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def lake_ids(home: Path) -> tuple[set[str], list[str]]:
    """The ids in the lake's sound segments, and the names of those that are not."""
    lake = Lake(home)
    ids: set[str] = set()
    damaged = []
    for segment in lake.segments():
        if lake.verify(segment):
            ids.update(pq.read_table(segment.path, partitioning=None, columns=["id"]).column("id").to_pylist())
        else:
            damaged.append(segment.name)
    return ids, damaged


def compare(result: Result, witness: Ledger, home: Path, apart: Container[str] = ()) -> None:
    """Hold the ledger against the lake, but for ids that are to be left apart."""
    acknowledged = {delivery_id for delivery_id in witness.acknowledged() if delivery_id not in apart}
    ids, damaged = lake_ids(home)
    result.acknowledged += len(acknowledged)
    result.lost += len(acknowledged - ids)
    result.check(not damaged, f"{len(damaged)} torn segments are visible")


def ask(control: Path, **fault: Any) -> None:
    """Ask the launcher's disk for a fault, atomically."""
    draft = control.with_suffix(".draft")
    draft.write_text(json.dumps(fault))
    draft.replace(control)


def kill(pid: int) -> None:
    """SIGKILL, also to a process that is gone already."""
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)

"""Durable 202s of the real endpoint, against a route that does nothing on the same server."""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from ingest.lake import durable

from .figures import Budget, Row, Samples, Section
from .processes import ROOT, ChildFailed, python
from .sizes import Sizes
from .workplace import workplace

SECRET = "bench-secret-0123456789"
PATIENCE = 30.0
ONE_BODY = 600

Measured = dict[str, float]


def measure(sizes: Sizes, say: Callable[[str], None]) -> Section:
    """The rows of the endpoint."""
    sides: dict[str, list[Measured]] = {}
    disk: list[float] = []
    with workplace("endpoint") as home, _nacre(home) as ours, noop() as theirs, noop("read") as reading:
        for number in range(sizes.load_rounds):
            say(f"endpoint: round {number + 1} of {sizes.load_rounds}")
            for connections in (128, 32):
                for name, port in _in_turn(number, ("nacre", ours), ("noop", theirs), ("reading", reading)):
                    found = load(port, connections, sizes.load_seconds)
                    sides.setdefault(f"{name} {connections}", []).append(found)
            sides.setdefault("nacre 1", []).append(load(ours, 1, sizes.load_seconds))
            disk.append(writes_per_second(home / "disk", sizes.load_seconds / 2))
    return _section(sides, Samples(tuple(disk)))


def _section(sides: dict[str, list[Measured]], disk: Samples) -> Section:
    def samples(side: str, figure: str) -> Samples:
        return Samples(tuple(found[figure] for found in sides[side]))

    section = Section("endpoint", "Durable answers per second")
    section.rows = [
        Row(
            "throughput-128",
            "durable 202s of `nacre serve` ÷ no-op Starlette, 128 connections",
            "1/s",
            samples("nacre 128", "rate"),
            samples("noop 128", "rate"),
            Budget(0.8, at_most=False),
        ),
        Row(
            "throughput-reading",
            "the same ÷ a Starlette route that reads the body and does nothing with it",
            "1/s",
            samples("nacre 128", "rate"),
            samples("reading 128", "rate"),
        ),
        Row(
            "latency-32",
            "p99 of the answer ÷ that of no-op Starlette, 32 connections",
            "ms",
            samples("nacre 32", "p99"),
            samples("noop 32", "p99"),
            Budget(3, at_most=True),
        ),
        Row(
            "single-client",
            "durable 202s to a single client ÷ files written, fsynced, renamed and made durable in their folder",
            "1/s",
            samples("nacre 1", "rate"),
            disk,
            Budget(0.5, at_most=False),
        ),
    ]
    shares = [f"{side}: {100 * median(found['cpu'] for found in rounds):.0f}%" for side, rounds in sides.items()]
    latencies = [
        f"{side}: {median(found['p50'] for found in rounds):.2f} and {median(found['p99'] for found in rounds):.2f} ms"
        for side, rounds in sides.items()
    ]
    section.notes = [
        f"CPU of the load generator, of one core, by side and connections: {', '.join(shares)}.",
        f"Latency, p50 and p99: {', '.join(latencies)}.",
    ]
    return section


def _in_turn(number: int, *sides: tuple[str, int]) -> tuple[tuple[str, int], ...]:
    """A B C, then C B A: none is always the first."""
    return sides if number % 2 == 0 else sides[::-1]


def load(port: int, connections: int, seconds: float) -> Measured:
    """What the load generator saw. Raises ChildFailed where an answer was no 202."""
    arguments = (str(port), SECRET, str(connections), str(seconds))
    found: Measured = json.loads(python("tests.benchmarks.generator", *arguments).output)
    if found["other"] or found["lost"] or not found["accepted"]:
        message = f"not every answer was a 202 at {connections} connections: {found}"
        raise ChildFailed(message)
    return found


@contextlib.contextmanager
def _nacre(home: Path) -> Iterator[int]:
    """`nacre serve`, one worker, on a free port."""
    log = home / "serve.log"
    environment = {**os.environ, "NACRE_HOME": str(home / "home"), "NACRE_SECRETS": SECRET}
    with log.open("wb") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "serve", "--port", "0"], cwd=ROOT, env=environment, stderr=file
        )
    try:
        yield logged_port(log, process)
    finally:
        process.terminate()
        process.wait(PATIENCE)


def logged_port(log: Path, process: subprocess.Popen[bytes]) -> int:
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_bytes().splitlines(keepends=True):
            if line.endswith(b"\n") and b'"serving"' in line:
                return int(json.loads(line)["port"])
        time.sleep(0.05)
    message = f"the endpoint did not start: {log.read_text(encoding='utf-8')}"
    raise ChildFailed(message)


@contextlib.contextmanager
def noop(*arguments: str) -> Iterator[int]:
    """The rival on a free port."""
    command = [sys.executable, "-m", "tests.benchmarks.noop", *arguments]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE) as process:
        try:
            yield int(process.stdout.readline()) if process.stdout else 0
        finally:
            process.kill()


def writes_per_second(folder: Path, seconds: float) -> float:
    """What the disk allows one after the other: a file of one body, its fsync, its rename, its folder's fsync."""
    folder.mkdir(exist_ok=True)
    content, count, began = b"x" * ONE_BODY, 0, time.perf_counter()
    while (now := time.perf_counter()) - began < seconds:
        durable.write_file(folder / f"{count}", content)
        count += 1
    for path in folder.iterdir():
        path.unlink()
    return count / (now - began)

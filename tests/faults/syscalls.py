"""Rows with the kernel's own faults, injected by strace: a kill at each system call, a call that is refused.

A kill before a call comes as the thread enters it: the kernel then leaves the call undone. A kill after it comes while
strace holds the thread between the call's return and the next instruction: what the call did is done, and nothing that
follows from it has happened. The calls are those of one delivery that reaches a new lake and of one that reaches a
known folder; calls that change nothing outside the process (futex, epoll_pwait, getpid, newfstatat) are left out.
"""

import contextlib
import os
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import NamedTuple

from tests.faults.harness import Ledger, Result, compare, free_port, launched, ledger
from tests.ingest.live_server import LiveServer, event, live_server, until

PATH = {
    "loop": {"accept4": 2, "read": 4, "write": 2},
    "commit": {"mkdir": 2, "openat": 6, "write": 4, "fsync": 6, "close": 6, "rename": 2},
}


class Point(NamedTuple):
    """Before or after which call of which thread the process is killed; `number` counts that thread's calls."""

    thread: str
    call: str
    number: int
    moment: str


POINTS = [
    Point(thread, call, number, moment)
    for thread, calls in PATH.items()
    for call, most in calls.items()
    for number in range(1, most + 1)
    for moment in ("before", "after")
]


def why_not() -> str | None:
    """Why this machine cannot inject faults, or None if it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "this machine forbids tracing" if done.returncode else None


@contextlib.contextmanager
def injected(server: LiveServer, fault: str) -> Iterator[None]:
    """strace attached to every thread of the server, with one fault."""
    with tracing(server.pid, threads(server.pid), fault, Path(os.devnull)):
        yield


@contextlib.contextmanager
def tracing(pid: int, tids: Sequence[int], fault: str, seen: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """strace attached to some threads of a process, with one fault; what it sees goes to a file."""
    call = fault.partition(":")[0]
    command = ["strace", "-qq", "-o", str(seen), "-e", f"trace={call}", "-e", f"inject={fault}"]
    attach = [word for tid in tids for word in ("-p", str(tid))]
    tracer = subprocess.Popen([*command, *attach], stderr=subprocess.DEVNULL)
    mark = f"TracerPid:\t{tracer.pid}\n"
    try:
        until(
            lambda: all(mark in Path(f"/proc/{pid}/task/{tid}/status").read_text() for tid in tids),
            "strace is attached",
        )
        yield tracer
    finally:
        tracer.terminate()
        tracer.wait(10)


def threads(pid: int) -> list[int]:
    """The threads of a process, in the order in which they began."""
    return sorted(int(path.name) for path in Path(f"/proc/{pid}/task").iterdir())


def killed_at_each_call(folder: Path, points: Sequence[Point] = POINTS, plant: str = "") -> Result:
    """Kill before and after each system call between accept and answer: nothing acknowledged is lost."""
    result = Result("SIGKILL before and after every syscall of the accept → ack path")
    home, port = folder / "home", free_port()
    for point in points:
        if point.call == "mkdir" and home.exists():
            home.rename(home.with_name(f"home-{point.number}-{point.moment}"))
        with launched(home, {"PLANT": plant}, port=port) as server:
            until(server.ready, "it is ready")
            witness = killed_at(server, point, folder)
        compare(result, witness, home)
        result.tried += 1
    result.note = f"{len({point[:3] for point in points})} calls"
    return result


def killed_at(server: LiveServer, point: Point, folder: Path) -> Ledger:
    """Let deliveries come until the point is reached, and end the process there."""
    every, seen = threads(server.pid), folder / "seen"
    tids = every[:1] if point.thread == "loop" else every[-2:]  # the loop begins first, the commit threads last
    seen.write_text("")
    way = "signal=KILL" if point.moment == "before" else f"delay_exit={60 * 10**6}"
    with (
        tracing(server.pid, tids, f"{point.call}:{way}:when={point.number}", seen) as tracer,
        ledger(folder, server.port, 2) as witness,
    ):
        if point.moment == "after":
            until(lambda: "(DELAYED)" in seen.read_text(), f"the thread is held {point}")
            server.process.kill()
            tracer.kill()  # it would reap the process only when the delay is over
        until(lambda: server.process.poll() is not None, f"killed {point}")
    return witness


def failing_kernel(
    folder: Path, faults: Sequence[tuple[str, str]] = (("fsync", "EIO"), ("rename", "EDQUOT"))
) -> Result:
    """The kernel itself refuses a call: 503 while it lasts, ready again when it ends."""
    result = Result("the kernel refuses fsync or rename (strace injection)")
    with live_server(folder / "home") as server, ledger(folder, server.port, 4) as witness:
        for call, error in faults:
            with injected(server, f"{call}:error={error}"):
                until(lambda: server.post(event(1))[0] == 503, f"{call} fails")
                result.check(server.post(event(2))[0] == 503, "acknowledged in spite of the fault")
                result.check(not server.ready(), "ready in spite of the fault")
            until(lambda: server.ready() and server.post(event(3))[0] == 202, "it recovers", 5)
            result.tried += 1
    compare(result, witness, folder / "home")
    return result

"""Rows of a disk that fails, fills up, or answers late."""

import time
from collections.abc import Sequence
from pathlib import Path

from tests.faults.harness import Result, ask, compare, launched, ledger
from tests.ingest.live_server import LiveServer, event, until

CALLS = ("open", "write", "fsync", "rename", "mkdir")
ERRORS = ("EIO", "ENOSPC", "EROFS", "EMFILE", "EDQUOT")
MODES = ("first", "3", "all")


def failing_calls(
    folder: Path, calls: Sequence[str] = CALLS, errors: Sequence[str] = ERRORS, modes: Sequence[str] = MODES
) -> Result:
    """Each call fails with each error, once, later or always: no false answer, and it recovers by itself."""
    result = Result("failing syscalls: open, write, fsync, rename, mkdir; each error; first, third, all")
    control, home = folder / "faults", folder / "home"
    with launched(home, {"FAULTS": str(control)}) as server, ledger(folder, server.port, 4) as witness:
        for call in calls:
            for error in errors:
                for mode in modes:
                    _one_fault(server, control, {"call": call, "errno": error, "mode": mode}, result)
        until(server.ready, "it recovers")
        witness.wait_for(1)
        failed = [line for line in server.logged("commit_failed") if not line["errno"]]
        result.check(not failed, "a failure without its errno")
        result.check(set(witness.statuses()) <= {202, 503}, f"answers {dict(witness.statuses())}")
    compare(result, witness, home)
    return result


def _one_fault(server: LiveServer, control: Path, fault: dict[str, str], result: Result) -> None:
    """Let one fault happen and end; everything meets it anew, a new folder too."""
    if fault["call"] == "mkdir" and fault["mode"] != "all":
        return
    failures = len(server.logged("commit_failed"))
    ask(control, **fault)
    if fault["call"] == "mkdir":
        for partition in (server.home / "lake" / "events").glob("*"):
            partition.rename(server.home / "lake" / f"aside-{time.monotonic_ns()}")
    until(lambda: len(server.logged("commit_failed")) > failures, f"{fault} is met")
    if fault["mode"] == "all":
        status, problem = server.post(event(1))
        result.check((status, problem["status"]) == (503, 503), f"{fault} was answered {status}")
    control.unlink()
    until(lambda: server.post(event(2))[0] == 202, f"it recovers from {fault}", 5)
    if fault["call"] == "mkdir":
        restore(server.home)
    result.tried += 1


def restore(home: Path) -> None:
    """Bring segments that were moved aside back into their partition."""
    for aside in (home / "lake").glob("aside-*"):
        for segment in aside.glob("*.parquet"):
            date = f"{segment.name[:4]}-{segment.name[4:6]}-{segment.name[6:8]}"
            segment.rename(home / "lake" / "events" / f"received_date={date}" / segment.name)
        for rest in aside.iterdir():
            rest.unlink()
        aside.rmdir()


def failed_then_fine(folder: Path, times: int, plant: str = "") -> Result:
    """An fsync fails and loses the file's content, the next one says OK: nothing of the first is acknowledged."""
    result = Result("fsync fails, then succeeds")
    control, home = folder / "faults", folder / "home"
    with launched(home, {"FAULTS": str(control), "PLANT": plant}) as server, ledger(folder, server.port, 8) as witness:
        for _ in range(times):
            before = witness.statuses()[202]
            ask(control, call="fsync", errno="EIO", mode="first", files=True)
            until(lambda before=before: witness.statuses()[202] > before + 20, "deliveries go on")  # type: ignore[misc]
            control.unlink()
            witness.wait_for(5)
            result.tried += 1
        refused = witness.statuses()[503]
    compare(result, witness, home)
    result.note = f"{refused} deliveries of failed segments answered 503"
    return result


def slow(folder: Path, seconds: float, times: int = 1) -> Result:
    """A slow fsync delays answers, not the process: live answers fast, the queue is bounded, beyond it 503."""
    result = Result(f"fsync takes {seconds:g} s: live answers, memory bounded, 503 beyond the queue")
    control, home = folder / "faults", folder / "home"
    live: list[float] = []
    with (
        launched(home, {"FAULTS": str(control)}, queue_deliveries=8, commit_seconds=3) as server,
        ledger(folder, server.port, 40) as witness,
    ):
        for _ in range(times):
            ask(control, call="fsync", delay=seconds)
            witness.wait_for(20, 503)
            deadline = time.monotonic() + min(seconds, 3.0)
            while time.monotonic() < deadline:
                started = time.monotonic()
                result.check(server.request("GET", "/health/live")[0] == 200, "live did not answer")
                live.append(time.monotonic() - started)
                result.tried += 1
            control.unlink()
            until(lambda: server.post(event(1))[0] == 202, "it recovers", 2 * seconds + 20)
    compare(result, witness, home)
    usual = sorted(live)[int(len(live) * 0.99)]
    result.check(usual < seconds / 2, f"p99 of live is {usual:.3f} s: it waits for fsync")
    result.note = f"/health/live p99 {usual * 1000:.0f} ms, {witness.statuses()[503]} answered 503"
    return result

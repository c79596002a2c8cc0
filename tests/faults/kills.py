"""Rows of sudden and orderly ends: SIGKILL at random moments, SIGTERM under load, several processes on one lake."""

import random
import time
from pathlib import Path

from tests.faults.harness import Result, compare, free_port, kill, launched, ledger
from tests.ingest.live_server import LiveServer, until

FOUR = """
import sys
from ingest.server import serve
from ingest.settings import load_settings
sys.exit(serve(load_settings(), 4))
"""


def killed_at_random(folder: Path, times: int, plant: str = "") -> Result:
    """Kill the server at random moments under load, start it again, and hold the ledger against the lake."""
    result = Result("SIGKILL at random moments under load, restart")
    home, port = folder / "home", free_port()
    with ledger(folder, port) as witness:
        for _ in range(times):
            with launched(home, {"PLANT": plant}, port=port) as server:
                witness.wait_for(1)
                until_moment(random.random() * 0.15)
                server.kill()
                result.tried += 1
        with launched(home, port=port):
            witness.wait_for(1)
    compare(result, witness, home)
    return result


def terminated(folder: Path, times: int) -> Result:
    """SIGTERM under load: success within ten seconds, and everything acknowledged is there."""
    result = Result("SIGTERM under load: accepted requests finish, exit within 10 s")
    home, port = folder / "home", free_port()
    slowest = 0.0
    with ledger(folder, port) as witness:
        for _ in range(times):
            server = LiveServer(home, port=port)
            witness.wait_for(20)
            started = time.monotonic()
            status = server.stop()
            slowest = max(slowest, time.monotonic() - started)
            result.check(status == 0, f"the exit status was {status}")
            result.tried += 1
    result.check(slowest <= 10, f"a stop took {slowest:.1f} s")
    result.note = f"slowest stop {slowest:.1f} s"
    compare(result, witness, home)
    return result


def four_processes(folder: Path, kills: int) -> Result:
    """Four workers on one lake, killed one after another under load, each replaced."""
    result = Result("4 server processes on one lake, with kills")
    home, port = folder / "home", free_port()
    server = LiveServer(home, launcher=("-c", FOUR), port=port)
    try:
        with ledger(folder, port, 32) as witness:
            for _ in range(kills):
                alive = until(lambda: found if len(found := workers(server)) == 4 else None, "four workers", 60)
                witness.wait_for(20)
                kill(random.choice(alive))
                result.tried += 1
            witness.wait_for(20)
        status = server.stop()
        result.check(status == 0, f"the supervisor ended with {status}")
    finally:
        server.close()
    compare(result, witness, home)
    return result


def workers(server: LiveServer) -> list[int]:
    """The worker processes that serve now."""
    return [int(line["pid"]) for line in server.logged("serving") if is_child(int(line["pid"]), server.process.pid)]


def is_child(pid: int, parent: int) -> bool:
    """Whether a process runs and is another's child."""
    try:
        state, owner = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[:2]
    except OSError:
        return False
    return state != "Z" and int(owner) == parent


def until_moment(seconds: float) -> None:
    """Let the load go on for a moment."""
    deadline = time.monotonic() + seconds
    until(lambda: time.monotonic() >= deadline, "the moment")

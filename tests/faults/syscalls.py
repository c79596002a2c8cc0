"""Rows with the kernel's own faults, injected by strace: a kill at each system call, an fsync that fails or waits."""

import contextlib
import shutil
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

from tests.faults.harness import Result, compare, free_port, ledger
from tests.ingest.live_server import LiveServer, event, live_server, until

PATH = {"accept4": 2, "read": 4, "mkdir": 2, "openat": 4, "write": 6, "fsync": 4, "close": 4, "rename": 2}
POINTS = [(call, number) for call, most in PATH.items() for number in range(1, most + 1)]


def why_not() -> str | None:
    """Why this machine cannot inject faults, or None if it can."""
    if not shutil.which("strace"):
        return "strace is not installed"
    done = subprocess.run(["strace", "-qq", "-o", "/dev/null", "true"], capture_output=True, check=False)
    return "this machine forbids tracing" if done.returncode else None


@contextlib.contextmanager
def injected(server: LiveServer, fault: str) -> Iterator[None]:
    """strace attached to every thread of the server, with one fault."""
    call = fault.partition(":")[0]
    command = ["strace", "-f", "-qq", "-o", "/dev/null", "-e", f"trace={call}", "-e", f"inject={fault}"]
    tracer = subprocess.Popen([*command, "-p", str(server.pid)], stderr=subprocess.DEVNULL)
    try:
        until(lambda: traced(server.pid, tracer), "strace is attached to every thread")
        yield
    finally:
        tracer.terminate()
        tracer.wait(10)


def traced(pid: int, tracer: "subprocess.Popen[bytes]") -> bool:
    """Whether every thread of a process is being traced."""
    statuses = [path.read_text() for path in Path(f"/proc/{pid}/task").glob("*/status")]
    return all(f"TracerPid:\t{tracer.pid}\n" in status for status in statuses)


def killed_at_each_call(folder: Path, points: Sequence[tuple[str, int]] = POINTS) -> Result:
    """Kill at each system call between accept and answer: nothing acknowledged is lost."""
    result = Result("SIGKILL at every syscall of the accept → ack path")
    home, port = folder / "home", free_port()
    for call, number in points:
        if call == "mkdir" and home.exists():
            home.rename(home.with_name(f"home-{call}-{number}"))
        server = LiveServer(home, port=port)
        try:
            until(server.ready, "it is ready")
            with injected(server, f"{call}:signal=KILL:when={number}"), ledger(folder, port, 2) as witness:
                until(lambda server=server: server.process.poll() is not None, f"killed at {call} {number}")  # type: ignore[misc]
        finally:
            server.close()
        compare(result, witness, home)
        result.tried += 1
    return result


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

"""Several processes as one: what happens when one ends, and when all are asked to."""

import os
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines import guard
from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.instance import HistoryError
from pipelines.services import Place, PlaceTaken, dagster, free_port, ports, prepare_dagster, report_server
from pipelines.supervisor import (
    Child,
    ChildDied,
    NotReady,
    StopAsked,
    WorkerDied,
    running,
    stop_signals,
    wait_until_ready,
    watch,
)

FOREVER = "import signal; signal.pause()"
PARENT = (
    "import subprocess, sys\n"
    f"grandchild = subprocess.Popen([sys.executable, '-c', {FOREVER!r}, 'work' + 'ing'])\n"
    "print(grandchild.pid, flush=True)\n" + FOREVER
)
"""Its own command, which is its child's too for a moment, does not say `working`."""


def alive(process: int) -> bool:
    try:
        return "(zombie)" not in Path(f"/proc/{process}/status").read_text()
    except FileNotFoundError:
        return False


def child(name: str, code: str, folder: Path) -> Child:
    return Child(name, [sys.executable, "-c", code], folder / f"{name}.log", {})


def test_one_death_stops_all_and_shows_its_log(tmp_path: Path) -> None:
    """When a child ends by itself, the others are stopped and the error shows the end of its log."""
    dying = child("dying", "import sys; print('the disk is gone'); sys.exit(3)", tmp_path)
    children = [child("first", FOREVER, tmp_path), dying]
    with stop_signals() as stopping, pytest.raises(ChildDied) as raised, running(children) as started:
        watch(started, stopping)
    assert (raised.value.name, raised.value.code, "the disk is gone" in str(raised.value)) == ("dying", 3, True)
    assert [one.process.poll() is None for one in started] == [False, False]


def test_death_of_a_worker_stops_its_parent_too(tmp_path: Path) -> None:
    """A child that would live on without the process that does its work is stopped, and named."""
    log = tmp_path / "parent.log"
    parent = Child("parent", [sys.executable, "-c", PARENT], log, {}, worker="working")
    with stop_signals() as stopping, running([parent]) as started:
        while not (log.read_text() and started[0].workers):
            started[0].check()
        os.kill(int(log.read_text()), signal.SIGKILL)
        with pytest.raises(WorkerDied) as raised:
            watch(started, stopping)
    assert (raised.value.name, raised.value.log) == ("parent", log)
    assert started[0].process.poll() is not None


def test_end_of_another_process_is_no_death_of_a_worker(tmp_path: Path) -> None:
    """A child may start and end what else it needs, before its worker and beside it."""
    log = tmp_path / "parent.log"
    parent = Child("parent", [sys.executable, "-c", PARENT], log, {}, worker="dagster api grpc")
    with running([parent]) as started:
        while not log.read_text():
            started[0].check()
        os.kill(int(log.read_text()), signal.SIGKILL)
        while alive(int(log.read_text())):
            started[0].check()
        started[0].check()


def test_asked_to_stop_all_end(tmp_path: Path) -> None:
    """When it is asked to stop, no child is left, nor a grandchild."""
    with stop_signals() as stopping, running([child("parent", PARENT, tmp_path)]) as started:
        while not (tmp_path / "parent.log").read_text():
            started[0].check()
        stopping.set()
        watch(started, stopping)
    grandchild = int((tmp_path / "parent.log").read_text())
    assert started[0].process.poll() is not None
    deadline = time.monotonic() + 10
    while alive(grandchild):
        assert time.monotonic() < deadline


def test_an_emptied_log_goes_on_from_its_beginning(tmp_path: Path) -> None:
    """An erasure empties the logs of children that run: what they print next stands at the begin, not behind zeros."""
    log = tmp_path / "talking.log"
    talking = f"import os; print('before', flush=True); os.truncate({str(log)!r}, 0); print('after', flush=True)"
    with running([child("talking", talking, tmp_path)]) as started:
        started[0].process.wait(10)
    assert log.read_bytes() == b"after\n"


def test_silent_child_is_named(tmp_path: Path) -> None:
    """A child that runs but does not answer is named with the place where it was asked."""
    with running([child("silent", FOREVER, tmp_path)]) as started, pytest.raises(NotReady) as raised:
        wait_until_ready(started[0], started, "http://127.0.0.1:9/health", seconds=0.3)
    assert str(raised.value).startswith("silent did not answer at http://127.0.0.1:9/health")


def test_closed_terminal_asks_to_stop() -> None:
    """A closed terminal stops the children, which would outlive it in their own sessions; under nohup it does not."""
    before = signal.getsignal(signal.SIGHUP)
    asked = []
    try:
        for handler in (signal.SIG_DFL, signal.SIG_IGN):
            signal.signal(signal.SIGHUP, handler)
            with stop_signals() as stopping:
                if signal.getsignal(signal.SIGHUP) is not signal.SIG_DFL:  # else it would end the tests
                    os.kill(os.getpid(), signal.SIGHUP)
                asked.append(stopping.is_set())
    finally:
        signal.signal(signal.SIGHUP, before)
    assert asked == [True, False]


def test_children_of_a_killed_supervisor_end_too(tmp_path: Path) -> None:
    """Whoever kills the supervisor, or lets the machine do so, leaves no child and no grandchild running."""
    log = tmp_path / "parent.log"
    code = f"""if True:
        import signal, sys
        from pathlib import Path
        from pipelines.supervisor import Child, running
        with running([Child("parent", [sys.executable, "-c", {PARENT!r}], Path({str(log)!r}), {{}})]) as started:
            print(started[0].process.pid, flush=True)
            signal.pause()
    """
    with subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True) as supervisor:
        process = int(supervisor.stdout.readline())  # type: ignore[union-attr] # a pipe was asked for
        until(lambda: bool(log.read_text()))
        supervisor.kill()
    until(lambda: not alive(process) and not alive(int(log.read_text())))


def test_child_that_does_not_stop_when_asked_is_killed(tmp_path: Path) -> None:
    """Nor does the end of a killed supervisor leave a child that takes no heed of the signal."""
    deaf = "import signal; signal.signal(signal.SIGTERM, signal.SIG_IGN); print('deaf', flush=True); signal.pause()"
    with running([child("deaf", deaf, tmp_path)]) as started:
        until(lambda: bool((tmp_path / "deaf.log").read_text()))
        guard.end([(started[0].process.pid, signal.SIGTERM)], seconds=0.2)
        assert started[0].process.wait(10) == -signal.SIGKILL


def until(holds: Callable[[], bool]) -> None:
    """Wait until it holds, for ten seconds at most."""
    deadline = time.monotonic() + 10
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.01)


def test_asked_to_stop_nobody_waits_for_a_silent_child(tmp_path: Path) -> None:
    """Whoever is asked to stop does not wait until a child that hangs answers."""
    with stop_signals() as stopping, running([child("silent", FOREVER, tmp_path)]) as started:
        os.kill(os.getpid(), signal.SIGTERM)
        with pytest.raises(StopAsked):
            wait_until_ready(started[0], started, "http://127.0.0.1:9/health", stopping=stopping)


def test_proxy_does_not_stand_between_processes_of_one_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a proxy leads to the world, children on this machine are asked, and ask each other, without it."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:9")
    monkeypatch.setenv("NO_PROXY", "oyster.internal")
    home = Home(tmp_path)
    home.dagster.mkdir()
    port = free_port()
    with running([report_server(home, port)]) as started:
        wait_until_ready(started[0], started, f"http://127.0.0.1:{port}/health/live", seconds=10)
    proxied = {child.environment["no_proxy"] for child in dagster(home, free_port())}
    assert proxied == {"oyster.internal,127.0.0.1"}


def test_why_a_history_cannot_be_made_is_told(tmp_path: Path) -> None:
    """Where Dagster's databases cannot be made, the reason is told, also where the home has no room for a log of it."""
    home = Home(tmp_path)
    home.dagster.write_text("in the way")
    (tmp_path / "logs").symlink_to("/dev/full")
    with pytest.raises(HistoryError) as raised:
        prepare_dagster(home, threading.Event())
    assert "FileExistsError: [Errno 17] File exists: " in str(raised.value)


def test_places_are_tried_before_anything_starts() -> None:
    """A port that is taken, also by another of the same places, is told at once with what chooses another."""
    free, other = ports([Place("One", "127.0.0.1", 0, "--one"), Place("Two", "127.0.0.1", 0, "--two")])
    taken = Place("The report", "127.0.0.1", free, "--report-port")
    assert (0 < free != other > 0, ports([taken])) == (True, [free])
    with pytest.raises(PlaceTaken) as raised:
        ports([Place("One", "127.0.0.1", free, "--one"), Place("Two", "127.0.0.1", other, "--two"), taken])
    said = f"The report cannot listen on port {free} of 127.0.0.1: Address already in use"
    assert str(raised.value) == f"{said}; choose another with --report-port"


def test_taken_port_is_told_in_a_sentence(home: Home) -> None:
    """`nacre dev` says in a sentence which port is taken, starts nothing, and leaves no secret behind."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        done = CliRunner().invoke(nacre, ["dev", "--dagster-port", str(port), "--report-port", "0"])
    reason = f"Dagster's UI cannot listen on port {port} of 127.0.0.1: Address already in use"
    assert (done.exit_code, done.output) == (1, f"Error: {reason}; choose another with --dagster-port\n")
    assert not home.secret.exists()

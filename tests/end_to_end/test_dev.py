"""`nacre dev`: everything together, for as long as one wants it."""

import json
import os
import re
import select
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.services import free_port

NODES = {"query": "{ assetNodes { assetKey { path } } }"}


@pytest.fixture
def ports() -> tuple[int, int, int]:
    """Ports for the endpoint, for Dagster's UI and for the report."""
    return free_port(), free_port(), free_port()


@contextmanager
def beginning(nacre: Any, ports: tuple[int, int, int], log: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`nacre dev`, alone in its process group; asked to stop at the end where the test has not done so."""
    with log.open("wb") as file:
        process = subprocess.Popen(
            [
                *(sys.executable, "-m", "pipelines.cli", "dev"),
                *("--dagster-port", str(ports[1]), "--report-port", str(ports[2])),
            ],
            env={**nacre.environment, "NACRE_PORT": str(ports[0]), "PYTHONSAFEPATH": "1"},
            stdout=file,
            stderr=file,
            start_new_session=True,
        )
    try:
        yield process
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(30)


@pytest.fixture
def begun(nacre: Any, ports: tuple[int, int, int], tmp_path: Path) -> Iterator[subprocess.Popen[bytes]]:
    """`nacre dev`, from its first moment on."""
    with beginning(nacre, ports, tmp_path / "dev.log") as process:
        yield process


@pytest.fixture
def dev(begun: subprocess.Popen[bytes], tmp_path: Path) -> subprocess.Popen[bytes]:
    """`nacre dev`, ready."""
    until(lambda: "Ctrl-C stops everything" in (tmp_path / "dev.log").read_text(), begun)
    return begun


def test_interrupted_while_it_starts_it_ends_as_asked(
    nacre: Any, begun: subprocess.Popen[bytes], tmp_path: Path
) -> None:
    """Ctrl-C, which a terminal sends to the whole group, also ends a start, and blames nothing for it."""
    until(lambda: "Starting" in (tmp_path / "dev.log").read_text(), begun)
    os.killpg(begun.pid, signal.SIGINT)
    assert (begun.wait(30), left_behind(nacre.home)) == (0, [])
    assert (tmp_path / "dev.log").read_text() == "Starting …\nStopped.\n"


def test_where_it_listens_is_as_with_serve(nacre: Any, tmp_path: Path) -> None:
    """`nacre dev` listens on an IPv6 address and on a free port as `nacre serve` does, and prints it for a browser."""
    log = tmp_path / "dev.log"
    nacre.environment["NACRE_HOST"] = "::1"
    with beginning(nacre, (0, 0, 0), log) as process:
        until(lambda: bool(re.search(r"http://\[::1\]:[1-9]\d+/webhooks/oyster\n", log.read_text())), process)


def test_second_on_the_same_home_is_refused(nacre: Any, begun: subprocess.Popen[bytes], tmp_path: Path) -> None:
    """A second `nacre dev` on one home says which process is the first, and leaves its workspace and logs alone."""
    until(lambda: "Starting" in (tmp_path / "dev.log").read_text(), begun)
    log = tmp_path / "second.log"
    with beginning(nacre, (free_port(), free_port(), free_port()), log) as second:
        ended = second.wait(20)
    remedy = "stop that one, or set another NACRE_HOME"
    said = f"Error: {nacre.home} has a nacre dev already (process {begun.pid}): {remedy}\n"
    assert (ended, log.read_text()) == (1, said)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGHUP])
def test_demo_that_is_ended_leaves_nobody_behind(nacre: Any, tmp_path: Path, number: int) -> None:
    """Whoever ends `nacre demo`, or closes its terminal, ends its endpoint too."""
    log = tmp_path / "demo.log"
    with log.open("wb") as file:
        demo = subprocess.Popen(
            [sys.executable, "-m", "pipelines.cli", "demo"], env=nacre.environment, stdout=file, stderr=file
        )
    until(lambda: "Endpoint" in log.read_text(), demo)
    demo.send_signal(number)
    assert (demo.wait(30), left_behind(nacre.home)) == (1, [])


@pytest.mark.long
@pytest.mark.timeout(300)
def test_new_event_becomes_an_asset_without_a_hand_on_it(
    nacre: Any, dev: subprocess.Popen[bytes], ports: tuple[int, int, int], tmp_path: Path
) -> None:
    """Under `nacre dev` a new event_name is built, becomes an asset and is in the report by itself; Ctrl-C ends all."""
    body = {"event_name": "perks.perk_granted", "id": "wh_perk", "company_id": "ABC1234", "data": {"perkId": "p1"}}
    answer = httpx.post(
        f"http://127.0.0.1:{ports[0]}/webhooks/oyster",
        content=json.dumps(body),
        headers={"authorization": "Bearer end-to-end-secret", "content-type": "application/json"},
    )
    assert answer.status_code == 202
    until(lambda: ["perks", "perk_granted"] in assets(ports[1]), dev)
    until(lambda: "perks.<wbr>perk_<wbr>granted" in httpx.get(f"http://127.0.0.1:{ports[2]}/").text, dev)
    dev.send_signal(signal.SIGINT)
    assert (dev.wait(30), left_behind(nacre.home)) == (0, [])
    assert (tmp_path / "dev.log").read_text().endswith("Stopped.\n")


def until(holds: Any, process: subprocess.Popen[bytes]) -> None:
    """Wait until it holds, for two minutes at most."""
    deadline = time.monotonic() + 120
    while not holds():
        assert (process.poll(), time.monotonic() < deadline) == (None, True)
        select.select([], [], [], 0.5)


def assets(port: int) -> list[list[str]]:
    answer = httpx.post(f"http://127.0.0.1:{port}/graphql", json=NODES, timeout=30).json()
    return [node["assetKey"]["path"] for node in answer["data"]["assetNodes"]]


def left_behind(home: Path) -> list[str]:
    """The processes that still have this home in their environment."""
    found = []
    for environment in Path("/proc").glob("[0-9]*/environ"):
        try:
            if re.search(rf"NACRE_HOME={home}(\0|$)", environment.read_text(errors="replace")):
                found.append(environment.parent.name)
        except (PermissionError, ProcessLookupError, FileNotFoundError):
            continue
    return found

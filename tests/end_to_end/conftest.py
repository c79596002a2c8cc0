"""Real processes: the endpoint, and the nacre command."""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

SECRET = "end-to-end-secret"
PATIENCE = 60.0


@dataclass
class Server:
    """One endpoint process on a free port."""

    process: subprocess.Popen[bytes]
    url: str

    def kill(self) -> None:
        """End it as a power cut would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()


class Nacre:
    """The command, run in one home."""

    def __init__(self, home: Path) -> None:
        self.home = home
        self.environment = {**os.environ, "NACRE_HOME": str(home), "NACRE_SECRETS": SECRET}
        self.servers: list[Server] = []

    def run(self, *arguments: str, status: int = 0) -> str:
        """Run `nacre …` to its end and return what it printed."""
        done = subprocess.run(
            [sys.executable, "-m", "pipelines.cli", *arguments],
            env=self.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == status, done.stdout + done.stderr
        return done.stdout

    def build(self) -> dict[str, Any]:
        """Run `nacre build --json`."""
        return dict(json.loads(self.run("build", "--json")))

    def serve(self) -> Server:
        """Start `nacre serve` on a free port and wait until it listens."""
        log = self.home.with_name(f"serve-{len(self.servers)}.log")
        with log.open("wb") as file:
            process = subprocess.Popen(
                [sys.executable, "-m", "pipelines.cli", "serve", "--port", "0"], env=self.environment, stderr=file
            )
        port = listening_port(log, process)
        server = Server(process, f"http://127.0.0.1:{port}/webhooks/oyster")
        self.servers.append(server)
        return server


def listening_port(log: Path, process: subprocess.Popen[bytes]) -> int:
    """Read from the log where the endpoint listens."""
    deadline = time.monotonic() + PATIENCE
    while time.monotonic() < deadline and process.poll() is None:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith("{") and line.endswith("}") and json.loads(line)["event"] == "serving":
                return int(json.loads(line)["port"])
    pytest.fail(f"the endpoint did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture
def nacre(tmp_path: Path) -> Iterator[Nacre]:
    """The command in a home of its own; servers it started are killed at the end."""
    command = Nacre(tmp_path / "home")
    yield command
    for server in command.servers:
        if server.process.poll() is None:
            server.kill()

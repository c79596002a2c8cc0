"""A real endpoint process on a free port, and raw sockets to speak to it."""

import contextlib
import json
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq

from ingest.lake import Lake

SECRET = "live-secret-0123456789"
PATIENCE = 20.0


def until(met: Callable[[], Any], what: str, patience: float = PATIENCE) -> Any:
    """Wait for a condition and return its value; fail with a sentence when it never comes."""
    deadline = time.monotonic() + patience
    while not (value := met()):
        assert time.monotonic() < deadline, f"waited {patience} s in vain: {what}"
        time.sleep(0.005)
    return value


class LiveServer:
    """One `python -m ingest.server` (or another launcher) in a home of its own."""

    def __init__(
        self,
        home: Path,
        launcher: Sequence[str] = ("-m", "ingest.server"),
        wrapper: Sequence[str] = (),
        logs: Path | None = None,
        **settings: Any,
    ) -> None:
        self.home = home
        self.log = (logs or home.parent) / f"{home.name}-{time.monotonic_ns()}.log"
        given = {"home": home, "port": 0, "secrets": SECRET, **settings}
        environment = {name: value for name, value in os.environ.items() if not name.startswith("NACRE_")}
        environment |= {f"NACRE_{name.upper()}": str(value) for name, value in given.items() if value is not None}
        with self.log.open("wb") as log:
            self.process = subprocess.Popen(
                [*wrapper, sys.executable, *launcher], env=environment, stderr=log, stdout=subprocess.DEVNULL
            )
        served = until(lambda: self.logged("serving") or self.process.poll() is not None, "the endpoint listens")
        assert served is not True, self.log.read_text()
        self.port: int = served[0]["port"]
        self.pid: int = served[0].get("pid", self.process.pid)

    def lines(self) -> list[dict[str, Any]]:
        """What it has logged, line by line."""
        return [json.loads(line) for line in self.log.read_bytes().split(b"\n")[:-1] if line.startswith(b"{")]

    def logged(self, event: str) -> list[dict[str, Any]]:
        """The logged lines of one event."""
        mark = f'"event":"{event}"'.encode()
        return [json.loads(line) for line in self.log.read_bytes().split(b"\n")[:-1] if mark in line]

    def connect(self, timeout: float = PATIENCE) -> socket.socket:
        """A raw connection."""
        return socket.create_connection(("127.0.0.1", self.port), timeout)

    def raw(self, request: bytes, timeout: float = PATIENCE) -> bytes:
        """Send bytes, return everything answered until the endpoint closes."""
        with self.connect(timeout) as connection:
            with contextlib.suppress(ConnectionError):
                connection.sendall(request)
            return received(connection)

    def post(self, body: bytes, *headers: str, secret: str | None = SECRET) -> tuple[int, dict[str, Any]]:
        """Deliver one body on a connection of its own; status and JSON of the answer."""
        head = [f"Authorization: Bearer {secret}"] if secret is not None else []
        head += (
            [*headers]
            if any(h.lower().startswith("content-type") for h in headers)
            else ["Content-Type: application/json", *headers]
        )
        status, _, content = self.request("POST", "/webhooks/oyster", head, body)
        return status, json.loads(content)

    def request(
        self, method: str, path: str, headers: Sequence[str] = (), body: bytes = b""
    ) -> tuple[int, dict[str, str], bytes]:
        """One request with a correct frame; status, headers and body of the answer."""
        lines = [
            f"{method} {path} HTTP/1.1",
            "Host: test",
            "Connection: close",
            f"Content-Length: {len(body)}",
            *headers,
        ]
        return answered(self.raw("\r\n".join([*lines, "", ""]).encode("latin-1") + body))

    def ready(self) -> bool:
        """Whether `/health/ready` says so."""
        return self.request("GET", "/health/ready")[0] == 200

    def stored(self, kind: Any = "events") -> list[dict[str, Any]]:
        """Every row of the lake."""
        return stored(self.home, kind)

    def kill(self) -> None:
        """End it as the machine would."""
        self.process.send_signal(signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit status."""
        self.process.send_signal(signal.SIGTERM)
        return self.process.wait(15)

    def close(self) -> None:
        """End it if it still runs."""
        if self.process.poll() is None:
            self.kill()


@contextlib.contextmanager
def live_server(home: Path, **given: Any) -> Iterator[LiveServer]:
    """A server for the length of a block."""
    server = LiveServer(home, **given)
    try:
        yield server
    finally:
        server.close()


def stored(home: Path, kind: Any = "events") -> list[dict[str, Any]]:
    """Every row of a kind in the lake of a home, with its times as they stand."""
    return [
        row
        for segment in Lake(home).segments(kind)
        for row in pq.read_table(segment.path, partitioning=None).to_pylist()
    ]


def received(connection: socket.socket) -> bytes:
    """Everything until the peer closes, or the part that came before a reset."""
    parts = []
    with contextlib.suppress(ConnectionError):
        while part := connection.recv(65536):
            parts.append(part)
    return b"".join(parts)


def answered(answer: bytes) -> tuple[int, dict[str, str], bytes]:
    """An HTTP answer in its parts."""
    head, _, body = answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split(" ")[1]), dict(line.lower().split(": ", 1) for line in lines), body


def event(number: int, data: str = '{"expenseId":"zxbhh9d8"}', name: str = "expenses.expense_approved") -> bytes:
    """A valid body whose id carries a number."""
    return f'{{"event_name":"{name}","id":"wh_{number:026d}","company_id":"ABC1234","data":{data}}}'.encode()

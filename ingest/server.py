"""The server process: uvicorn with httptools and uvloop around the endpoint, and a stop that loses nothing.

`python -m ingest.server` serves with the settings of the environment.
"""

import asyncio
import contextlib
import gc
import logging
import os
import resource
import secrets
import signal
import socket
import sys
from collections import Counter
from collections.abc import Iterator
from types import FrameType

import uvicorn

from ingest.app import Endpoint
from ingest.auth import Gate
from ingest.body import BodyReader
from ingest.commit import Committer
from ingest.deliveries import Deliveries
from ingest.direct import Direct, DirectProtocol
from ingest.health import Health
from ingest.lake import Lake
from ingest.logs import LineSink, Log, ToStructlog, open_log
from ingest.metrics import Metrics
from ingest.notes import Notes
from ingest.protocol import BoundedProtocol
from ingest.settings import Settings, SettingsError, load_settings

_GRACE_SECONDS = 7
_BACKLOG = 2048
_OTHER_FILES = 256 + _BACKLOG
"""Descriptors for the lake, for connections that linger while they are refused, and for a backlog taken at once."""
_LAST_WRITE_SECONDS = 1.5


def serve(settings: Settings, workers: int = 1) -> int:
    """Serve until SIGTERM or SIGINT; the exit status. Raises `SettingsError` or OSError before the first request."""
    settings.require_secrets()
    listener = listen(settings.host, settings.port)
    if workers > 1:
        from ingest.workers import supervise  # noqa: PLC0415 - one process needs no supervisor

        return supervise(settings, listener, workers)
    return run(settings, listener)


def listen(host: str, port: int) -> socket.socket:
    """A listening socket; port 0 takes a free one."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family, socket.SOCK_STREAM)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind((host, port))
    listener.listen(_BACKLOG)
    listener.set_inheritable(True)
    return listener


def run(settings: Settings, listener: socket.socket, parent: int | None = None) -> int:
    """Serve one listening socket in this process, as long as the parent process lives where one is named."""
    metrics = Metrics()
    sink = LineSink(sys.stderr.fileno(), metrics.log_lines_lost.inc)
    writer = secrets.token_hex(4)
    log = open_log(sink, writer=writer)
    _forward_library_logs(log)
    gate = Gate(settings)
    lake = Lake(settings.home)
    committer = Committer(lake, writer, settings, metrics, log)
    notes = Notes(writer, metrics, sink)
    deliveries = Deliveries(gate, BodyReader(settings), committer)
    endpoint = Endpoint(deliveries, Health(settings, gate, committer), metrics, notes, log)
    direct = Direct(gate, committer, notes, settings.max_body_bytes)
    connections = _room(settings.connections)
    config = _config(endpoint, settings, connections, metrics.outcomes, direct)
    server = _Server(config, settings, gate, committer, parent)
    host, port = listener.getsockname()[:2]
    for path in lake.sweep():
        log.info("swept", file=path.name)
    log.info("serving", host=host, port=port, pid=os.getpid(), home=str(settings.home), connections=connections)
    _tune()
    with _quiet_stop(server):
        server.run(sockets=[listener])
    finished = committer.stop(_LAST_WRITE_SECONDS)
    log.info("stopped", finished=finished)
    sink.close()
    return 0 if finished else 1


class _Server(uvicorn.Server):
    """uvicorn's server, which also tends the queue, the secrets and the connections a few times a second."""

    def __init__(
        self, config: uvicorn.Config, settings: Settings, gate: Gate, committer: Committer, parent: int | None
    ) -> None:
        super().__init__(config)
        self._parent = parent
        self._head_seconds = settings.header_seconds
        self._gate = gate
        self._committer = committer

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        self._committer.start(asyncio.get_running_loop())
        await super().startup(sockets)

    async def on_tick(self, counter: int) -> bool:
        if counter % 5 == 0:
            self._committer.tend()
            self._gate.refresh()
            now = asyncio.get_running_loop().time()
            for connection in list(self.server_state.connections):
                if isinstance(connection, BoundedProtocol):
                    connection.expire(now, self._head_seconds)
        if self._parent is not None and os.getppid() != self._parent:
            self.should_exit = True
        return await super().on_tick(counter)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        await super().shutdown(sockets)
        self._committer.give_up("the endpoint is stopping")  # the grace is over


def _room(connections: int) -> int:
    """How many of these connections fit into the descriptors of this process, whose limit is raised as far as it goes.

    Others open connections, and must not take the descriptors by which the lake is written.
    """
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    wanted = connections + _OTHER_FILES
    most = wanted if hard == resource.RLIM_INFINITY else min(hard, wanted)
    if soft != resource.RLIM_INFINITY and soft < most:
        resource.setrlimit(resource.RLIMIT_NOFILE, (most, hard))
    return min(connections, max(most - _OTHER_FILES, most // 2))


def _tune() -> None:
    """No start-up objects for the collector; the interpreter sooner for commit threads."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)
    sys.setswitchinterval(0.0005)


def _config(
    endpoint: Endpoint, settings: Settings, connections: int, tally: Counter[str], direct: Direct
) -> uvicorn.Config:
    given = {"most_connections": connections, "tally": tally, "direct": direct}
    protocol = type("Protocol", (DirectProtocol,), given)
    return uvicorn.Config(
        endpoint,
        http=protocol,
        loop="uvloop",
        ws="none",
        lifespan="off",
        log_config=None,
        access_log=False,
        proxy_headers=False,
        server_header=False,
        timeout_keep_alive=int(settings.idle_seconds),
        timeout_graceful_shutdown=_GRACE_SECONDS,
    )


def _forward_library_logs(log: Log) -> None:
    handler = ToStructlog(log)
    for name in ("uvicorn", "asyncio"):
        logger = logging.getLogger(name)
        logger.handlers, logger.propagate = [handler], False
        logger.setLevel(logging.ERROR)  # what senders do wrong is counted, not logged by libraries


@contextlib.contextmanager
def _quiet_stop(server: uvicorn.Server) -> Iterator[None]:
    """Let a stop by signal end as a success: uvicorn raises the signal again once it is done."""

    def stop(_: int, __: FrameType | None) -> None:
        server.should_exit = True  # also for a signal that comes before uvicorn listens to it

    before = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def main() -> int:
    """Serve with the settings of the environment."""
    try:
        return serve(load_settings())
    except (SettingsError, OSError) as problem:
        sys.stderr.write(f"{problem}\n")
        return 2


if __name__ == "__main__":
    sys.exit(main())

"""Several server processes on one listening socket and one lake, each with a writer of its own."""

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from types import FrameType

from prometheus_client.multiprocess import mark_process_dead

from ingest.server import run
from ingest.settings import Settings, load_settings

_STOP_SECONDS = 10.0
_LEAST_LIFE_SECONDS = 1.0
_MEMORY = "/dev/shm"  # noqa: S108 - a folder of our own is made in it
"""Where files are memory: a worker that counts into a mapped file on a full disk is killed by the kernel."""


def supervise(settings: Settings, listener: socket.socket, workers: int) -> int:
    """Run workers until SIGTERM or SIGINT, replacing any that dies; 0 if all stopped in time."""
    place = _MEMORY if os.access(_MEMORY, os.W_OK | os.X_OK) else None
    with tempfile.TemporaryDirectory(prefix="nacre-metrics-", dir=place) as shared:
        environment = _environment(settings) | {"PROMETHEUS_MULTIPROC_DIR": shared}
        pool = _Pool(listener.fileno(), environment)
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, pool.stop)
        return pool.run(workers)


class _Pool:
    """The worker processes."""

    def __init__(self, descriptor: int, environment: dict[str, str]) -> None:
        self._descriptor = descriptor
        self._environment = environment
        self._running: dict[int, tuple[subprocess.Popen[bytes], float]] = {}
        self._stopping = False

    def run(self, workers: int) -> int:
        for _ in range(workers):
            self._start()
        while self._running and not self._stopping:
            self._reap()
        return self._finish()

    def stop(self, _: int, __: FrameType | None) -> None:
        """Called by a signal."""
        self._stopping = True

    def _start(self) -> None:
        command = [sys.executable, "-m", "ingest.workers", str(self._descriptor), str(os.getpid())]
        worker = subprocess.Popen(command, env=self._environment, pass_fds=[self._descriptor])  # noqa: S603 - our own module
        self._running[worker.pid] = (worker, time.monotonic())

    def _reap(self) -> None:
        time.sleep(0.1)
        for pid, (worker, since) in list(self._running.items()):
            if worker.poll() is None or self._stopping:
                continue
            del self._running[pid]
            mark_process_dead(pid, self._environment["PROMETHEUS_MULTIPROC_DIR"])  # type: ignore[no-untyped-call]
            if time.monotonic() - since < _LEAST_LIFE_SECONDS:
                time.sleep(_LEAST_LIFE_SECONDS)  # one that cannot start must not be started in a loop
            self._start()

    def _finish(self) -> int:
        for pid in self._running:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + _STOP_SECONDS
        statuses = [_wait(worker, deadline) for worker, _ in self._running.values()]
        return max(statuses, default=0)


def _wait(worker: subprocess.Popen[bytes], deadline: float) -> int:
    try:
        status = worker.wait(max(0.1, deadline - time.monotonic()))
        return max(0, status)  # one that a signal ended, starting or killed, had nothing left to finish
    except subprocess.TimeoutExpired:
        worker.kill()
        worker.wait()
        return 1


def _environment(settings: Settings) -> dict[str, str]:
    """The environment that gives a worker the same settings."""
    given = {
        f"NACRE_{name.upper()}": str(value)
        for name, value in settings.model_dump(exclude={"secrets", "metrics_token"}).items()
        if value is not None
    }
    if settings.secrets:
        given["NACRE_SECRETS"] = ",".join(secret.get_secret_value() for secret in settings.secrets)
    if settings.metrics_token:
        given["NACRE_METRICS_TOKEN"] = settings.metrics_token.get_secret_value()
    return os.environ | given


def main() -> int:
    """Serve the listening socket of a supervisor, which may be gone by now: then this process has another parent."""
    descriptor, supervisor = map(int, sys.argv[1:])
    status = run(load_settings(), socket.socket(fileno=descriptor), parent=supervisor)
    if os.getppid() != supervisor:  # nobody else will
        shutil.rmtree(os.environ["PROMETHEUS_MULTIPROC_DIR"], ignore_errors=True)
    return status


if __name__ == "__main__":
    sys.exit(main())

"""The processes of an installation: the endpoint, and Dagster's code server, webserver and daemon."""

import os
import secrets
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from ingest.settings import Settings
from pipelines.build_lock import BuildBusy, file_lock
from pipelines.guard import POLL_SECONDS
from pipelines.home import Home
from pipelines.instance import HistoryError
from pipelines.supervisor import Child, StopAsked

HOST = "127.0.0.1"
WORKERS = {"dagster-code": "dagster api grpc"}
WORKSPACE = """\
load_from:
  - grpc_server:
      host: 127.0.0.1
      port: {port}
      location_name: nacre
"""


class DevRunning(Exception):  # noqa: N818 - it names a state
    """Another `nacre dev` runs on this home."""

    def __init__(self, home: Home, holder: str) -> None:
        """Name the home and the process, and what to do."""
        super().__init__(f"{home.root} has a nacre dev already ({holder}): stop that one, or set another NACRE_HOME")


@contextmanager
def alone(home: Home) -> Iterator[None]:
    """Be the one `nacre dev` of a home: two would write one workspace, one history and the same logs.

    Raises DevRunning.
    """
    try:
        with file_lock(home.dev_lock, wait=False):
            yield
    except BuildBusy as busy:
        raise DevRunning(home, busy.holder) from None


def with_secret(home: Home, settings: Settings) -> dict[str, str]:
    """Return the environment that gives the endpoint a secret: the one that is set, or one made up and kept."""
    if settings.secrets or settings.secrets_file:
        return {}
    if not home.secret.exists():
        home.root.mkdir(parents=True, exist_ok=True, mode=0o700)
        descriptor = os.open(home.secret, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w", encoding="ascii") as file:
            file.write(secrets.token_urlsafe(32) + "\n")
    return {"NACRE_SECRETS_FILE": str(home.secret)}


def endpoint(home: Home, environment: dict[str, str], host: str, port: int) -> Child:
    """Return the process that receives webhooks."""
    command = [sys.executable, "-m", "pipelines.cli", "serve", "--host", host, "--port", str(port)]
    return Child("endpoint", command, _log(home, "endpoint"), {"NACRE_HOME": str(home.root), **environment})


def report_server(home: Home, port: int) -> Child:
    """Return the process that shows the report to a browser on this machine."""
    command = [sys.executable, "-m", "pipelines.serving", str(home.report), str(port)]
    return Child("report", command, _log(home, "report"), {"PYTHONPATH": _path()})


def prepare_dagster(home: Home, stopping: threading.Event) -> None:
    """Make Dagster's databases before its processes start, in a process of its own so that this one stays light.

    Raises HistoryError, and StopAsked where `stopping` is set meanwhile.
    """
    command = [sys.executable, "-m", "pipelines.instance", str(home.dagster)]
    environment = {**os.environ, "PYTHONPATH": _path()}
    with subprocess.Popen(  # noqa: S603 - our own
        command, env=environment, stderr=subprocess.PIPE, text=True, start_new_session=True
    ) as preparing:
        told = _told_by(preparing, stopping)
    if preparing.returncode:
        raise HistoryError(home.dagster, "".join(told.splitlines()[-1:]) or f"code {preparing.returncode}")


def _told_by(process: subprocess.Popen[str], stopping: threading.Event) -> str:
    """Return what a process has told when it ends; one that is not waited for is killed. Raises StopAsked."""
    told = None
    while told is None and not stopping.is_set():
        with suppress(subprocess.TimeoutExpired):
            _, told = process.communicate(timeout=POLL_SECONDS)
    if told is None or stopping.is_set():
        process.kill()
        raise StopAsked
    return told


def dagster(home: Home, port: int, report_url: str = "") -> list[Child]:
    """Return Dagster's processes: one loads our code, the webserver and the daemon both ask that one."""
    code_port = free_port()
    workspace = home.dagster / "workspace.yaml"
    workspace.write_text(WORKSPACE.format(port=code_port), encoding="utf-8")
    environment = {
        "NACRE_HOME": str(home.root),
        "DAGSTER_HOME": str(home.dagster),
        "NACRE_DAGSTER_URL": f"http://127.0.0.1:{port}",
        "NACRE_REPORT_URL": report_url,
        "PYTHONPATH": _path(),
        "PYTHONSAFEPATH": "",  # Dagster takes away the first entry of the path, where else a script's folder stands
        **_without_proxy(),
    }
    code = ["code-server", "start", "-m", "pipelines.definitions", "--host", "127.0.0.1", "--port", str(code_port)]
    commands = {
        "dagster-code": [sys.executable, "-m", "dagster", *code, "--use-python-environment-entry-point"],
        "dagster-webserver": [
            *(sys.executable, "-m", "dagster_webserver", "--host", "127.0.0.1", "--port", str(port)),
            *("--workspace", str(workspace)),
        ],
        "dagster-daemon": [sys.executable, "-m", "dagster._daemon", "run", "--workspace", str(workspace)],
    }
    return [
        Child(name, command, _log(home, name), environment, signal.SIGINT, worker=WORKERS.get(name, ""))
        for name, command in commands.items()
    ]


@dataclass(frozen=True)
class Place:
    """Where something is to listen, and what sets its port."""

    name: str
    host: str
    port: int
    choice: str


class PlaceTaken(Exception):  # noqa: N818 - it names a state
    """Nothing can listen at a place."""

    def __init__(self, place: Place, cause: OSError) -> None:
        """Name the place, why, and what chooses another."""
        reason = f"cannot listen on port {place.port} of {place.host}: {cause.strerror}"
        super().__init__(f"{place.name} {reason}; choose another with {place.choice}")
        self.place = place


def ports(places: Sequence[Place]) -> list[int]:
    """The ports of these places, for 0 a free one; all are tried together, so that no two get the same.

    Raises PlaceTaken.
    """
    with ExitStack() as stack:
        return [stack.enter_context(_listening(place)).getsockname()[1] for place in places]


def _listening(place: Place) -> socket.socket:
    listener = socket.socket(socket.AF_INET6 if ":" in place.host else socket.AF_INET)
    try:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as the one that will listen does
        listener.bind((place.host, place.port))
        listener.listen()
    except OSError as cause:
        listener.close()
        raise PlaceTaken(place, cause) from cause
    return listener


def free_port() -> int:
    """Return a port that nobody listens on."""
    return ports([Place("", HOST, 0, "")])[0]


def _log(home: Home, name: str) -> Path:
    return home.root / "logs" / f"{name}.log"


def _without_proxy() -> dict[str, str]:
    """Return the environment in which no proxy stands between processes of this machine: gRPC would ask it too."""
    hosts = ",".join(filter(None, [os.environ.get("no_proxy") or os.environ.get("NO_PROXY"), HOST]))
    return {"no_proxy": hosts, "NO_PROXY": hosts}


def _path() -> str:
    """Return where Python finds our rooms, installed or not."""
    return os.pathsep.join(filter(None, [str(Path(__file__).parent.parent), os.environ.get("PYTHONPATH", "")]))

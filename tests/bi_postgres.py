"""A real PostgreSQL server of Debian's, on a loopback port of its own, with nothing in it."""

import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pipelines.services import free_port
from tests.bi_environments import library


@contextmanager
def server() -> Iterator[int]:
    """Run the server for as long as it takes, as the user postgres where we are root; it refuses to run as root."""
    tools = library("lib/postgresql/*/bin/initdb", "postgresql").parent
    folder, port = Path(tempfile.mkdtemp(prefix="nacre-postgres-")), free_port()
    as_user = ["runuser", "-u", "postgres", "--"] if os.getuid() == 0 else []
    if as_user:
        shutil.chown(folder, "postgres")
    control = [*as_user, str(tools / "pg_ctl"), "-D", str(folder / "data"), "-w", "-s"]
    try:
        init = [str(tools / "initdb"), "-D", str(folder / "data"), "-A", "trust", "-U", "postgres", "--no-sync"]
        run(*as_user, *init, folder=folder)
        options = f"-p {port} -k {folder} -h 127.0.0.1 -c fsync=off"
        run(*control, "-l", str(folder / "log"), "-o", options, "start", folder=folder)
        yield port
        run(*control, "-m", "immediate", "stop", folder=folder)
    finally:
        shutil.rmtree(folder)


def run(*command: str, folder: Path) -> None:
    subprocess.run(command, check=True, stdout=subprocess.DEVNULL, cwd=folder)

"""Does things in homes, each in a fork of this process, which has imported everything and started nothing.

It reads lines `DOING HOME`; the fork's number is told, and the fork waits for one more line; then its status is told.
"""

import os
import shutil
import sys
from collections.abc import Callable
from contextlib import nullcontext
from pathlib import Path
from typing import Any

from ingest.lake import manifests
from pipelines.home import Home
from tests.proof import scenes
from warehouse import load


def main() -> None:
    """Serve until stdin ends."""
    PLANTS[sys.argv[1]]()
    with os.fdopen(0, "rb", buffering=0) as asked:
        while line := asked.readline().decode().split(maxsplit=1):
            child = os.fork()
            if child == 0:
                asked.readline()
                scenes.DOINGS[line[0]](Home(Path(line[1].strip())))
                os._exit(0)
            say(child)
            say(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def say(number: int) -> None:
    """Tell a number at once."""
    os.write(1, f"{number}\n".encode())


def nothing() -> None:
    """Plant no bug."""


def publish_in_place() -> None:
    """Write over the published file, which readers have open."""

    def publish(con: Any, build: Path, published: Path) -> None:
        con.execute("force checkpoint")
        shutil.copyfile(build, published)

    scenes.publish = publish  # type: ignore[assignment]


def load_without_transaction() -> None:
    """Commit each statement of a load by itself."""
    load.transaction = lambda _con: nullcontext()  # type: ignore[assignment]


def remove_first() -> None:
    """Remove the old segments before the new one is there."""
    announce = manifests.write

    def write(folder: Path, manifest: manifests.Manifest) -> None:
        for name in manifest.replaces:
            (folder / name).unlink()
        announce(folder, manifest)

    manifests.write = write


PLANTS: dict[str, Callable[[], None]] = {
    "": nothing,
    "the published file is written in place": publish_in_place,
    "a load without a transaction": load_without_transaction,
    "old segments go before the new one is there": remove_first,
}


if __name__ == "__main__":
    sys.exit(main())

"""Rebuild a home in a process that is killed at a moment: `rebuilt.py HOME STAGE DONE`."""

import os
import signal
import sys
from pathlib import Path

from pipelines.home import Home
from pipelines.rebuilding import rebuild


def main() -> None:
    """Rebuild, and die when the rebuild says that `DONE` parts of `STAGE` or more are through."""

    def listen(stage: str, done: int, _total: int) -> None:
        if stage == sys.argv[2] and done >= int(sys.argv[3]):
            os.kill(os.getpid(), signal.SIGKILL)

    rebuild(Home(Path(sys.argv[1])), listen)


if __name__ == "__main__":
    main()

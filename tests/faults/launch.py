"""Starts the real endpoint on a broken disk, under a jumping clock, or with a bug planted in it.

`FAULTS` names a control file, read before each call to the disk: JSON of `call`, `errno`, `mode` (`all`, `first` or a
number), `delay` in seconds, and `files` to spare folders. `CLOCK` names a file with an offset in seconds. `PLANT`
names a bug.
A failed fsync loses what was written, as a kernel does that drops the pages it could not write.
"""

import errno
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

from ingest import commit, server
from ingest.clock import Clock
from ingest.lake import durable

HOME = os.environ.get("NACRE_HOME", "") + "/"
seen: Counter[str] = Counter()


def fault(call: str, *, folder: bool) -> str | None:
    """What the control file asks of this call: an errno's name, or nothing."""
    try:
        wanted = json.loads(Path(os.environ["FAULTS"]).read_text())
    except (FileNotFoundError, ValueError):
        seen.clear()
        return None
    if wanted["call"] != call or (folder and wanted.get("files")):
        return None
    seen[call] += 1
    if wanted.get("delay"):
        time.sleep(wanted["delay"])
    hit = {"all": True, "first": seen[call] == 1}.get(wanted.get("mode", "all"), str(seen[call]) == wanted.get("mode"))
    return wanted.get("errno") if hit else None


def broken(call: str, real: Callable[..., Any]) -> Callable[..., Any]:
    """A system call that fails or waits when it is asked to, for files in the lake alone."""

    def instead(first: Any, *rest: Any, **named: Any) -> Any:
        if not in_the_lake(first):
            return real(first, *rest, **named)
        folder = call == "fsync" and os.path.isdir(f"/proc/self/fd/{first}")  # noqa: PTH112 - a descriptor
        asked = fault(call, folder=folder)
        if asked is None:
            return real(first, *rest, **named)
        if call == "fsync" and not folder:
            os.ftruncate(first, 0)
        raise OSError(getattr(errno, asked), os.strerror(getattr(errno, asked)))

    return instead


def in_the_lake(first: Any) -> bool:
    """Whether a path or descriptor is one of the lake's."""
    if isinstance(first, int):
        try:
            return os.readlink(f"/proc/self/fd/{first}").startswith(HOME)  # noqa: PTH115 - a descriptor
        except OSError:
            return False
    return f"{os.fspath(first)}/".startswith(HOME)


def plant(bug: str) -> None:
    """Break the durability of the endpoint in one way."""
    if bug == "no fsync":
        os.fsync = lambda _: None  # type: ignore[assignment]
    elif bug == "no folder fsync":
        durable.sync_folder = lambda _: None
    elif bug == "answer before fsync":
        hand_over = commit.Committer._hand_over

        def early(self: commit.Committer) -> None:
            self._tell(self._gathering, None)
            hand_over(self)

        commit.Committer._hand_over = early  # type: ignore[method-assign]
    elif bug == "retry after a failed fsync":
        real = os.fsync

        def stubborn(descriptor: int) -> None:
            try:
                real(descriptor)
            except OSError:
                real(descriptor)

        os.fsync = stubborn  # type: ignore[assignment]


if __name__ == "__main__":
    if "FAULTS" in os.environ:
        for name in ("open", "write", "fsync", "rename", "mkdir"):
            setattr(os, name, broken(name, getattr(os, name)))
    if "CLOCK" in os.environ:
        commit.Clock = lambda: Clock(  # type: ignore[assignment,misc]
            lambda: time.time_ns() + int(Path(os.environ["CLOCK"]).read_text()) * 10**9
        )
    plant(os.environ.get("PLANT", ""))
    sys.exit(server.main())

"""`nacre report`: the published warehouse as one page."""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from pipelines.reading import published
from pipelines.report.facts import read_facts, steps
from pipelines.report.page import page

__all__ = ["Written", "steps", "write_report"]


class Unwritable(Exception):  # noqa: N818 - it names a state
    """The page cannot be written where it should go."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the file and what the system said."""
        self.path, self.reason = path, reason
        super().__init__(f"{path} cannot be written: {reason}; give another place with --out FILE")


@dataclass(frozen=True)
class Written:
    """A report that was written."""

    path: Path
    bytes: int
    seconds: float


def write_report(warehouse: Path, target: Path, advance: Callable[[int], None] = lambda _count: None) -> Written:
    """Write the page of a published warehouse, at once and for its owner alone: it tells what people claimed."""
    began = time.monotonic()
    with published(warehouse) as connection:
        content = page(read_facts(connection, advance)).encode()
    try:
        _replace(target, content)
    except OSError as error:
        raise Unwritable(target, error.strerror or str(error)) from error
    return Written(target, len(content), time.monotonic() - began)


def _replace(target: Path, content: bytes) -> None:
    temporary = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(content)
        temporary.replace(target)
    except OSError:
        temporary.unlink(missing_ok=True)
        raise

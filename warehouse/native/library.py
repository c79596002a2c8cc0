"""The compiled library, loaded."""

from __future__ import annotations

from ctypes import CDLL
from pathlib import Path

PATH = Path(__file__).with_name("libnacre.so")


class NotCompiled(Exception):  # noqa: N818 - it names the state of the installation
    """The library is not there."""

    def __init__(self) -> None:
        super().__init__(
            f"warehouse/native/{PATH.name} is missing: install nacre by `make install`, which compiles it."
        )


def load() -> CDLL:
    """The library. Raises NotCompiled."""
    try:
        return CDLL(str(PATH))
    except OSError as error:
        raise NotCompiled from error

"""The compiled library, loaded."""

from __future__ import annotations

from ctypes import CDLL
from pathlib import Path

import pyarrow as pa

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


def address(content: pa.Buffer | None) -> int:
    """Where the bytes of an array lie; somewhere for an array without any, of which nothing is read."""
    return int((content or _NOTHING).address)


_NOTHING = pa.py_buffer(b"\0")

"""The compiled library, loaded."""

from __future__ import annotations

from ctypes import CDLL, PyDLL
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

Library = TypeVar("Library", bound=CDLL)

PATH = Path(__file__).with_name("libnacre.so")


class NotCompiled(Exception):  # noqa: N818 - it names the state of the installation
    """The library is not there."""

    def __init__(self) -> None:
        super().__init__(
            f"warehouse/native/{PATH.name} is missing: install nacre by `make install`, which compiles it."
        )


def load() -> CDLL:
    """The library, whose functions let other threads have the interpreter meanwhile. Raises NotCompiled."""
    return _loaded(CDLL)


def load_short() -> PyDLL:
    """The library, for functions that take less time than to get the interpreter back. Raises NotCompiled."""
    return _loaded(PyDLL)


def _loaded(kind: type[Library]) -> Library:
    try:
        return kind(str(PATH))
    except OSError as error:
        raise NotCompiled from error


def address(content: pa.Buffer | None) -> int:
    """Where the bytes of an array lie; somewhere for an array without any, of which nothing is read."""
    return int((content or _NOTHING).address)


_NOTHING = pa.py_buffer(b"\0")

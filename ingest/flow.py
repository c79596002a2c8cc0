"""How answers leave a connection, and when more is read from it."""

import asyncio
from collections.abc import Sized

from uvicorn.protocols.http.flow_control import FlowControl


class OneWrite:
    """The transport as one answer sees it: head and body leave in one write, which halves the system calls."""

    __slots__ = ("_head", "_transport", "close", "is_closing")

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        self._head = b""
        self.close = transport.close
        self.is_closing = transport.is_closing

    def write(self, data: bytes) -> None:
        """Keep the head until the body comes; an interim answer goes out alone."""
        if self._head:
            self._transport.write(self._head + data)
            self._head = b""
        elif data.startswith(b"HTTP/1.1 ") and not data.startswith(b"HTTP/1.1 100"):
            self._head = data
        else:
            self._transport.write(data)


class OneByOne(FlowControl):
    """Reads no more while a request waits for its turn, whoever asks: the one that is served then is here whole."""

    def __init__(self, transport: asyncio.Transport, waiting: Sized) -> None:
        """`waiting` holds the requests that are not begun."""
        super().__init__(transport)
        self._waiting = waiting

    def resume_reading(self) -> None:
        """Read on, but for requests that wait."""
        if not self._waiting:
            super().resume_reading()

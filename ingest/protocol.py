"""uvicorn's HTTP protocol with the bounds it lacks: on the head's time and size, and on connections.

The parser (llhttp, through httptools) is the strict one: it refuses bare line feeds, conflicting lengths and games
with Transfer-Encoding. Everything it or this class refuses is answered by a problem document, then closed.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ingest import problems
from ingest.problems import Problem

_MOST_HEAD_BYTES = 32 * 1024
_MOST_HEADERS = 100
_LINGER_SECONDS = 1.0


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


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `head_since` is the time since when a request's head is awaited, None while one is served."""

    most_connections = 4096
    tally: ClassVar[Counter[str]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin without a connection."""
        super().__init__(*args, **kwargs)
        self.head_since: float | None = None
        self.idle_since: float | None = None
        self._head_bytes = 0
        self._refusal = problems.BAD_REQUEST
        self._refused = False

    def connection_made(self, transport: Any) -> None:
        """Start the clock of the first head, or refuse one connection too many."""
        super().connection_made(transport)
        self.head_since = self.loop.time()
        if len(self.connections) > self.most_connections:
            self.refuse(problems.TOO_MANY_CONNECTIONS)

    def data_received(self, data: bytes) -> None:
        """Feed the parser; count what comes before a head is complete."""
        if self._refused:
            return
        self.idle_since = None
        if self.head_since is None and (self.cycle is None or self.cycle.response_complete):
            self.head_since = self.loop.time()
        self._head_bytes += len(data)
        super().data_received(data)
        if self.head_since is None:
            self._head_bytes = 0
        elif self._head_bytes > _MOST_HEAD_BYTES:
            self.refuse(problems.HEADERS_TOO_LARGE)

    def on_message_begin(self) -> None:
        """Begin a head; what an application needs of it is made when one is asked."""
        self.url = b""
        self.headers = []

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header."""
        self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Check the size of the head, then let the request begin."""
        too_large = self._head_bytes > _MOST_HEAD_BYTES and self._size_of_head() > _MOST_HEAD_BYTES
        if too_large or len(self.headers) > _MOST_HEADERS:
            self._refusal = problems.HEADERS_TOO_LARGE
            raise ValueError(self._refusal.title)
        if self.parser.should_upgrade():  # the parser would drop the body
            self._refusal = problems.UPGRADE
            raise ValueError(self._refusal.title)
        self.head_since = None
        self.begin()

    def begin(self) -> None:
        """Ask the application to serve the request whose head is complete."""
        url, headers, before = self.url, self.headers, self.transport
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        self.transport = cast("asyncio.Transport", OneWrite(before))
        try:
            super().on_headers_complete()
        finally:
            self.transport = before

    def on_message_complete(self) -> None:
        """Tell the application that all of the body is here."""
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["nacre.arrived"] = True
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin the next pipelined request, or wait for one: the sweep ends idle connections, not a timer for each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        self.flow.resume_reading()
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
        else:
            self.idle_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser's text; ours says as much
        """Answer what the parser refused; a whole request before it is still served, then the connection ends."""
        cycle = self.cycle
        if cycle is None or cycle.response_complete:
            self.refuse(self._refusal)
        elif not cycle.more_body:
            cycle.keep_alive = False
            self._refused = True
        else:
            cycle.disconnected = True  # its body is broken: the application hears of it as of a sender gone
            cycle.message_event.set()
            self.refuse(self._refusal) if not cycle.response_started else self._close_softly()

    def expire(self, now: float, head_seconds: float) -> None:
        """Refuse a connection whose head has been awaited for too long; close one that has long been idle."""
        if self.head_since is not None and now - self.head_since > head_seconds:
            self.refuse(problems.TOO_SLOW)
        elif self.idle_since is not None and now - self.idle_since > self.timeout_keep_alive:
            self.transport.close()

    def refuse(self, problem: Problem) -> None:
        """Answer with a problem, then close, reading on for a moment so that the answer arrives."""
        if self._refused or self.transport.is_closing():
            return
        self.tally[problem.name] += 1
        document = problem.document("none")
        headers = self.server_state.default_headers + problem.start(len(document), close=True)["headers"]
        self.transport.write(head(STATUS_LINE[problem.status], headers) + document)
        self._close_softly()

    def _close_softly(self) -> None:
        self._refused = True
        self.head_since = None
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)


def head(status_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The head of an answer as it goes over the wire."""
    return b"".join([status_line, *(b"%b: %b\r\n" % header for header in headers), b"\r\n"])

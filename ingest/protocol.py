"""uvicorn's HTTP protocol with the bounds it lacks: on heads, trailers, requests sent ahead, and on connections.

The parser (llhttp, through httptools) is the strict one: it refuses bare line feeds, conflicting lengths and games
with Transfer-Encoding. Everything it or this class refuses is answered by a problem document, then closed.
"""

import asyncio
from collections import Counter
from collections.abc import Iterable
from typing import Any, ClassVar, cast

from uvicorn.protocols.http.httptools_impl import STATUS_LINE, HttpToolsProtocol

from ingest import problems
from ingest.flow import OneByOne, OneWrite
from ingest.problems import Problem

_MOST_HEAD_BYTES = 32 * 1024
_MOST_HEADERS = 100
_MOST_WAITING = 64
_MOST_REFUSED = 64
_LINGER_SECONDS = 1.0


class BoundedProtocol(HttpToolsProtocol):
    """One connection. `head_since` is the time since when a request's head is awaited, None while one is served."""

    most_connections = 4096
    tally: ClassVar[Counter[str]] = Counter()

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin without a connection."""
        super().__init__(*args, **kwargs)
        self.head_since: float | None = None
        self.idle_since: float | None = None
        self._untaken_since: float | None = None
        self._in_head = False
        self._behind = False  # whether the head began in the middle of a packet
        self._loose_bytes = 0  # since the last head or piece of a body, but for the rest of that one's packet
        self._refusal = problems.BAD_REQUEST
        self._due: Problem | None = None
        self._deaf = False

    def connection_made(self, transport: Any) -> None:
        """Start the clock of the first head, or refuse one connection too many; where many are, without a word."""
        super().connection_made(transport)
        self.flow = OneByOne(transport, self.pipeline)
        self.head_since = self.loop.time()
        if len(self.connections) > self.most_connections + _MOST_REFUSED:  # those that hear why linger for a moment
            self.tally[problems.TOO_MANY_CONNECTIONS.name] += 1
            transport.abort()
        elif len(self.connections) > self.most_connections:
            self.refuse(problems.TOO_MANY_CONNECTIONS)

    def connection_lost(self, exc: Exception | None) -> None:
        """Forget the requests that nobody will answer: they know this connection, and would keep it in memory."""
        super().connection_lost(exc)
        self.pipeline.clear()
        self.cycle = None  # type: ignore[assignment]

    def data_received(self, data: bytes) -> None:
        """Feed the parser; bound what it gathers by itself, which is a head or trailers."""
        if self._deaf:
            return
        self.idle_since = None
        if self.head_since is None and (self.cycle is None or self.cycle.response_complete):
            self.head_since = self.loop.time()
        self._loose_bytes += len(data)
        super().data_received(data)
        if self._loose_bytes > _MOST_HEAD_BYTES and not self._deaf:
            self._refusal = problems.HEADERS_TOO_LARGE
            self._hear_no_more()

    def eof_received(self) -> bool:  # type: ignore[override]
        """Answer what came whole before its sender had no more to say; whether anything is still to be answered."""
        if self.pipeline and self.pipeline[0][0].more_body:
            self.pipeline.popleft()
        last = self.pipeline[0][0] if self.pipeline else self.cycle
        if last is None or last.response_complete or last.more_body:
            return False
        last.keep_alive = False
        return True

    def on_message_begin(self) -> None:
        """Begin a head; what an application needs of it is made when one is asked."""
        self.url = b""
        self.headers = []
        self._in_head = True
        self._behind = not self._loose_bytes

    def on_header(self, name: bytes, value: bytes) -> None:
        """Keep one header; a trailer is none."""
        if self._in_head:
            self.headers.append((name.lower(), value))

    def on_headers_complete(self) -> None:
        """Check the size of the head, then let the request begin."""
        suspicious = self._loose_bytes > _MOST_HEAD_BYTES or self._behind
        if (suspicious and self._size_of_head() > _MOST_HEAD_BYTES) or len(self.headers) > _MOST_HEADERS:
            self._refusal = problems.HEADERS_TOO_LARGE
            raise ValueError(self._refusal.title)
        if self.parser.should_upgrade():  # the parser would drop the body
            self._refusal = problems.UPGRADE
            raise ValueError(self._refusal.title)
        self.head_since = None
        self._in_head = False
        self._loose_bytes = 0
        self.begin()

    def begin(self) -> None:
        """Ask the application to serve the request whose head is complete, in its turn."""
        if len(self.pipeline) >= _MOST_WAITING:
            self._refusal = problems.TOO_MANY_REQUESTS
            raise ValueError(self._refusal.title)
        url, headers, before = self.url, self.headers, self.transport
        super().on_message_begin()
        self.url = url
        for name, value in headers:
            super().on_header(name, value)
        if self.parser.get_method() != b"HEAD":  # whose answer has no body that the head could wait for
            self.transport = cast("asyncio.Transport", OneWrite(before))
        try:
            super().on_headers_complete()
        finally:
            self.transport = before

    def on_body(self, body: bytes) -> None:
        """Hand on a piece of a body."""
        self._loose_bytes = 0
        super().on_body(body)

    def on_message_complete(self) -> None:
        """Tell the application that all of the body is here."""
        scope: dict[str, Any] = self.scope  # type: ignore[assignment]
        scope["nacre.arrived"] = True
        self._loose_bytes = 0
        super().on_message_complete()

    def on_response_complete(self) -> None:
        """Begin the next request that waits, or await one: the sweep ends idle connections, not a timer for each."""
        self.server_state.total_requests += 1
        if self.transport.is_closing():
            return
        if self.pipeline:
            self._start_asgi_task(*self.pipeline.pop())
            return
        if self.flow.read_paused:
            self.flow.resume_reading()
        if self._due:
            self.refuse(self._due)
        elif self._in_head:
            self.head_since = self.loop.time()
        else:
            self.idle_since = self.loop.time()

    def send_400_response(self, msg: str) -> None:  # noqa: ARG002 - the parser's text; ours says as much
        """Answer what the parser refused."""
        self._hear_no_more()

    def expire(self, now: float, head_seconds: float) -> None:
        """Refuse a connection whose head has been awaited for too long; end one that is idle or takes no answers."""
        if not self.transport.get_write_buffer_size():
            self._untaken_since = None
        elif self._untaken_since is None:
            self._untaken_since = now
        elif now - self._untaken_since > self.timeout_keep_alive:
            self.transport.abort()
            return
        if self.head_since is not None and now - self.head_since > head_seconds:
            self.refuse(problems.TOO_SLOW)
        elif self.idle_since is not None and now - self.idle_since > self.timeout_keep_alive:
            self.transport.close()

    def refuse(self, problem: Problem) -> None:
        """Answer with a problem, then close, reading on for a moment so that the answer arrives."""
        if self.transport.is_closing():
            return
        self.tally[problem.name] += 1
        document = problem.document("none")
        headers = self.server_state.default_headers + problem.start(len(document), close=True)["headers"]
        self.transport.write(head(STATUS_LINE[problem.status], headers) + document)
        self._close_softly()

    def _hear_no_more(self) -> None:
        """Refuse what has just come, after the answers to all that came whole before it."""
        cycle = self.cycle
        self._deaf = True
        self.head_since = None
        if cycle is None or cycle.response_complete:
            self.refuse(self._refusal)
        elif not cycle.more_body:
            self._due = self._refusal
        elif self.pipeline:  # the broken one is the last that waits: its turn shall not come
            self.pipeline.popleft()
            self._due = self._refusal
        else:
            cycle.disconnected = True  # its body is broken: the application hears of it as of a sender gone
            cycle.message_event.set()
            self.refuse(self._refusal) if not cycle.response_started else self._close_softly()

    def _close_softly(self) -> None:
        self._deaf = True
        self.head_since = None
        self.flow.resume_reading()
        if self.transport.can_write_eof():
            self.transport.write_eof()
        self.loop.call_later(_LINGER_SECONDS, self.transport.close)

    def _size_of_head(self) -> int:
        return len(self.url) + sum(len(name) + len(value) + 4 for name, value in self.headers)


def head(status_line: bytes, headers: Iterable[tuple[bytes, bytes]]) -> bytes:
    """The head of an answer as it goes over the wire."""
    return b"".join([status_line, *(b"%b: %b\r\n" % header for header in headers), b"\r\n"])

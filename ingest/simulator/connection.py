"""One kept-alive HTTP/1.1 connection that posts bodies, several times as fast as a general client."""

import asyncio
from dataclasses import dataclass
from urllib.parse import urlsplit

import httptools


@dataclass(frozen=True, slots=True)
class Answer:
    """What the endpoint said: the status, and the seconds of `Retry-After` where it asked for patience."""

    status: int
    retry_after: float | None


class UnusableUrl(Exception):  # noqa: N818 - it names what cannot be used
    """A text that is no URL to post to."""

    def __init__(self, url: str) -> None:
        self.url = url
        super().__init__(f"{url} is no URL to post to; give one such as http://127.0.0.1:8000/webhooks/oyster")


class Target:
    """Where to post, and the part of a request that is the same every time. Raises `UnusableUrl`."""

    def __init__(self, url: str, secret: str) -> None:
        try:
            parts = urlsplit(url)
            self.host, port = (parts.hostname or "").encode("idna").decode(), parts.port
        except ValueError as cause:
            raise UnusableUrl(url) from cause
        if parts.scheme not in {"http", "https"} or not self.host:
            raise UnusableUrl(url)
        self.url, self.tls = url, parts.scheme == "https"
        self.port = port or (443 if self.tls else 80)
        self._head = (
            f"POST {parts.path or '/'}{'?' + parts.query if parts.query else ''} HTTP/1.1\r\nHost: {parts.netloc}\r\n"
            f"Authorization: Bearer {secret}\r\nContent-Type: application/json\r\nContent-Length: "
        ).encode()

    def request(self, body: bytes) -> bytes:
        """The bytes of one request."""
        return b"%b%d\r\n\r\n%b" % (self._head, len(body), body)


class Connection(asyncio.Protocol):
    """Posts one body at a time; connects when it has to. A lost connection is a ConnectionError of that post."""

    def __init__(self, target: Target) -> None:
        self._target = target
        self._transport: asyncio.Transport | None = None
        self._parser = httptools.HttpResponseParser(self)
        self._waiting: asyncio.Future[Answer] | None = None
        self._retry_after: float | None = None

    async def post(self, body: bytes, seconds: float) -> Answer:
        """Send a body and wait for the answer. Raises OSError (TimeoutError, ConnectionError among them)."""
        try:
            async with asyncio.timeout(seconds):
                if self._transport is None or self._transport.is_closing():
                    await self._connect()
                return await self._exchange(body)
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        """Drop the connection; the next post makes a new one."""
        if self._transport is not None:
            self._transport.abort()
            self._transport = None

    async def _connect(self) -> None:
        target = self._target
        self._parser = httptools.HttpResponseParser(self)
        loop = asyncio.get_running_loop()
        tls = True if target.tls else None
        self._transport, _ = await loop.create_connection(lambda: self, target.host, target.port, ssl=tls)

    def _exchange(self, body: bytes) -> asyncio.Future[Answer]:
        self._retry_after = None
        self._waiting = asyncio.get_running_loop().create_future()
        if self._transport is not None:
            self._transport.write(self._target.request(body))
        return self._waiting

    def data_received(self, data: bytes) -> None:
        """Bytes of an answer."""
        try:
            self._parser.feed_data(data)
        except (httptools.HttpParserError, httptools.HttpParserUpgrade) as error:
            self._settle(ConnectionError(f"the answer is not HTTP: {error}"))

    def connection_lost(self, exc: Exception | None) -> None:
        """The other side is gone: whoever waits for an answer learns it."""
        self._transport = None
        self._settle(exc if isinstance(exc, OSError) else ConnectionResetError("the connection was closed"))

    def on_header(self, name: bytes, value: bytes) -> None:
        """One header of an answer."""
        if name.lower() == b"retry-after" and value.isdigit():
            self._retry_after = float(value)

    def on_message_complete(self) -> None:
        """The end of an answer; one below 200 only says that the answer is still to come."""
        if self._parser.get_status_code() < 200:
            return
        answer = Answer(self._parser.get_status_code(), self._retry_after)
        if not self._parser.should_keep_alive() and self._transport is not None:
            self._transport.close()
            self._transport = None
        self._settle(answer)

    def _settle(self, result: Answer | OSError) -> None:
        waiting, self._waiting = self._waiting, None
        if waiting is None or waiting.done():
            return
        if isinstance(result, Answer):
            waiting.set_result(result)
        else:
            waiting.set_exception(result)

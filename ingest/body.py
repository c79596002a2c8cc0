"""Reading a body with bounds: its size, its time, and the memory of all bodies that are still arriving."""

import asyncio

from ingest.problems import QUEUE_FULL, TOO_LARGE, TOO_SLOW, Message, Problem, Receive
from ingest.settings import Settings

_DRAIN_SECONDS = 2.0


class Unreadable(Exception):  # noqa: N818 - it names what happened to the body
    """A body that did not arrive whole; `problem` is None when the sender went away."""

    def __init__(self, problem: Problem | None) -> None:
        """Keep the answer that is due."""
        self.problem = problem
        super().__init__(problem.title if problem else "the sender went away")


class BodyReader:
    """Reads bodies; all that are arriving at once share one budget of memory."""

    def __init__(self, settings: Settings) -> None:
        """Take the bounds."""
        self._most = settings.max_body_bytes
        self._seconds = settings.body_seconds
        self._budget = settings.queue_bytes
        self._arriving = 0

    async def read(self, receive: Receive, declared: bytes | None, *, arrived: bool) -> bytes:
        """The whole body, at most as large as the settings say. Raises `Unreadable`.

        `declared` is the Content-Length; `arrived` says that all of the body is here, so that no clock is needed.
        """
        if declared is not None and int(declared) > self._most:
            raise Unreadable(TOO_LARGE)
        if not arrived:
            return await self._gather(receive)
        body = _chunk(await receive())
        if len(body) > self._most:
            raise Unreadable(TOO_LARGE)
        return body

    async def _gather(self, receive: Receive) -> bytes:
        body = bytearray()
        try:
            async with asyncio.timeout(self._seconds):
                while True:
                    message = await receive()
                    chunk = _chunk(message)
                    body += chunk
                    self._arriving += len(chunk)
                    if len(body) > self._most:
                        raise Unreadable(TOO_LARGE)
                    if self._arriving > self._budget:
                        raise Unreadable(QUEUE_FULL)
                    if not message["more_body"]:
                        return bytes(body)
        except TimeoutError:
            raise Unreadable(TOO_SLOW) from None
        finally:
            self._arriving -= len(body)


async def drain(receive: Receive) -> None:
    """Throw away what is still arriving, for a moment: a sender that is cut off in the middle never sees its answer."""
    try:
        async with asyncio.timeout(_DRAIN_SECONDS):
            message = await receive()
            while message["type"] == "http.request" and message["more_body"]:
                message = await receive()
    except TimeoutError:
        return


def _chunk(message: Message) -> bytes:
    if message["type"] == "http.disconnect":
        raise Unreadable(None)
    chunk: bytes = message["body"]
    return chunk

"""Answers to what is refused: RFC 9457 problem documents that repeat nothing the sender sent."""

from collections.abc import Awaitable, Callable, MutableMapping
from typing import Any, NamedTuple

import msgspec

Message = MutableMapping[str, Any]
Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
Headers = list[tuple[bytes, bytes]]


class Problem(NamedTuple):
    """One kind of refusal: status, short name, title, and headers of its own."""

    status: int
    name: str
    title: str
    headers: tuple[tuple[bytes, bytes], ...] = ()

    def document(self, request_id: str, detail: str = "") -> bytes:
        """The problem+json body of one refused request."""
        document = {
            "type": f"urn:nacre:problem:{self.name}",
            "title": self.title,
            "status": self.status,
            "instance": f"urn:nacre:request:{request_id}",
        }
        if detail:
            document["detail"] = detail
        return msgspec.json.encode(document)

    def start(self, length: int, close: bool) -> Message:
        """The ASGI message that opens the answer."""
        headers: Headers = [
            (b"content-type", b"application/problem+json"),
            (b"content-length", b"%d" % length),
            (b"cache-control", b"no-store"),
            *self.headers,
        ]
        if close:
            headers.append((b"connection", b"close"))
        return {"type": "http.response.start", "status": self.status, "headers": headers}


_RETRY_SOON = ((b"retry-after", b"2"),)

BAD_REQUEST = Problem(400, "bad-request", "The request is not valid HTTP")
NOT_JSON = Problem(400, "not-json", "The body is not JSON")
UPGRADE = Problem(400, "upgrade", "This endpoint speaks HTTP/1.1 only; send the request without an Upgrade header")
UNAUTHORIZED = Problem(
    401, "unauthorized", "One valid Authorization: Bearer header is required", ((b"www-authenticate", b"Bearer"),)
)
FORBIDDEN = Problem(403, "forbidden", "Metrics are for this machine, or for the bearer of a token")
NOT_FOUND = Problem(404, "not-found", "There is nothing at this path")
METHOD = Problem(405, "method-not-allowed", "This path does not take this method", ((b"allow", b"POST"),))
ONLY_READ = Problem(405, "method-not-allowed", "This path is only read", ((b"allow", b"GET, HEAD"),))
TOO_SLOW = Problem(408, "too-slow", "The request did not arrive in time")
TOO_LARGE = Problem(413, "too-large", "The body is larger than this endpoint accepts")
ENCODED = Problem(415, "encoded-body", "The body must not be encoded", ((b"accept-encoding", b"identity"),))
WRONG_TYPE = Problem(415, "wrong-type", "The body must be application/json", ((b"accept", b"application/json"),))
NOT_THE_ENVELOPE = Problem(422, "not-the-envelope", "The body is JSON, but not the envelope of a webhook")
HEADERS_TOO_LARGE = Problem(431, "headers-too-large", "The request's headers are larger than this endpoint accepts")
INTERNAL = Problem(500, "internal", "The endpoint failed; the delivery was not stored")
NOT_DURABLE = Problem(503, "not-durable", "The delivery could not be made durable now", _RETRY_SOON)
QUEUE_FULL = Problem(503, "queue-full", "Too many deliveries are waiting for the disk", _RETRY_SOON)
TOO_MANY_CONNECTIONS = Problem(503, "too-many-connections", "Too many connections are open", _RETRY_SOON)
TOO_MANY_REQUESTS = Problem(503, "too-many-requests", "Too many requests wait on this connection", _RETRY_SOON)
NOT_READY = Problem(503, "not-ready", "Deliveries cannot be made durable now", _RETRY_SOON)


async def answer(send: Send, problem: Problem, request_id: str, detail: str = "", *, close: bool = False) -> None:
    """Send one problem as the whole answer."""
    document = problem.document(request_id, detail)
    await send(problem.start(len(document), close))
    await send({"type": "http.response.body", "body": document})

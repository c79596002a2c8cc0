"""The direct way of a delivery: a plain request that is here whole goes from the parser to the lake and back.

No task, no ASGI messages, no framework: those cost more than all that is done for a delivery. What is not plain in any
respect (a header twice, a body still arriving, no valid secret, a body that is no envelope, a full queue) goes the
general way through the application, which alone refuses.
"""

import time
from typing import Any, ClassVar

from uvicorn.protocols.http.httptools_impl import STATUS_LINE

from ingest import problems
from ingest.auth import Gate
from ingest.commit import Committer, Outcome, QueueFull
from ingest.deliveries import PATH, accepted, not_stored
from ingest.envelope import Refused, parse
from ingest.lake import EventRow
from ingest.notes import Notes
from ingest.protocol import BoundedProtocol, head

_URL = PATH.encode()
_JSON = ((b"content-type", b"application/json"),)


class Direct:
    """What the direct way needs; one for all connections of a process."""

    def __init__(self, gate: Gate, committer: Committer, notes: Notes, most_body_bytes: int) -> None:
        """Take the parts."""
        self.gate = gate
        self.committer = committer
        self.notes = notes
        self.most_body_bytes = most_body_bytes
        self._heads: dict[int, bytes] = {}
        self._since: Any = None

    def head(self, length: int, default_headers: list[tuple[bytes, bytes]]) -> bytes:
        """The head of a 202; the server replaces its default headers with each second."""
        if default_headers is not self._since:
            self._since = default_headers
            self._heads.clear()
        known = self._heads.get(length)
        if known is None:
            headers = [*default_headers, *_JSON, (b"content-length", b"%d" % length)]
            known = self._heads[length] = head(STATUS_LINE[202], headers)
        return known


class _AlwaysSet:
    """Stands for the event that the server sets when something happened to a request: nobody waits for it here."""

    def set(self) -> None:
        """Nothing to do."""


class Delivery:
    """One delivery on its way to the disk; the connection sees it as the request that it is serving."""

    __slots__ = (
        "_connection",
        "_request_id",
        "_row",
        "_secret",
        "_started",
        "disconnected",
        "keep_alive",
        "response_complete",
        "response_started",
    )
    message_event = _AlwaysSet()
    more_body = False

    def __init__(
        self, connection: "DirectProtocol", row: EventRow, request_id: str, secret: int, keep_alive: bool
    ) -> None:
        self._connection = connection
        self._row: EventRow | None = row
        self._request_id = request_id
        self._secret = secret
        self._started = time.perf_counter()
        self.keep_alive = keep_alive
        self.response_started = self.response_complete = self.disconnected = False

    def settle(self, outcome: Outcome) -> None:
        """Answer: 202 for a row that is on the disk, else 503 with the reason."""
        connection, row, self._row = self._connection, self._row, None  # an idle connection keeps no body
        if row is None:
            return
        self.response_started = self.response_complete = True
        if outcome is None:
            connection.answer(self, accepted(row.id))
        else:
            connection.apologize(self, self._request_id, outcome)
        connection.direct.notes.note(
            self._request_id,
            202 if outcome is None else problems.NOT_DURABLE.status,
            "accepted" if outcome is None else "not-durable",
            size=len(row.body),
            received_at=row.received_at,
            secret=self._secret,
            seconds=time.perf_counter() - self._started,
        )


class DirectProtocol(BoundedProtocol):
    """One connection, whose plain deliveries take the direct way."""

    direct: ClassVar[Direct]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        """Begin without a delivery."""
        super().__init__(*args, **kwargs)
        self._secret: int | None = None
        self._whole = b""

    def data_received(self, data: bytes) -> None:
        """Feed the parser; a plain request whose body is still arriving goes the general way."""
        super().data_received(data)
        if self._secret is not None:
            self._go_on()

    def begin(self) -> None:
        """Keep a plain delivery back until its body is here, which is mostly at once."""
        self._secret = self._proven() if self._is_free() else None
        if self._secret is None:
            super().begin()

    def on_body(self, body: bytes) -> None:
        """Keep the body of a plain delivery."""
        if self._secret is None:
            super().on_body(body)
        else:
            self._whole = self._whole + body if self._whole else body

    def on_message_complete(self) -> None:
        """A plain delivery is here whole: to the disk with it."""
        if self._secret is None:
            super().on_message_complete()
        elif not self._take(self._secret, self._whole):
            self._go_on()
            super().on_message_complete()

    def answer(self, delivery: Delivery, body: bytes) -> None:
        """Send a 202."""
        self._send(delivery, self.direct.head(len(body), self.server_state.default_headers), body)

    def apologize(self, delivery: Delivery, request_id: str, failure: str) -> None:
        """Send a 503."""
        problem = problems.NOT_DURABLE
        document = problem.document(request_id, not_stored(failure))
        headers = [*self.server_state.default_headers, *problem.start(len(document), close=False)["headers"]]
        self._send(delivery, head(STATUS_LINE[problem.status], headers), document)

    def _send(self, delivery: Delivery, head: bytes, body: bytes) -> None:
        transport = self.transport
        if not transport.is_closing():
            if delivery.keep_alive:
                transport.write(head + body)
            else:
                transport.write(head[:-2] + b"connection: close\r\n\r\n" + body)
                transport.close()
        self.on_response_complete()

    def _is_free(self) -> bool:
        """Whether nothing before this request is still to be answered."""
        return (self.cycle is None or self.cycle.response_complete) and not self.flow.write_paused

    def _proven(self) -> int | None:
        """The position of the secret, if the head is that of a plain delivery with a valid one."""
        headers = self.headers
        fields = dict(headers)
        if self.url != _URL or self.parser.get_method() != b"POST" or len(fields) != len(headers):
            return None
        length = fields.get(b"content-length")
        if length is None or b"host" not in fields or int(length) > self.direct.most_body_bytes:
            return None
        if fields.get(b"content-type") != b"application/json" or b"content-encoding" in fields or b"expect" in fields:
            return None
        if b"transfer-encoding" in fields or self.parser.get_http_version() != "1.1":
            return None
        return self.direct.gate.position(fields.get(b"authorization"))

    def _take(self, secret: int, body: bytes) -> bool:
        """Offer the delivery to the committer; whether that is how it goes on."""
        direct = self.direct
        try:
            envelope = parse(body)
            row = EventRow(envelope.id, envelope.event_name, envelope.company_id, direct.committer.clock.tick(), body)
            delivery = Delivery(self, row, direct.notes.next_id(), secret, self.parser.should_keep_alive())
            direct.committer.offer(row, delivery)
        except (Refused, QueueFull):
            return False
        self.cycle = delivery  # type: ignore[assignment]
        self._secret, self._whole = None, b""
        return True

    def _go_on(self) -> None:
        """Let the application serve the request, with what is here of its body."""
        body, self._secret, self._whole = self._whole, None, b""
        super().begin()
        if body:
            super().on_body(body)

"""`POST /webhooks/oyster`: prove the sender, read the body, check the envelope, make it durable, answer.

Plain ASGI, without a framework's request and response objects: they cost more than everything done here.
"""

import asyncio
from typing import NamedTuple

import msgspec

from ingest import problems
from ingest.auth import Gate
from ingest.body import BodyReader, Unreadable
from ingest.commit import Committer, Outcome, QueueFull, Row
from ingest.envelope import Refused, parse
from ingest.lake import EventRow, QuarantineRow
from ingest.lake.layout import instant
from ingest.problems import Problem, Receive, Scope

PATH = "/webhooks/oyster"

Fields = dict[bytes, bytes]


class Ended(NamedTuple):
    """How one delivery ended: for the answer, the log and the counts."""

    outcome: str
    problem: Problem | None = None
    detail: str = ""
    id: str = ""
    bytes: int = 0
    received_at: int = 0
    secret: int = 0
    unread: bool = False


class _Waiting:
    """A task that waits for the disk."""

    def __init__(self, outcome: asyncio.Future[Outcome]) -> None:
        self.outcome = outcome

    def settle(self, outcome: Outcome) -> None:
        if not self.outcome.done():  # its task may have been cancelled
            self.outcome.set_result(outcome)


class Deliveries:
    """What happens to one delivery, from its head to the disk."""

    def __init__(self, gate: Gate, reader: BodyReader, committer: Committer) -> None:
        """Take the parts; each does one step."""
        self._gate = gate
        self._reader = reader
        self._committer = committer

    async def take(self, scope: Scope, receive: Receive) -> Ended:
        """Carry one delivery as far as it goes."""
        if scope["method"] != "POST":
            return Ended("method", problems.METHOD, unread=True)
        fields: Fields = scope["fields"]
        repeated = len(fields) != len(scope["headers"]) and _repeated(scope)
        secret = None if repeated == b"authorization" else self._gate.position(fields.get(b"authorization"))
        if secret is None:
            return Ended("unauthorized", problems.UNAUTHORIZED, unread=True)
        if problem := _unsupported(fields, repeated):
            return Ended("unsupported", problem, secret=secret, unread=True)
        try:
            declared = fields.get(b"content-length")
            body = await self._reader.read(receive, declared, arrived="nacre.arrived" in scope)
        except Unreadable as unreadable:
            outcome = unreadable.problem.name if unreadable.problem else "gone"
            return Ended(outcome, unreadable.problem, secret=secret, unread=True)
        return await self._store(body, secret)

    async def _store(self, body: bytes, secret: int) -> Ended:
        received_at = self._committer.clock.tick()
        size = len(body)
        try:
            envelope = parse(body)
        except Refused as refused:
            return await self._quarantine(body, secret, received_at, refused)
        row = EventRow(envelope.id, envelope.event_name, envelope.company_id, received_at, body)
        failed = await self._make_durable(row)
        if failed:
            return failed._replace(bytes=size, received_at=received_at, secret=secret)
        return Ended("accepted", None, "", envelope.id, size, received_at, secret)

    async def _quarantine(self, body: bytes, secret: int, received_at: int, refused: Refused) -> Ended:
        row = QuarantineRow(
            quarantine_id(received_at, self._committer.writer), received_at, refused.reason, refused.detail, body
        )
        failed = await self._make_durable(row)
        problem = problems.NOT_JSON if refused.status == 400 else problems.NOT_THE_ENVELOPE
        ended = failed or Ended("quarantined", problem, refused.detail)
        return ended._replace(bytes=len(body), received_at=received_at, secret=secret)

    async def _make_durable(self, row: Row) -> Ended | None:
        """None once the row is on the disk, else how the delivery ended."""
        waiting = _Waiting(asyncio.get_running_loop().create_future())
        try:
            self._committer.offer(row, waiting)
        except QueueFull:
            return Ended("queue-full", problems.QUEUE_FULL)
        failure = await waiting.outcome
        return Ended("not-durable", problems.NOT_DURABLE, not_stored(failure)) if failure else None


def quarantine_id(received_at: int, writer: str) -> str:
    """The name of a quarantined delivery: when it came, and to which writer. No writer gives a time twice."""
    return f"q-{instant(received_at):%Y%m%dT%H%M%S.%fZ}-{writer}"


def not_stored(failure: str) -> str:
    """The sentence for a delivery that could not be made durable."""
    return f"It was not stored: {failure}."


def accepted(delivery_id: str) -> bytes:
    """The body of the answer to a durable delivery."""
    return b'{"status":"accepted","id":%b}' % msgspec.json.encode(delivery_id)


def _repeated(scope: Scope) -> bytes | None:
    """The first header that matters and stands more than once."""
    names = [name for name, _ in scope["headers"]]
    singles = (b"authorization", b"content-type", b"content-encoding", b"content-length")
    return next((name for name in singles if names.count(name) > 1), None)


def _unsupported(fields: Fields, repeated: bytes | bool | None) -> Problem | None:
    encoding = fields.get(b"content-encoding")
    if repeated == b"content-encoding" or (encoding and encoding.strip().lower() != b"identity"):
        return problems.ENCODED
    if fields.get(b"transfer-encoding", b"chunked").strip().lower() != b"chunked":
        return problems.ENCODED
    kind = fields.get(b"content-type", b"application/json")
    if repeated == b"content-type" or not _is_json(kind):
        return problems.WRONG_TYPE
    return None


def _is_json(content_type: bytes) -> bool:
    if content_type == b"application/json":
        return True
    essence = content_type.partition(b";")[0].strip().lower()
    return essence == b"application/json" or (essence.startswith(b"application/") and essence.endswith(b"+json"))

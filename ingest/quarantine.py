"""Quarantined deliveries: list them, show one, and send them down the same path again after a fix.

A replayed delivery keeps its receipt time and becomes a segment of its own, whose name follows from its content: so a
second replay finds it there and adds nothing.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal

import msgspec
import pyarrow as pa
import pyarrow.parquet as pq

from ingest.envelope import Refused, parse
from ingest.lake import EventRow, Lake, Segment

WRITER = "replay"
EDITABLE = ("id", "event_name", "company_id", "encoding")

_object = msgspec.json.Decoder(dict[str, msgspec.Raw])


@dataclass(frozen=True, slots=True)
class Quarantined:
    """One authenticated but unusable delivery; `received_at` counts microseconds since the epoch."""

    quarantine_id: str
    received_at: int
    reason: str
    detail: str
    body: bytes
    segment: str


@dataclass(frozen=True, slots=True)
class Replayed:
    """What replaying one delivery did, or would do: `body` is what is stored, after edits."""

    quarantine_id: str
    outcome: Literal["accepted", "already", "refused"]
    event_id: str
    detail: str
    body: bytes


class UnknownQuarantined(Exception):  # noqa: N818 - it names what is missing
    """No quarantined delivery has this id."""

    def __init__(self, quarantine_id: str) -> None:
        """Name the id and the next step."""
        self.quarantine_id = quarantine_id
        super().__init__(f"no quarantined delivery is called {quarantine_id}; `nacre quarantine list` names them all")


class UnusableEdit(Exception):  # noqa: N818 - it names what is wrong with the edit
    """An edit that names something else than a part of the envelope or the encoding."""

    def __init__(self, key: str) -> None:
        """Name the key and those that can be assumed."""
        self.key = key
        super().__init__(f"{key} cannot be assumed; only {', '.join(EDITABLE)} can")


def listing(lake: Lake) -> Iterator[Quarantined]:
    """Every quarantined delivery, oldest segment first; segments that changed are passed over, see `damaged`."""
    for segment in lake.segments("quarantine"):
        if (rows := _rows(lake, segment)) is not None:
            yield from _deliveries(segment, rows)


def damaged(lake: Lake) -> list[Segment]:
    """Quarantine segments that no longer hold what their name promises."""
    return [segment for segment in lake.segments("quarantine") if _rows(lake, segment) is None]


def show(lake: Lake, quarantine_id: str) -> Quarantined:
    """One quarantined delivery. Raises `UnknownQuarantined`."""
    for quarantined in listing(lake):
        if quarantined.quarantine_id == quarantine_id:
            return quarantined
    raise UnknownQuarantined(quarantine_id)


def replay(
    lake: Lake, ids: Iterable[str] | None = None, edits: Mapping[str, str] | None = None, *, dry_run: bool = False
) -> Iterator[Replayed]:
    """Send the named deliveries, or all of them, down the path of a new delivery, each with the same edits.

    Raises `UnknownQuarantined`, `UnusableEdit` before anything is written, and `LakeUnwritable`.
    """
    for key in edits or {}:
        if key not in EDITABLE:
            raise UnusableEdit(key)
    chosen = listing(lake) if ids is None else [show(lake, quarantine_id) for quarantine_id in ids]
    return (_replay(lake, quarantined, edits or {}, dry_run) for quarantined in chosen)


def edited(body: bytes, edits: Mapping[str, str]) -> bytes:
    """The body with parts of its envelope replaced; everything else keeps its bytes. Raises `Refused`."""
    if "encoding" in edits:
        body = _reencoded(body, edits["encoding"])
    values = {key: value for key, value in edits.items() if key != "encoding"}
    if not values:
        return body
    try:
        envelope = _object.decode(body)
    except (msgspec.DecodeError, RecursionError) as error:
        raise Refused(400, "not_json", f"The body cannot be edited: {error}.") from None
    return msgspec.json.encode(envelope | values)


def _replay(lake: Lake, quarantined: Quarantined, edits: Mapping[str, str], dry_run: bool) -> Replayed:
    try:
        body = edited(quarantined.body, edits)
        envelope = parse(body)
    except Refused as refused:
        return Replayed(quarantined.quarantine_id, "refused", "", refused.detail, quarantined.body)
    row = EventRow(envelope.id, envelope.event_name, envelope.company_id, quarantined.received_at, body)
    if lake.holds_events([row], WRITER):
        return Replayed(quarantined.quarantine_id, "already", envelope.id, "it was replayed before", body)
    if not dry_run:
        lake.write_events([row], WRITER)
    return Replayed(quarantined.quarantine_id, "accepted", envelope.id, "", body)


def _reencoded(body: bytes, encoding: str) -> bytes:
    try:
        return body.decode(encoding).encode()
    except (UnicodeError, LookupError):
        raise Refused(400, "not_utf8", f"The body is not {encoding}.") from None


def _rows(lake: Lake, segment: Segment) -> pa.Table | None:
    """What a segment holds; None where that is not what its name promises, or no segment at all."""
    if not lake.verify(segment):
        return None
    try:
        return pq.read_table(segment.path, partitioning=None)
    except pa.ArrowInvalid:
        return None


def _deliveries(segment: Segment, rows: pa.Table) -> Iterator[Quarantined]:
    received = rows.column("received_at").cast("int64").to_pylist()
    for row, received_at in zip(rows.drop_columns("received_at").to_pylist(), received, strict=True):
        yield Quarantined(received_at=received_at, segment=segment.name, **row)

"""Does an event's row say what the body's envelope says, and is its `data` the body's, byte for byte?"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import msgspec

from warehouse.verify.findings import Finding, VerifyReport

_DIGITS = {digit: at for at, digit in enumerate("0123456789ABCDEFGHJKMNPQRSTVWXYZ")}
_BLANKS = " \t\r\n"
_LAST_MS = 253_402_300_800_000
"""The first millisecond of the year 10000: a clock beyond it is none."""


@dataclass(frozen=True, slots=True)
class Stored:
    """An event as core.events has it, clocks in µs, with its delivery as the lake has it."""

    event_id: str
    event_name: str
    company_id: str
    occurred_at: int
    received_at: int
    data: str
    segment: str
    body: str
    hash_holds: bool


@dataclass(frozen=True, slots=True)
class StoredConflict:
    """A conflict as ops.conflicts has it, with its delivery as the lake has it."""

    event_id: str
    event_name: str
    company_id: str
    data: str
    segment: str
    body: str


class _Envelope(msgspec.Struct):
    id: str
    event_name: str
    company_id: str
    data: msgspec.Raw


_decoder = msgspec.json.Decoder(_Envelope)


def check_envelope(stored: Stored, report: VerifyReport) -> str | None:
    """Compare an event's row with its body; the `data` of the body, None if the body is no envelope."""
    envelope = _envelope(stored, report)
    if envelope is None:
        return None
    data = bytes(envelope.data).decode()
    pairs = {
        "event_id": (envelope.id, stored.event_id),
        "event_name": (envelope.event_name, stored.event_name),
        "company_id": (envelope.company_id, stored.company_id),
        "occurred_at": (clock(envelope.id, stored.received_at), stored.occurred_at),
        "data": (data, stored.data.strip(_BLANKS)),
    }
    _compare(pairs, stored, "core.events", report)
    if not stored.hash_holds:
        what, place = "is not that of the body", (stored.segment, stored.event_id)
        report.add(Finding("event", what, *place, "core.event_store", "body_hash"))
    return data


def check_conflict(stored: StoredConflict, report: VerifyReport) -> None:
    """Compare a conflict's row with its body."""
    envelope = _envelope(stored, report)
    if envelope is not None:
        pairs = {
            "event_name": (envelope.event_name, stored.event_name),
            "company_id": (envelope.company_id, stored.company_id),
            "data": (bytes(envelope.data).decode(), stored.data.strip(_BLANKS)),
        }
        _compare(pairs, stored, "ops.conflicts", report)


def _envelope(stored: Stored | StoredConflict, report: VerifyReport) -> _Envelope | None:
    try:
        return _decoder.decode(stored.body)
    except msgspec.DecodeError:
        report.add(Finding("event", "its body in the lake is no envelope", stored.segment, stored.event_id))
        return None


def _compare(
    pairs: Mapping[str, tuple[object, object]], stored: Stored | StoredConflict, table: str, report: VerifyReport
) -> None:
    for column, (expected, found) in pairs.items():
        if expected != found:
            what, place = "differs from the body", (stored.segment, stored.event_id)
            report.add(Finding("event", what, *place, table, column, None, str(expected), str(found)))


def clock(event_id: str, received_at: int) -> int:
    """The sender's clock in the id, in µs, where the id is `wh_` and a ULID; else the receipt."""
    text = event_id[3:].upper()
    if len(text) != 26 or text[0] > "7" or any(char not in _DIGITS for char in text):
        return received_at
    milliseconds = 0
    for char in text[:10]:
        milliseconds = milliseconds * 32 + _DIGITS[char]
    return milliseconds * 1000 if milliseconds < _LAST_MS else received_at

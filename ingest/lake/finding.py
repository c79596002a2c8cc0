"""Find deliveries for an erasure: by their ids, or by a value at a place of their data. Every body is looked at."""

import json
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Protocol

import pyarrow as pa

from ingest.lake.lake import Lake
from ingest.lake.layout import KINDS, Segment
from ingest.lake.rewriting import KEYS, content

Steps = Sequence[str | None]
"""The keys down to a place; None for the elements of an array."""
Progress = Callable[[int, int], None]


class Criterion(Protocol):
    """What an erasure looks for."""

    @property
    def kind(self) -> str:
        """How the ledger calls it; holds nothing of what is looked for."""

    def matches(self, key: str, body: bytes) -> bool:
        """Whether a delivery is meant."""


@dataclass(frozen=True)
class ById:
    """The deliveries with these ids, and quarantined bodies that name one of them."""

    ids: frozenset[str]

    kind = "ids"

    def matches(self, key: str, body: bytes) -> bool:
        """By the id, or by the body of a quarantined delivery, which need not have a readable envelope."""
        return key in self.ids or (key.startswith("q-") and any(_names(one, body) for one in self.ids))


@dataclass(frozen=True)
class ByValue:
    """The deliveries whose data holds a value, as text, at a place; unreadable bodies match where they contain it."""

    steps: Steps
    value: str

    kind = "value at a path"

    def matches(self, key: str, body: bytes) -> bool:  # noqa: ARG002 - as the protocol has it
        """By the value at the place; a number is compared by its digits as they were sent."""
        if self.value.encode() not in body and b"\\" not in body:
            return False
        try:
            envelope = json.loads(body, parse_int=str, parse_float=str, parse_constant=str, object_pairs_hook=_Members)
        except (ValueError, RecursionError):
            return self.value.encode() in body or json.dumps(self.value)[1:-1].encode() in body
        return any(_text(leaf) == self.value for leaf in _places(envelope, ("data", *self.steps)))


class _Members(list[tuple[str, Any]]):
    """The members of an object; a key may stand in it more than once, and each of its values counts."""


@dataclass
class Found:
    """The ids of what was found, the deliveries that bear them, and the segments that hold these."""

    event_ids: set[str] = field(default_factory=set)
    quarantine_ids: set[str] = field(default_factory=set)
    deliveries: int = 0
    segments: list[Segment] = field(default_factory=list)


def find(lake: Lake, criterion: Criterion, progress: Progress) -> Found:
    """Look at every delivery of the lake; of an id that is meant once, every delivery is. Raises `SegmentDamaged`."""
    found = Found()
    segments = [segment for kind in KINDS for segment in lake.segments(kind)]
    for done, segment in enumerate(segments, 1):
        ids = {key for key, body in _rows(content(segment), KEYS[segment.kind]) if criterion.matches(key, body)}
        (found.event_ids if segment.kind == "events" else found.quarantine_ids).update(ids)
        progress(done, 2 * len(segments))
    for done, segment in enumerate(segments, 1):
        meant = found.event_ids if segment.kind == "events" else found.quarantine_ids
        count = sum(key in meant for key in content(segment).column(KEYS[segment.kind]).to_pylist()) if meant else 0
        if count:
            found.segments.append(segment)
            found.deliveries += count if segment.kind == "events" else 0
        progress(len(segments) + done, 2 * len(segments))
    return found


def _rows(table: pa.Table, key: str) -> Iterator[tuple[str, bytes]]:
    for batch in table.select([key, "body"]).to_batches(10_000):
        yield from zip(batch.column(key).to_pylist(), batch.column("body").to_pylist(), strict=True)


def _names(event_id: str, body: bytes) -> bool:
    return re.search(rb"(?<![A-Za-z0-9_])" + re.escape(event_id.encode()) + rb"(?![A-Za-z0-9_])", body) is not None


def _places(value: Any, steps: Steps) -> Iterator[Any]:
    if not steps:
        yield value
    elif isinstance(value, _Members):
        for key, member in value:
            if key == steps[0]:
                yield from _places(member, steps[1:])
    elif isinstance(value, list) and steps[0] is None:
        for element in value:
            yield from _places(element, steps[1:])


def _text(leaf: Any) -> str | None:
    if isinstance(leaf, bool):
        return "true" if leaf else "false"
    return leaf if isinstance(leaf, str) else None

"""Find deliveries for an erasure: by their ids, or by a value at a place of their data. Every body is looked at."""

import re
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple, Protocol

import pyarrow as pa

from ingest.lake.blocked import named_id
from ingest.lake.bodies import Members, Steps, read, text_of, written
from ingest.lake.lake import Lake
from ingest.lake.layout import KINDS, Segment
from ingest.lake.rewriting import KEYS, content

Progress = Callable[[int, int], None]
_ESCAPE = re.compile(rb"\\u00([0-7][0-9A-Fa-f])")


class Look(NamedTuple):
    """What a look at one delivery found: whether it is meant, and where the value stands in it.

    `mentions` says that it stands within a longer text; `others` are values beside it that may name the same person.
    """

    meant: bool
    places: Sequence[Steps] = ()
    mentions: bool = False
    others: Sequence[str] = ()


class Criterion(Protocol):
    """What an erasure looks for."""

    @property
    def kind(self) -> str:
        """How the ledger calls it; holds nothing of what is looked for."""

    def look(self, key: str, body: bytes) -> Look:
        """Whether a delivery is meant."""


@dataclass(frozen=True)
class ById:
    """The deliveries with these ids, and quarantined bodies that name one of them."""

    ids: frozenset[str]

    kind = "ids"

    def look(self, key: str, body: bytes) -> Look:
        """By the id, or by the body of a quarantined delivery, which need not have a readable envelope."""
        return Look(key in self.ids or (key.startswith("q-") and self._named_by(body)))

    def _named_by(self, body: bytes) -> bool:
        plain = _plain(body)
        return any(_names(one, plain) for one in self.ids) or named_id(body) in self.ids


@dataclass(frozen=True)
class ByValue:
    """The deliveries whose data holds a value, as text, at a place; unreadable bodies match where they contain it."""

    steps: Steps
    value: str

    kind = "value at a path"

    def look(self, key: str, body: bytes) -> Look:  # noqa: ARG002 - as the protocol has it
        """By the value at the place; a number is compared by its digits as they were sent."""
        stands_there = any(form in body for form in self._written)
        if not stands_there and b"\\" not in body and b"\0" not in body:
            return Look(meant=False)
        try:
            envelope = read(body)
        except (ValueError, RecursionError):
            return Look(stands_there)
        return Look(any(text_of(leaf) == self.value for leaf in _places(envelope, ("data", *self.steps))))

    @cached_property
    def _written(self) -> tuple[bytes, ...]:
        return written(self.value)


@dataclass
class Found:
    """The ids of what was found, the deliveries that bear them, and the segments that hold these.

    `bodies` are those of the quarantined deliveries; `places` counts where the value stood; `mentions` are ids that
    were not meant, but have the value in a longer text; `others` counts values beside it that may name the same person.
    """

    event_ids: set[str] = field(default_factory=set)
    quarantine_ids: set[str] = field(default_factory=set)
    deliveries: int = 0
    segments: list[Segment] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    places: Counter[Steps] = field(default_factory=Counter)
    mentions: set[str] = field(default_factory=set)
    others: Counter[str] = field(default_factory=Counter)


def find(lake: Lake, criterion: Criterion, progress: Progress) -> Found:
    """Look at every delivery of the lake; of an id that is meant once, every delivery is. Raises `SegmentDamaged`."""
    found = Found()
    segments = [segment for kind in KINDS for segment in lake.segments(kind)]
    for done, segment in enumerate(segments, 1):
        meant = found.event_ids if segment.kind == "events" else found.quarantine_ids
        for key, body in _rows(content(segment), KEYS[segment.kind]):
            _note(found, meant, key, body, criterion.look(key, body))
        progress(done, 2 * len(segments))
    found.mentions -= found.event_ids | found.quarantine_ids
    for done, segment in enumerate(segments, 1):
        meant = found.event_ids if segment.kind == "events" else found.quarantine_ids
        count = sum(key in meant for key in content(segment).column(KEYS[segment.kind]).to_pylist()) if meant else 0
        if count:
            found.segments.append(segment)
            found.deliveries += count if segment.kind == "events" else 0
        progress(len(segments) + done, 2 * len(segments))
    return found


def _note(found: Found, meant: set[str], key: str, body: bytes, look: Look) -> None:
    if look.meant:
        meant.add(key)
        found.places.update(look.places)
        found.others.update(look.others)
        if meant is found.quarantine_ids:
            found.bodies.append(body)
    elif look.mentions:
        found.mentions.add(key)


def _rows(table: pa.Table, key: str) -> Iterator[tuple[str, bytes]]:
    for batch in table.select([key, "body"]).to_batches(10_000):
        yield from zip(batch.column(key).to_pylist(), batch.column("body").to_pylist(), strict=True)


def _plain(body: bytes) -> bytes:
    """A body, readable or not, with the letters of ids as single bytes, however they were encoded and escaped."""
    return _ESCAPE.sub(lambda found: bytes([int(found[1], 16)]), body.replace(b"\0", b""))


def _names(event_id: str, body: bytes) -> bool:
    return re.search(rb"(?<![A-Za-z0-9_])" + re.escape(event_id.encode()) + rb"(?![A-Za-z0-9_])", body) is not None


def _places(value: Any, steps: Steps) -> Iterator[Any]:
    if not steps:
        yield value
    elif isinstance(value, Members):
        for key, member in value:
            if key == steps[0]:
                yield from _places(member, steps[1:])
    elif isinstance(value, list) and steps[0] is None:
        for element in value:
            yield from _places(element, steps[1:])

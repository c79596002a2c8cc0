"""Segments gathered into batches that fit into memory, each read by another thread while the one before is loaded."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

import pyarrow as pa

from warehouse.deliveries import Deliveries, Unusable, arranged
from warehouse.reading import one_ahead
from warehouse.segments import ROWS_AT_ONCE, Damaged, Kind, Segment, read

MAX_BYTES = 96 * 2**20
"""Bytes of deliveries, as they came, that are held at once; one segment may hold more."""
MAX_SEGMENTS = 10_000
SMALL_SEGMENTS = 256
"""So many small ones are copied together: each piece of memory costs some work."""


@dataclass(slots=True)
class Found:
    """A segment as it was read: its bytes, and its deliveries or why it has none."""

    segment: Segment
    size: int
    deliveries: int = 0
    damage: str | None = None


@dataclass(slots=True)
class Batch:
    """Segments of one kind, and what those hold that are whole; None where that is nothing."""

    kind: Kind
    found: list[Found]
    deliveries: Deliveries | None = None
    quarantined: pa.Table | None = None


def batches(segments: Sequence[Segment]) -> Iterator[Batch]:
    """All segments, by kind and name."""
    return one_ahead(_gathered(sorted(segments, key=lambda segment: (segment.kind, segment.name))))


def damage(segment: Segment) -> str | None:
    """Why a segment cannot be loaded; None if it can be."""
    (alone,) = _gathered([segment])
    return alone.found[0].damage


def _gathered(segments: list[Segment]) -> Iterator[Batch]:
    gathering: _Gathering | None = None
    for segment in segments:
        if gathering and (gathering.is_full or gathering.kind != segment.kind):
            yield gathering.batch()
            gathering = None
        gathering = gathering or _Gathering(segment.kind)
        gathering.add(segment)
    if gathering:
        yield gathering.batch()


class _Gathering:
    """Segments that become one batch."""

    def __init__(self, kind: Kind) -> None:
        self.kind = kind
        self._found: list[Found] = []
        self._pieces: list[pa.Table] = []
        self._small: list[pa.Table] = []
        self._small_rows = 0
        self._bytes = 0

    @property
    def is_full(self) -> bool:
        return self._bytes > MAX_BYTES or len(self._found) >= MAX_SEGMENTS

    def add(self, segment: Segment) -> None:
        """Read one more."""
        try:
            rows = read(segment)
        except Damaged as damaged:
            self._found.append(Found(segment, segment.size, damage=str(damaged)))
            return
        self._found.append(Found(segment, segment.size, rows.num_rows))
        if rows.num_rows > ROWS_AT_ONCE:
            self._join()
            self._hold(rows)
        else:
            self._small.append(rows)
            self._small_rows += rows.num_rows
            if len(self._small) == SMALL_SEGMENTS or self._small_rows > ROWS_AT_ONCE:
                self._join()

    def batch(self) -> Batch:
        """All of them; nothing is held here any more."""
        self._join()
        pieces, self._pieces = [piece for piece in self._pieces if piece.num_rows], []
        if not pieces:
            return Batch(self.kind, self._found)
        rows = pa.concat_tables(pieces)
        if self.kind == "events":
            return Batch(self.kind, self._found, deliveries=_arranged(rows, self._found))
        return Batch(self.kind, self._found, quarantined=rows.append_column("segment", _segments(self._found)))

    def _join(self) -> None:
        if self._small:
            self._hold(pa.concat_tables(self._small).combine_chunks() if len(self._small) > 1 else self._small[0])
            self._small, self._small_rows = [], 0

    def _hold(self, rows: pa.Table) -> None:
        self._pieces.append(rows)
        self._bytes += rows.get_total_buffer_size()


def _arranged(rows: pa.Table, found: list[Found]) -> Deliveries | None:
    """The rows in the order in which they are stored; a segment with a row that is no delivery is left out."""
    if not rows.num_rows:
        return None
    try:
        return arranged(rows, _segments(found))
    except Unusable as unusable:
        ends = list(accumulate(one.deliveries for one in found))
        at = bisect_right(ends, unusable.row)
        rows = pa.concat_tables([rows.slice(0, ends[at] - found[at].deliveries), rows.slice(ends[at])])
        found[at].deliveries, found[at].damage = 0, str(unusable)
        return _arranged(rows, found)


def _segments(found: list[Found]) -> pa.DictionaryArray:
    """The name of the segment of each row."""
    places = array("i")
    for number, one in enumerate(found):
        places.extend(array("i", [number]) * one.deliveries)
    indices = pa.Int32Array.from_buffers(pa.int32(), len(places), [None, pa.py_buffer(places)])
    return pa.DictionaryArray.from_arrays(indices, pa.array([one.segment.name for one in found], pa.string()))

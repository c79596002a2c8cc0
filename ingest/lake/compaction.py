"""Compaction: fewer segments, the same deliveries, sorted by receipt. See `rewriting` for how nothing is lost.

An analyst who reads the lake's files without us may meet rows twice until the old ones go: take each id once.
"""

import io
from collections.abc import Callable, Iterator, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from itertools import groupby

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.lake import layout, manifests, rewriting
from ingest.lake.lake import Lake
from ingest.lake.layout import Kind, Segment
from ingest.lake.rewriting import Guard, Keep
from ingest.lake.rows import sha256_prefix

KEPT_WRITERS = ("replay",)
"""A second replay of a quarantined delivery is recognised by the segment of the first: those stay."""


@dataclass(frozen=True, slots=True)
class Policy:
    """What is worth compacting; sizes in bytes, `group_bytes` before compression: memory stays at a few times of it."""

    small_bytes: int = 8 * 2**20
    group_bytes: int = 64 * 2**20
    group_segments: int = 20_000
    today_segments: int = 1_000


@dataclass(frozen=True, slots=True)
class Group:
    """Segments of one day that become one; `damaged` ones are left as they are."""

    kind: Kind
    received_date: str
    segments: tuple[Segment, ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """What a compaction would do, and the segments that it must leave because they are damaged."""

    groups: tuple[Group, ...]
    damaged: tuple[str, ...]


def plan(lake: Lake, today: str, policy: Policy | None = None) -> Plan:
    """Group the small segments of days before `today`, and of `today` where there are many. Changes nothing."""
    policy = policy or Policy()
    groups: list[Group] = []
    damaged: list[str] = []
    for kind in layout.KINDS:
        for date, segments in groupby(lake.segments(kind), key=lambda segment: segment.received_date):
            day = [segment for segment in segments if _is_small(segment, policy)]
            if _is_due(day, date, today, policy):
                groups += [Group(kind, date, tuple(found)) for found in _grouped(day, policy, damaged)]
    return Plan(tuple(groups), tuple(damaged))


def is_due(lake: Lake, today: str, policy: Policy | None = None) -> bool:
    """Whether a plan would find anything; no segment is opened to know it."""
    policy = policy or Policy()
    days = (
        (date, [segment for segment in segments if _is_small(segment, policy)])
        for kind in layout.KINDS
        for date, segments in groupby(lake.segments(kind), key=lambda segment: segment.received_date)
    )
    return any(_is_due(day, date, today, policy) for date, day in days)


def compact(
    groups: Sequence[Group],
    guard: Guard = nullcontext,
    keep: Callable[[Kind], Keep | None] = lambda _kind: None,
    *,
    stay: bool = False,
) -> Iterator[tuple[Group, Segment]]:
    """Make one segment of each group; with `stay`, the old ones are left for `rewriting.resume` to remove.

    Raises `SegmentDamaged`, `NotProved`, `LakeUnwritable`.
    """
    for group in groups:
        yield group, rewriting.replace(group.segments, manifests.COMPACTED, guard, keep(group.kind), stay=stay)


def _is_small(segment: Segment, policy: Policy) -> bool:
    return segment.bytes < policy.small_bytes and layout.writer(segment.path.name) not in KEPT_WRITERS


def _is_due(day: Sequence[Segment], date: str, today: str, policy: Policy) -> bool:
    received = sum(not manifests.is_rewritten(segment.path.name) for segment in day)
    if date >= today:
        return received > policy.today_segments
    return len(day) > 1 and received > 0


def _grouped(day: Sequence[Segment], policy: Policy, damaged: list[str]) -> Iterator[list[Segment]]:
    group: list[Segment] = []
    size = 0
    for segment in day:
        weight = _weight(segment)
        if weight is None:
            damaged.append(segment.name)
            continue
        if group and (size + weight > policy.group_bytes or len(group) >= policy.group_segments):
            if len(group) > 1:
                yield group
            group, size = [], 0
        group.append(segment)
        size += weight
    if len(group) > 1:
        yield group


def _weight(segment: Segment) -> int | None:
    """The bytes of a segment's columns before compression; None for one that is damaged."""
    raw = segment.path.read_bytes()
    if sha256_prefix(raw) != segment.sha256_prefix:
        return None
    try:
        footer = pq.read_metadata(io.BytesIO(raw))
    except pa.ArrowInvalid:  # it never was a segment
        return None
    return sum(int(footer.row_group(at).total_byte_size) for at in range(footer.num_row_groups))

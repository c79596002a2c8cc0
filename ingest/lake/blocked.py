"""What must not come back: the rule of all erasures together, and how it takes rows out of the lake."""

import json
from collections.abc import Iterable, Sequence
from contextlib import nullcontext
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.lake import ages
from ingest.lake.erasures import erasures, hashed, hashed_body, salt_of
from ingest.lake.layout import Kind, Segment
from ingest.lake.manifests import ERASED
from ingest.lake.rewriting import KEYS, Guard, Keep, content
from ingest.lake.rewriting import replace as replace_segments

COLUMNS = {"events": ("id", "received_at"), "quarantine": ("quarantine_id", "received_at", "body")}
"""What the rule looks at."""


@dataclass(frozen=True, slots=True)
class Blocked:
    """Hashes of ids and of quarantined bodies, and the date before which nothing may be; false where all may be."""

    ids: frozenset[str] = frozenset()
    bodies: frozenset[str] = frozenset()
    salt: bytes = b""
    before: str = ""

    def __bool__(self) -> bool:
        return bool(self.ids or self.bodies or self.before)

    def rows(self, rows: pa.Table, kind: Kind) -> pa.Array:
        """For each row, whether it is blocked; needs the columns in `COLUMNS`."""
        keys = rows.column(KEYS[kind]).combine_chunks()
        found = ages.received_before(rows.column("received_at").combine_chunks(), self.before)
        found = pc.or_(found, self._by_id(keys))
        if kind == "quarantine":
            bodies = [self._is_blocked(body) for body in rows.column("body").to_pylist()]
            found = pc.or_(found, pa.array(bodies, pa.bool_()))
        return found

    def _by_id(self, ids: pa.Array) -> pa.Array:
        known = [one for one in ids.unique().to_pylist() if hashed(one) in self.ids] if self.ids else []
        return pc.or_(pc.is_in(ids, pa.array(known, pa.string())), ages.occurred_before(ids, self.before))

    def _is_blocked(self, body: bytes) -> bool:
        """Whether a quarantined body was erased as it is, or names an id that was."""
        if self.bodies and hashed_body(self.salt, body) in self.bodies:
            return True
        named = named_id(body)
        return named is not None and bool(self._by_id(pa.array([named], pa.string()))[0].as_py())


def blocked(root: Path, *, unfinished: bool = True) -> Blocked:
    """What must not come back into the lake at `root`; where nothing was ever erased, one look at a folder tells.

    Of an unfinished erasure a warehouse may still hold the rows: only who makes that anew may take them out of segments
    that were loaded.
    """
    entries = [one for one in erasures(root) if one.done or unfinished]
    return Blocked(
        frozenset(one for entry in entries for one in entry.hashes),
        frozenset(one for entry in entries for one in entry.bodies),
        salt_of(root) if entries else b"",
        max((entry.before for entry in entries), default=""),
    )


def keeper(rule: Blocked, kind: Kind) -> Keep | None:
    """A function that takes blocked rows out of a segment's rows; None where there is nothing to take out."""
    return (lambda rows: rows.filter(pc.invert(rule.rows(rows, kind)))) if rule else None


def holds(segment: Segment, rule: Blocked) -> bool:
    """Whether a segment has blocked rows. Raises `SegmentDamaged`."""
    if rule.before and segment.received_date < rule.before:
        return True
    return bool(pc.any(rule.rows(content(segment, COLUMNS[segment.kind]), segment.kind)).as_py())


def drop(segments: Iterable[Segment], rule: Blocked, guard: Guard = nullcontext) -> list[Segment]:
    """Rewrite those of these segments that hold blocked rows, without them; whole days go as they are.

    Names the segments that were made. Raises as `rewriting.replace`.
    """
    held: Sequence[Segment] = [segment for segment in segments if holds(segment, rule)]
    days = {segment.path.parent for segment in held if segment.received_date < rule.before}
    if days:
        with guard():
            ages.remove_days(days)
    return [
        replace_segments([segment], ERASED, guard, keeper(rule, segment.kind))
        for segment in held
        if segment.path.parent not in days
    ]


def named_id(body: bytes) -> str | None:
    """The id that a quarantined body gives itself, if it can be read."""
    try:
        envelope = json.loads(body)
    except (ValueError, RecursionError):
        return None
    found = envelope.get("id") if isinstance(envelope, dict) else None
    return found if isinstance(found, str) else None

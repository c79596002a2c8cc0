"""Find what is older than a date: whole days of the lake, and later deliveries of events that occurred before."""

from collections.abc import Callable
from dataclasses import dataclass, field

import pyarrow as pa
import pyarrow.compute as pc

from ingest.lake import ages
from ingest.lake.blocked import COLUMNS, Blocked
from ingest.lake.erasures import hashed
from ingest.lake.lake import Lake
from ingest.lake.layout import KINDS, Segment
from ingest.lake.rewriting import KEYS, content


@dataclass
class Aged:
    """What is older than `before`: deliveries by day, and `late` ones, received since of events that are older.

    `hashes` are those of ids that tell no clock, `bodies` are quarantined ones: the date alone would not know these.
    """

    before: str
    days: dict[str, int] = field(default_factory=dict)
    events: int = 0
    deliveries: int = 0
    quarantined: int = 0
    late: int = 0
    segments: int = 0
    hashes: set[str] = field(default_factory=set)
    bodies: list[bytes] = field(default_factory=list)


def find_aged(lake: Lake, before: str, progress: Callable[[int, int], None]) -> Aged:
    """Look at every segment of the days before a date, and at the ids of the others. Raises `SegmentDamaged`."""
    found, ids = Aged(before), []
    segments = [segment for kind in KINDS for segment in lake.segments(kind)]
    for done, segment in enumerate(segments, 1):
        rows = _old_rows(segment, before)
        if segment.kind == "events":
            ids.append(rows.column("id"))
        _count(found, segment, rows)
        progress(done, len(segments))
    every = pa.chunked_array(ids, pa.string()).unique()
    found.events = len(every)
    found.hashes |= {hashed(one) for one in every.filter(pc.invert(ages.tells_clock(every))).to_pylist()}
    return found


def _old_rows(segment: Segment, before: str) -> pa.Table:
    rows = content(segment, COLUMNS[segment.kind])
    if segment.received_date < before:
        return rows
    return rows.filter(Blocked(before=before).rows(rows, segment.kind))


def _count(found: Aged, segment: Segment, rows: pa.Table) -> None:
    if not rows.num_rows:
        return
    found.segments += 1
    if segment.received_date < found.before:
        found.days[segment.received_date] = found.days.get(segment.received_date, 0) + rows.num_rows
    else:
        found.late += rows.num_rows
    if segment.kind == "events":
        found.deliveries += rows.num_rows
    else:
        found.quarantined += rows.num_rows
        found.bodies += rows.column("body").to_pylist()
        found.hashes |= {hashed(one) for one in rows.column(KEYS["quarantine"]).to_pylist()}

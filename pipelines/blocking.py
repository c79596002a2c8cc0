"""What was erased stays out: whatever brings it back is taken out of the lake before a warehouse loads it."""

from collections.abc import Sequence
from contextlib import suppress

import duckdb

from ingest.lake import Lake
from ingest.lake.ages import days_before, remove_days
from ingest.lake.blocked import Blocked, blocked, drop, holds
from ingest.lake.erasures import erasures
from ingest.lake.layout import Segment as LakeSegment
from ingest.lake.rewriting import SegmentDamaged
from pipelines.build_lock import BuildBusy, build_lock
from pipelines.compaction import rewriting_lock
from pipelines.home import Home
from pipelines.pending import KINDS, lake_segments
from pipelines.progress import Listener
from warehouse.erasure import Erasure, record
from warehouse.load import Segment, pending


def admitted(connection: duckdb.DuckDBPyConnection, home: Home, segments: Sequence[Segment]) -> list[Segment]:
    """Of segments to load, those without what was erased; what came back goes out of the lake before it is loaded.

    Where another process rewrites the lake just now, segments that hold them wait for the next build. The caller holds
    the build lock.
    """
    lake = Lake(home.root)
    rule = blocked(lake.root)
    if not rule:
        return list(segments)
    waiting = {(one.kind, one.name) for one in segments}
    returned = [one for one in _all(lake) if (one.kind, one.name) in waiting and _holds(one, rule)]
    with suppress(BuildBusy), build_lock(rewriting_lock(home), wait=False):
        drop(returned, rule)
        return pending(connection, lake_segments(home)) if returned else list(segments)
    names = {(one.kind, one.name) for one in returned}
    return [one for one in segments if (one.kind, one.name) not in names]


def keep_out(home: Home, listener: Listener, *, unfinished: bool = False) -> None:
    """Take what was erased out of the whole lake; with `unfinished`, where the build file was removed before.

    The caller holds the locks of rewriting and of builds.
    """
    lake = Lake(home.root)
    rule = blocked(lake.root, unfinished=unfinished)
    if rule.before:
        remove_days([folder for kind in KINDS for folder in days_before(lake.root, kind, rule.before)])
    segments = _all(lake) if rule else []
    for done, segment in enumerate(segments, 1):
        if _holds(segment, rule):
            drop([segment], rule)
        listener("erase", done, len(segments))


def tell_erasures(connection: duckdb.DuckDBPyConnection, home: Home) -> None:
    """Make ops.erasures say what the lake's ledger of erasures says."""
    found = erasures(Lake(home.root).root)
    record(
        connection,
        [Erasure(one.name, one.erased_at, one.criterion, one.events, one.deliveries, one.quarantined) for one in found],
    )


def _all(lake: Lake) -> list[LakeSegment]:
    return [segment for kind in KINDS for segment in lake.segments(kind)]


def _holds(segment: LakeSegment, rule: Blocked) -> bool:
    try:
        return holds(segment, rule)
    except SegmentDamaged:  # the load names it and sets it aside
        return False

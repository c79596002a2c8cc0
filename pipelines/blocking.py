"""Erased ids stay out: whatever brings them back is taken out of the lake before a warehouse loads it."""

from collections.abc import Sequence
from contextlib import suppress

import duckdb

from ingest.lake import Lake
from ingest.lake.erasures import blocked, drop, erasures, holds
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
    """Of segments to load, those without erased ids; ids that came back go out of the lake before they are loaded.

    Where another process rewrites the lake just now, segments that hold them wait for the next build. The caller holds
    the build lock.
    """
    lake = Lake(home.root)
    hashes = blocked(lake.root)
    if not hashes:
        return list(segments)
    waiting = {(one.kind, one.name) for one in segments}
    returned = [one for one in _all(lake) if (one.kind, one.name) in waiting and _holds(one, hashes)]
    with suppress(BuildBusy), build_lock(rewriting_lock(home), wait=False):
        drop(returned, hashes)
        return pending(connection, lake_segments(home)) if returned else list(segments)
    names = {(one.kind, one.name) for one in returned}
    return [one for one in segments if (one.kind, one.name) not in names]


def keep_out(home: Home, listener: Listener, *, unfinished: bool = False) -> None:
    """Take every erased id out of the whole lake; with `unfinished`, where the build file was removed before.

    The caller holds the locks of rewriting and of builds.
    """
    lake = Lake(home.root)
    hashes = blocked(lake.root, unfinished=unfinished)
    segments = _all(lake) if hashes else []
    for done, segment in enumerate(segments, 1):
        if _holds(segment, hashes):
            drop([segment], hashes)
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


def _holds(segment: LakeSegment, hashes: frozenset[str]) -> bool:
    try:
        return holds(segment, hashes)
    except SegmentDamaged:  # the load names it and sets it aside
        return False

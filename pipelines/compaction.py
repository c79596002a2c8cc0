"""Compaction of a home's lake, and how its warehouse follows. Builds wait only while old segments are removed."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.lake import Lake, rewriting
from ingest.lake.blocked import blocked, keeper
from ingest.lake.compaction import Group, Policy, compact, plan
from ingest.lake.manifests import is_rewritten
from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.pending import KINDS
from pipelines.progress import Listener
from warehouse.load import Segment
from warehouse.succession import FollowReport, Replacement, follow, unfollowed

GRACE = 600.0
"""Seconds for which replaced segments stay: a reader that has listed them may still open them."""


@dataclass(frozen=True)
class Compacted:
    """One segment made of several; `segment` is empty in a dry run."""

    kind: str
    received_date: str
    segments: int
    bytes_before: int
    bytes_after: int
    segment: str


@dataclass
class Compaction:
    """What a compaction did or, in a dry run, would do; `resumed` counts what an earlier one had left to end.

    The segments that were replaced stay for `grace` seconds, for readers that have listed them.
    """

    dry_run: bool
    made: list[Compacted] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    resumed: int = 0
    seconds: float = 0.0
    grace: float = 0.0


def rewriting_lock(home: Home) -> Path:
    """Held by whoever rewrites segments: one at a time."""
    return home.root / "rewriting.lock"


def compact_home(
    home: Home, listener: Listener, *, dry_run: bool = False, policy: Policy | None = None, grace: float = GRACE
) -> Compaction:
    """Compact what is due, and remove what earlier compactions replaced over `grace` seconds ago.

    Raises SegmentDamaged, NotProved, LakeUnwritable; what was done until then is done.
    """
    started = time.monotonic()
    report = Compaction(dry_run, grace=grace)
    lake, today = Lake(home.root), datetime.now(UTC).date().isoformat()
    with build_lock(rewriting_lock(home)):
        if not dry_run:
            report.resumed = rewriting.resume(lake.root, lambda: build_lock(home.lock), grace)
        planned = plan(lake, today, policy)
        report.damaged = list(planned.damaged)
        if dry_run:
            report.made = [_said(group) for group in planned.groups]
        else:
            rule, guard = blocked(lake.root, unfinished=False), lambda: build_lock(home.lock)
            for group, made in compact(planned.groups, guard, lambda kind: keeper(rule, kind), stay=grace > 0):
                report.made.append(_said(group, made.name, made.bytes))
                listener("compact", len(report.made), len(planned.groups))
    report.seconds = time.monotonic() - started
    return report


def follow_lake(connection: duckdb.DuckDBPyConnection, home: Home) -> FollowReport:
    """Bring the ledger to where the lake is, before a load. Reads the manifests of segments not yet followed alone."""
    lake = Lake(home.root)
    rewritten = {
        Segment(one.name, one.path, one.kind, one.sha256_prefix): one
        for kind in KINDS
        for one in lake.segments(kind)
        if is_rewritten(one.path.name)
    }
    replacements = []
    for segment in unfollowed(connection, list(rewritten)):
        manifest = rewriting.replaced_by(rewritten[segment])
        if manifest:
            folder = segment.name.partition("/")[0]
            olds = tuple(f"{folder}/{name}" for name in manifest.replaces)
            replacements.append(Replacement(segment, manifest.rows, olds))
    return follow(connection, replacements)


def _said(group: Group, segment: str = "", size: int = 0) -> Compacted:
    before = sum(one.bytes for one in group.segments)
    return Compacted(group.kind, group.received_date, len(group.segments), before, size, segment)

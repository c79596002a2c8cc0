"""Compaction of a home's lake, and how its warehouse follows. Builds wait only while old segments are removed."""

import time
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

import duckdb

from ingest.lake import Lake, rewriting
from ingest.lake.compaction import Group, Policy, compact, plan
from ingest.lake.erasures import blocked, keeper
from ingest.lake.manifests import is_rewritten
from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.pending import KINDS
from pipelines.progress import Listener
from warehouse.load import Segment
from warehouse.succession import FollowReport, Replacement, follow, unfollowed


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
    """What a compaction did or, in a dry run, would do; `resumed` counts what an earlier one had left."""

    dry_run: bool
    made: list[Compacted] = field(default_factory=list)
    damaged: list[str] = field(default_factory=list)
    resumed: int = 0
    seconds: float = 0.0


def rewriting_lock(home: Home) -> Path:
    """Held by whoever rewrites segments: one at a time."""
    return home.root / "rewriting.lock"


def compact_home(home: Home, listener: Listener, *, dry_run: bool = False, policy: Policy | None = None) -> Compaction:
    """Compact what is due. Raises SegmentDamaged, NotProved, LakeUnwritable; what was done until then is done."""
    started = time.monotonic()
    report = Compaction(dry_run)
    lake, today = Lake(home.root), datetime.now(UTC).date().isoformat()
    with build_lock(rewriting_lock(home)):
        if not dry_run:
            report.resumed = rewriting.resume(lake.root, lambda: build_lock(home.lock))
        planned = plan(lake, today, policy)
        report.damaged = list(planned.damaged)
        if dry_run:
            report.made = [_said(group) for group in planned.groups]
        else:
            hashes = blocked(lake.root, unfinished=False)
            for group, made in compact(
                planned.groups, lambda: build_lock(home.lock), lambda kind: keeper(hashes, kind) if hashes else None
            ):
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

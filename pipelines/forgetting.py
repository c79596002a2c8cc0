"""Erasure: what is found goes out of the lake, the warehouse, the published file and Dagster's memory, and stays out.

The ledger entry comes first: from then on the ids are blocked, and whatever dies later is ended by `nacre forget`
without arguments. The build file is not cleaned but made anew from the lake: free blocks keep what was deleted.
"""

import os
import shutil
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime

from ingest.lake import Lake, rewriting
from ingest.lake.erasures import Erasure, begin, end, erasures, hashed, new_name
from ingest.lake.finding import Criterion, Found, find
from pipelines import history
from pipelines.blocking import keep_out
from pipelines.build_lock import build_lock
from pipelines.compaction import rewriting_lock
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from pipelines.progress import Listener
from pipelines.run_build import build
from pipelines.traces import files_naming
from warehouse import erasure

DERIVED = ("report.html", "company_*.duckdb*", ".company_*")
"""Files of a home that commands make from what is published; they are removed, and named, to be made again."""
LOGS = "logs/*.log"


@dataclass
class Forgetting:
    """What was found and, unless in a dry run, erased. `resumed` counts erasures that had died before.

    `removed` names files that were made from what is published; `traces` those that still name an erased id.
    """

    dry_run: bool
    criterion: str = ""
    event_ids: list[str] = field(default_factory=list)
    quarantine_ids: list[str] = field(default_factory=list)
    deliveries: int = 0
    segments: int = 0
    resumed: int = 0
    erased: bool = False
    removed: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)


class NotPublished(Exception):  # noqa: N818 - it names the state
    """The lake is clean, but the published warehouse is still the old one."""

    def __init__(self, failures: Iterable[str]) -> None:
        """Say why, and the next step."""
        self.failures = list(failures)
        super().__init__(
            f"the lake is clean, but the published warehouse still holds what was erased: {'; '.join(self.failures)}."
            " Mend the cause and run nacre forget again, without arguments."
        )


def search(home: Home, criterion: Criterion, listener: Listener) -> Forgetting:
    """Find what an erasure would erase; changes nothing. Raises SegmentDamaged."""
    return _said(find(Lake(home.root), criterion, lambda done, total: listener("search", done, total)), criterion)


def forget(home: Home, criterion: Criterion | None, listener: Listener) -> Forgetting:
    """Erase what is found, and end erasures that died. Raises SegmentDamaged, NotProved, NotPublished, HistoryBusy."""
    lake = Lake(home.root)
    with build_lock(rewriting_lock(home)), build_lock(home.lock):
        rewriting.resume(lake.root)
        report = search(home, criterion, listener) if criterion else Forgetting(dry_run=False)
        report.dry_run = False
        waiting = [one for one in erasures(lake.root) if not one.done]
        report.resumed = len(waiting)
        if report.event_ids or report.quarantine_ids:
            waiting.append(_begin(lake, report))
        if not waiting:
            return report
        report.removed = _erase(home, listener)
    outcome = build(home, listener)
    if not outcome.published:
        raise NotPublished(outcome.failures or [outcome.reason])
    with build_lock(home.lock):
        erasure.discard_copies(home.published)
    for one in waiting:
        end(lake.root, one)
    report.erased = True
    report.traces = files_naming(home.root, report.event_ids)
    return report


def _begin(lake: Lake, report: Forgetting) -> Erasure:
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    ids = (*report.event_ids, *report.quarantine_ids)
    counts = (len(report.event_ids), report.deliveries, len(report.quarantine_ids))
    begun = Erasure(new_name(now), now, report.criterion, *counts, tuple(sorted(map(hashed, ids))))
    begin(lake.root, begun)
    return begun


def _erase(home: Home, listener: Listener) -> list[str]:
    """All but the published file, which the build replaces; the caller holds both locks. Names what it removes."""
    home.publication.unlink(missing_ok=True)  # so that the next build publishes, whatever it finds
    erasure.discard(home.build, home.published)
    remove_leftovers(home)
    removed = _remove_derived(home)
    keep_out(home, listener, unfinished=True)
    history.empty(home.dagster)
    return removed


def _remove_derived(home: Home) -> list[str]:
    """Remove files made from what was published, and empty the logs, whose messages may hold values."""
    found = sorted(path for pattern in DERIVED for path in home.root.glob(pattern))
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in home.root.glob(LOGS):
        os.truncate(path, 0)
    return [path.name for path in found]


def _said(found: Found, criterion: Criterion) -> Forgetting:
    return Forgetting(
        dry_run=True,
        criterion=criterion.kind,
        event_ids=sorted(found.event_ids),
        quarantine_ids=sorted(found.quarantine_ids),
        deliveries=found.deliveries,
        segments=len(found.segments),
    )

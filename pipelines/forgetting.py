"""Erasure: what is found goes out of the lake, the warehouse, the published file and Dagster's memory, and stays out.

The ledger entry comes first: from then on the ids are blocked, and whatever dies later is ended by `nacre forget`
without arguments. The build file is not cleaned but made anew from the lake: free blocks keep what was deleted.
"""

import os
import shutil
from collections.abc import Iterable
from datetime import UTC, datetime
from math import inf

from ingest.lake import Lake, rewriting
from ingest.lake.erasures import Erasure, begin, end, erasures, hashed, hashed_body, make_salt, new_name
from ingest.lake.finding import ById, find
from ingest.lake.persons import ByPerson
from ingest.lake.retention import find_aged
from pipelines import history
from pipelines.blocking import keep_out
from pipelines.build_lock import build_lock
from pipelines.compaction import rewriting_lock
from pipelines.event_names import write_event_names
from pipelines.forgotten import Before, Forgetting, Target
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from pipelines.progress import Listener
from pipelines.run_build import build
from pipelines.traces import files_naming, unsearchable
from warehouse import erasure

DERIVED = (
    "report.html",
    ".report.html.*",
    "company_*.duckdb*",
    ".company_*",
    "warehouse_*.duckdb*",
    ".warehouse_*",
)
"""Files of a home that commands make from what is published; they are removed, and named, to be made again."""
LOGS = "logs/*.log"


class NotPublished(Exception):  # noqa: N818 - it names the state
    """The lake is clean, but the published warehouse is still the old one."""

    def __init__(self, failures: Iterable[str]) -> None:
        """Say why, and the next step."""
        self.failures = list(failures)
        super().__init__(
            f"the lake is clean, but the published warehouse still holds what was erased: {'; '.join(self.failures)}."
            " Mend the cause and run nacre forget again, without arguments."
        )


def search(home: Home, target: Target, listener: Listener) -> Forgetting:
    """Find what an erasure would erase; changes nothing. Raises SegmentDamaged."""
    return _found(Lake(home.root), target, listener)[0]


def forget(home: Home, target: Target | None, listener: Listener) -> Forgetting:
    """Erase what is found, and end erasures that died. Raises SegmentDamaged, NotProved, NotPublished, HistoryBusy."""
    lake = Lake(home.root)
    with build_lock(rewriting_lock(home)), build_lock(home.lock):
        rewriting.resume(lake.root)
        report, waiting = Forgetting(dry_run=False), [one for one in erasures(lake.root) if not one.done]
        resumed = len(waiting)
        if target:
            report, hashes, bodies = _found(lake, target, listener)
            if report.found:
                waiting.append(_begin(lake, report, hashes, bodies))
        report.dry_run, report.resumed = False, resumed
        if not waiting:
            return report
        report.removed = _erase(home, listener)
    outcome = build(home, listener)
    if not outcome.published:
        raise NotPublished(outcome.failures or [outcome.reason])
    with build_lock(home.lock):
        erasure.discard_copies(home.published)
        report.removed = sorted({*report.removed, *_remove_derived(home, home.published.stat().st_mtime)})
    for one in waiting:
        end(lake.root, one)
    report.erased = True
    _look_around(home, report, target)
    return report


def _found(lake: Lake, target: Target, listener: Listener) -> tuple[Forgetting, set[str], list[bytes]]:
    """What is meant, the hashes of its ids, and the quarantined bodies."""
    if isinstance(target, Before):
        aged = find_aged(lake, target.date, lambda done, total: listener("search", done, total))
        return Forgetting.of_age(aged), aged.hashes, aged.bodies
    found = find(lake, target, lambda done, total: listener("search", done, total))
    report = Forgetting.of_criterion(found, target.kind)
    asked = target.ids if isinstance(target, ById) else ()
    return report, {hashed(one) for one in (*report.event_ids, *report.quarantine_ids, *asked)}, found.bodies


def _begin(lake: Lake, report: Forgetting, hashes: set[str], bodies: list[bytes]) -> Erasure:
    now = datetime.now(UTC).isoformat(timespec="microseconds")
    salt = make_salt(lake.root) if bodies else b""
    begun = Erasure(
        name=new_name(now),
        erased_at=now,
        criterion=report.criterion,
        events=report.events,
        deliveries=report.deliveries,
        quarantined=report.quarantined,
        hashes=tuple(sorted(hashes)),
        bodies=tuple(sorted({hashed_body(salt, body) for body in bodies})),
        before=report.before,
    )
    begin(lake.root, begun)
    return begun


def _erase(home: Home, listener: Listener) -> list[str]:
    """All but the published file, which the build replaces; the caller holds both locks. Names what it removes."""
    home.publication.unlink(missing_ok=True)  # so that the next build publishes, whatever it finds
    erasure.discard(home.build, home.published)
    remove_leftovers(home)
    Lake(home.root).sweep()
    removed = _remove_derived(home)
    keep_out(home, listener, unfinished=True)
    write_event_names(home.event_names, [])  # from it the next build plans, which Dagster notes
    history.empty(home.dagster)
    return removed


def _remove_derived(home: Home, published_at: float = inf) -> list[str]:
    """Remove files made from what was published before, and empty the logs, whose messages may hold values.

    One that is still being made is hidden, and may come of the old publication whenever that began.
    """
    made = (path for pattern in DERIVED for path in home.root.glob(pattern))
    found = sorted(path for path in made if path.name.startswith(".") or path.stat().st_mtime < published_at)
    for path in found:
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink(missing_ok=True)
    for path in home.root.glob(LOGS):
        os.truncate(path, 0)
    return [path.name for path in found]


def _look_around(home: Home, report: Forgetting, target: Target | None) -> None:
    """Name the files of others that still tell what was erased, or may."""
    words = [*report.event_ids]
    if isinstance(target, ByPerson) and not report.mentions:
        words += target.values
    report.traces = files_naming(home.root, words)
    report.unsearched = unsearchable(home)

"""`nacre rebuild`: the warehouse anew from the lake, compared with the live one, and put in its place.

Killed anywhere, the home is as good as before: until the rebuilt file is whole the live ones are not touched, and from
then on the next build publishes it.
"""

import os
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from pipelines.blocking import admitted, keep_out, tell_erasures
from pipelines.build_lock import build_lock
from pipelines.compaction import rewriting_lock
from pipelines.event_names import EventName, write_event_names
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from pipelines.pending import lake_segments, remember_publication
from pipelines.progress import Listener
from pipelines.statements import rows_of
from warehouse.build import open_build
from warehouse.compare import LIVE, Comparison, Difference, compare, compare_views
from warehouse.connections import attached
from warehouse.flatten import pending_event_names
from warehouse.load import Segment
from warehouse.publish import publish
from warehouse.rebuild import known_to, make, take_history

COMPARING = "700MB"
"""What DuckDB may hold while it compares: it reads all of two files once, and would keep what it has read."""


class LakeGone(Exception):  # noqa: N818 - it names a state
    """The lake holds no segment, and what is published was made from some."""

    def __init__(self, home: Home) -> None:
        """Name the lake, and what to do."""
        left = f"{home.root / 'lake'} holds no segment, but {home.published.name} holds events: is its disk there?"
        super().__init__(f"{left} Nothing was replaced. To begin anew, move {home.published.name} away.")


@dataclass
class Rebuild:
    """What a rebuild made and how it compares.

    `not_compared` says why nothing was, `history_lost` why what no lake holds was not taken over from the live file.
    """

    dry_run: bool
    replaces: bool = False
    segments: int = 0
    events: int = 0
    tables: int = 0
    later_segments: int = 0
    compared: int = 0
    differences: list[Difference] = field(default_factory=list)
    not_compared: str = ""
    history_lost: str = ""
    damaged: list[str] = field(default_factory=list)
    published: bool = False
    seconds: float = 0.0

    @property
    def proved(self) -> bool:
        """Whether all that it should show is shown: in a dry run that nothing differs, else that nothing was lost."""
        if self.dry_run:
            return not self.differences and not self.not_compared
        return not self.history_lost and not (self.replaces and self.not_compared)


def rebuild(
    home: Home,
    listener: Listener,
    *,
    dry_run: bool = False,
    wait: bool = True,
    on_wait: Callable[[str], None] | None = None,
) -> Rebuild:
    """Rebuild, compare with what is published, and (not in a dry run) replace and publish.

    Raises `BuildBusy`, and `LakeGone` rather than replace a warehouse by an empty one.
    """
    started = time.monotonic()
    report = Rebuild(dry_run)
    locks = (rewriting_lock(home), home.lock)
    with build_lock(locks[0], wait=wait, on_wait=on_wait), build_lock(locks[1], wait=wait, on_wait=on_wait):
        remove_leftovers(home)
        keep_out(home, listener)
        try:
            _make_and_compare(home, report, listener)
            if not dry_run:
                _replace(home, listener)
                _publish(home, report, listener)
        finally:
            remove_leftovers(home)
    report.seconds = time.monotonic() - started
    return report


def _make_and_compare(home: Home, report: Rebuild, listener: Listener) -> None:
    segments = lake_segments(home)
    known = _known(home, segments, report)
    _make(home, known, report, listener)
    if report.replaces and not report.dry_run:
        _take_history(home, report)
    if not report.not_compared:
        found = _compared(home, report, listener)
        report.compared, report.differences = found.tables, found.differences
    if not report.dry_run and len(known) < len(segments):
        report.later_segments = len(segments) - len(known)
        _make(home, segments, report, listener)


def _known(home: Home, segments: list[Segment], report: Rebuild) -> list[Segment]:
    """The segments that the published warehouse was made from."""
    report.replaces = home.published.exists()
    if not report.replaces:
        report.not_compared = "nothing is published yet"
        return segments
    try:
        with duckdb.connect(str(home.published), read_only=True) as live:
            if not segments and not report.dry_run and live.execute("from core.events limit 1").fetchall():
                raise LakeGone(home)
            return known_to(live, segments)
    except duckdb.Error as error:
        report.not_compared = f"the published file does not open: {_first_line(error)}"
        return segments


def _make(home: Home, segments: list[Segment], report: Rebuild, listener: Listener) -> None:
    with open_build(home.rebuilt) as connection:
        tell_erasures(connection, home)
        loaded = make(connection, admitted(connection, home, segments), home.root, listener)
        report.damaged += [name for name in loaded.damaged if name not in report.damaged]
        made = rows_of(connection, "rebuild_made")[0]
        report.segments, report.events, report.tables = made["segments"], made["events"], made["tables"]
        connection.execute("force checkpoint")


def _take_history(home: Home, report: Rebuild) -> None:
    """Before anything is compared, which reads far more of the live file and may fail; durable when this returns."""
    try:
        with open_build(home.rebuilt) as connection:
            take_history(connection, home.published)
            connection.execute("force checkpoint")
    except duckdb.Error as error:
        report.history_lost = report.not_compared or _first_line(error)


def _compared(home: Home, report: Rebuild, listener: Listener) -> Comparison:
    """Compare; a live file with pages that cannot be read is one more reason to replace it."""
    listener("compare", 0, 1)
    try:
        with (
            open_build(home.rebuilt, memory_limit=COMPARING) as connection,
            attached(connection, home.published, LIVE),
        ):
            found = compare(connection)
        views = compare_views(home.published, home.rebuilt)
    except duckdb.Error as error:
        report.not_compared = f"the published file cannot be read whole: {_first_line(error)}"
        return Comparison(0, [])
    listener("compare", 1, 1)
    return Comparison(found.tables, found.differences + views)


def _first_line(error: duckdb.Error) -> str:
    return str(error).splitlines()[0]


def _replace(home: Home, listener: Listener) -> None:
    """Put the rebuilt file in the place of the build file.

    Before, the note on the last publication goes: should this process die now, the next build publishes.
    """
    listener("replace", 0, 1)
    _sync(home.rebuilt)
    home.publication.unlink(missing_ok=True)
    home.build.with_name(home.build.name + ".wal").unlink(missing_ok=True)
    _sync(home.root)
    home.rebuilt.replace(home.build)
    _sync(home.root)
    listener("replace", 1, 1)


def _publish(home: Home, report: Rebuild, listener: Listener) -> None:
    listener("publish", 0, 1)
    with open_build(home.build) as connection:
        publish(connection, home.build, home.published)
        names = [EventName(**row) for row in rows_of(connection, "event_names")]
        behind = pending_event_names(connection)
    write_event_names(home.event_names, names)
    remember_publication(home, complete=not behind)
    report.published = True
    listener("publish", 1, 1)


def _sync(path: Path) -> None:
    """Make a file, or the entries of a folder, durable."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)

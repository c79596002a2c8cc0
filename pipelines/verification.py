"""`nacre verify` and `nacre trace`: a home's warehouse beside its lake, without disturbing a build or a reader."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

import duckdb
import pyarrow as pa

from ingest.lake import Lake
from ingest.lake.blocked import Blocked, blocked
from ingest.lake.erasures import Erasure, erasures, hashed
from ingest.lake.rewriting import replaced_by
from pipelines.atomic import read_json
from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.pending import KINDS, fingerprint, lake_segments
from pipelines.progress import Listener
from pipelines.reading import NothingPublished
from warehouse import references
from warehouse.trace import Trace, trace
from warehouse.verify import SAMPLE, Finding, VerifyReport, reading, verify

MEMORY_LIMIT = "1GB"
ROWS = 10_000
EVENTS = "select event_id, epoch_us(received_at) from core.event_store"
QUARANTINED = "select quarantine_id from ops.quarantine"
TOLD = "select erasure, erased_at, criterion, events, deliveries, quarantined from ops.erasures"
HAS_ERASURES = (
    "from duckdb_tables() where database_name = current_database() and schema_name = 'ops' and table_name = 'erasures'"
)
ERASED = "was erased, and is there: an erasure was interrupted; nacre forget ends it"


class UnknownId(Exception):  # noqa: N818 - it names a state
    """Neither the lake nor the warehouse knows the id."""

    def __init__(self, event_id: str, unread: Collection[str] = ()) -> None:
        """Keep the id, and the segments that may hold it and cannot be read."""
        self.event_id = event_id
        self.unread = unread
        but = f"; these segments cannot be read, restore them from a copy: {', '.join(unread)}" if unread else ""
        super().__init__(
            f"no delivery has the id {event_id!r}, and no quarantined body names it; an id is written as wh_…{but}"
        )


def verify_home(home: Home, listener: Listener, *, full: bool = False, build_file: bool = False) -> VerifyReport:
    """Verify the published file, or the build file while no build runs; in full, also what it has of erasures."""
    unopened = VerifyReport(full=full)
    path = home.build if build_file else home.published
    with reading(unopened, path.name), _warehouse(home, build_file=build_file) as connection:
        lake = Lake(home.root)
        report = verify(
            connection,
            lake_segments(home),
            sample=None if full else SAMPLE,
            foreign=[path for kind in KINDS for path in lake.foreign(kind)],
            stands_for=stands_for(lake),
            published=not build_file,
            progress=listener,
        )
        if report.readable:
            if not build_file:
                with reading(report, "core"):
                    _check_references(connection, home, report)
            with reading(report, "ops.erasures"):
                _check_ledger(connection, erasures(lake.root), report)
                if full:
                    _check_erased(connection, blocked(lake.root), report)
        return report
    return unopened


def _check_erased(connection: duckdb.DuckDBPyConnection, rule: Blocked, report: VerifyReport) -> None:
    """Look for what the ledger of erasures names, by the rule that keeps it out."""
    if not rule:
        return
    connection.execute(EVENTS)
    while rows := connection.fetchmany(ROWS):
        ids, received = zip(*rows, strict=True)
        table = pa.table({"id": ids, "received_at": pa.array(received, pa.timestamp("us"))})
        for (event_id, _), is_erased in zip(rows, rule.rows(table, "events").to_pylist(), strict=True):
            if is_erased:
                report.add(Finding("erasure", ERASED, None, event_id, "core.events"))
    for (quarantine_id,) in connection.execute(QUARANTINED).fetchall():
        if hashed(quarantine_id) in rule.ids:
            report.add(Finding("erasure", ERASED, table="ops.quarantine"))


def _check_ledger(connection: duckdb.DuckDBPyConnection, ledger: Sequence[Erasure], report: VerifyReport) -> None:
    """Compare ops.erasures with the lake's ledger, of which one that is not done may be told already or not."""
    if not ledger and not connection.execute(HAS_ERASURES).fetchall():
        return
    rows = connection.execute(TOLD).fetchall()
    told = Counter((name, erased_at.isoformat(timespec="microseconds"), *rest) for name, erased_at, *rest in rows)
    if _rows(one for one in ledger if one.done) - told or told - _rows(ledger):
        report.add(Finding("erasure", "does not say what the lake's ledger of erasures says", table="ops.erasures"))


def _check_references(connection: duckdb.DuckDBPyConnection, home: Home, report: VerifyReport) -> None:
    """Compare what the operator knows with his files, where these are as they were at the last publication."""
    if read_json(home.publication) != {"fingerprint": fingerprint(home), "complete": True}:
        return
    for name in references.differing(connection, home.root):
        report.add(Finding("objects", f"does not say what {name} says", table=references.TABLES[name]))


def _rows(ledger: Iterable[Erasure]) -> Counter[tuple[object, ...]]:
    return Counter(
        (one.name, one.erased_at, one.criterion, one.events, one.deliveries, one.quarantined) for one in ledger
    )


def trace_event(home: Home, event_id: str) -> Trace:
    """Follow one id through the lake and the published warehouse; raises `UnknownId`."""
    with _warehouse(home, build_file=False) as connection:
        found = trace(connection, lake_segments(home), event_id, stands_for(Lake(home.root)))
    if not found.known:
        raise UnknownId(event_id, found.unread)
    return found


def stands_for(lake: Lake) -> dict[str, list[str]]:
    """For each rewritten segment, the names of those that it stands for."""
    found = {segment: replaced_by(segment) for kind in KINDS for segment in lake.segments(kind)}
    return {
        segment.name: [f"{segment.path.parent.name}/{name}" for name in manifest.replaces]
        for segment, manifest in found.items()
        if manifest is not None
    }


@contextmanager
def _warehouse(home: Home, *, build_file: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    if build_file:
        with build_lock(home.lock), _opened(home.build) as connection:
            yield connection
    else:
        with _opened(home.published) as connection:
            yield connection


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file read-only, in UTC and in bounded memory."""
    if not path.exists():
        raise NothingPublished(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set memory_limit = $limit", {"limit": MEMORY_LIMIT})
        yield connection

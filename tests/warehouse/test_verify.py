"""nacre verify's library: a warehouse that says what the lake says passes, and each planted damage is named."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.short_form import shortened
from tests.warehouse.damages import BROKEN, CELLS, DAMAGES, number
from tests.warehouse.documents import DATA
from tests.warehouse.lakes import START, Delivery, delivery, sealed, segment
from warehouse.build import open_build
from warehouse.load import Segment
from warehouse.rebuild import make
from warehouse.verify import VerifyReport, verify

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "3"))
PAID = (
    '{"amount":{"decimal":"10.10","currencyCode":"EUR"},"paid":true,"at":"2026-01-31T10:00:00+02:00",'
    '"day":"2026-01-31","n":7,"f":0.5,"tags":["a","b"],"x":{"y":"z"},'
    '"items":[{"sku":"s1","parts":[{"p":1},{"p":2}]},{"sku":"s2","parts":[{"p":3}]}]}'
)
AT = START + 100_000_000
OTHER = '{"amount":{"decimal":"3","currencyCode":"EUR"},"n":8,"items":[]}'


def deliveries() -> list[Delivery]:
    """Two event_names; a duplicate, a conflict, and an id delivered earlier than its winner of the first segment."""
    events = [delivery(number, "expenses.paid", PAID if number % 2 else OTHER) for number in range(6)]
    events += [delivery(number, "odd name", '{"a":"b","a":"c"}') for number in range(6, 9)]
    again = Delivery(events[1].id, events[1].event_name, events[1].body, events[1].received_at + 50_000_000)
    return [*events, again, delivery(70, "expenses.paid", OTHER, id_=events[1].id)]


def quarantine(folder: Path) -> Segment:
    """A segment of quarantined deliveries."""
    table = pa.table({
        "quarantine_id": ["q-1", "q-2"],
        "received_at": pa.array([AT, AT + 1], pa.timestamp("us")),
        "reason": ["not_json", "not_utf8"],
        "detail": ["at byte 1", None],
        "body": pa.array([b"{", b"\xff"], pa.binary()),
    })  # fmt: skip
    return sealed(folder, table, AT, "quarantine")


def segments_of(home: Path) -> list[Segment]:
    """The segments of the lake, the first received first."""
    paths = sorted((home / "lake").rglob("*.parquet"))
    kinds = ["quarantine" if "quarantine" in path.name else "events" for path in paths]
    return [
        Segment(f"{path.parent.name}/{path.name}", path, kind, path.stem.rpartition("-")[2])
        for path, kind in zip(paths, kinds, strict=True)
    ]


def told() -> list[Delivery]:
    """Two events of a process: the second is an echo of the first."""
    data = '{"expenseId":"e1","amount":{"decimal":"12.5","currencyCode":"EUR"}}'
    return [delivery(number, "expenses.expense_submitted", data) for number in (20, 21)]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A lake and the warehouse made from it, to be copied: segments of events and of quarantine, and a process."""
    folder, found = tmp_path_factory.mktemp("built"), deliveries()
    with open_build(folder / "build.duckdb", memory_limit="500MB", threads=1) as con:
        sealed = [segment(folder / "lake", part) for part in (found[:5], found[5:], told())]
        make(con, [*sealed, quarantine(folder / "lake")])
    return folder


@pytest.fixture
def home(tmp_path: Path, built: Path) -> Path:
    """A copy of it."""
    return shutil.copytree(built, tmp_path / "home")


@pytest.fixture
def lake(home: Path) -> list[Segment]:
    return segments_of(home)


@pytest.fixture
def con(home: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect(str(home / "build.duckdb")) as con:
        con.execute("set TimeZone = 'UTC'")
        yield con


def said(report: VerifyReport) -> set[tuple[str, str | None, str | None, str | None]]:
    """What is wrong and where."""
    return {(found.what, found.event_id, found.table, found.column) for found in report.findings}


def test_an_undamaged_warehouse_passes(con: duckdb.DuckDBPyConnection, lake: list[Segment]) -> None:
    """Where nothing is wrong, nothing is found, and every event was looked at."""
    report = verify(con, lake, sample=None)
    assert (report.findings, report.checked, report.events, report.delivered, report.segments) == ([], 11, 11, 13, 4)


def test_a_file_that_was_written_again_and_again_passes(home: Path, lake: list[Segment]) -> None:
    """However often DuckDB has written a view, it is the one that nacre makes."""
    for _ in range(2):
        with duckdb.connect(str(home / "build.duckdb")) as con:
            con.execute("insert into ops.publications values (now(), 2, 11)")
            assert said(verify(con, lake, sample=3)) == set()


def test_the_sample_is_bounded_the_same_each_time_and_of_every_name(
    con: duckdb.DuckDBPyConnection, lake: list[Segment]
) -> None:
    """A sample of three finds an event of each event_name and segment, each time the same."""
    looked = []
    for _ in range(2):
        report = verify(con, lake, sample=3)
        looked.append(con.execute("select event_id from sample order by all").fetchall())
        assert (report.findings, 3 <= report.checked <= 6) == ([], True)
    names = con.execute("select distinct event_name from core.events semi join sample using (event_id)").fetchall()
    assert (looked[0] == looked[1], len(names)) == (True, 3)


@pytest.mark.parametrize(("table", "column", "value"), shortened(CELLS, 4))
def test_a_changed_cell_is_named(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], table: str, column: str, value: str
) -> None:
    """A cell of any type that was changed by hand is found, with event, table and column, without its value."""
    position = "" if table == "paid" else " and position = 0"
    con.execute(f"update expenses.{table} set {column} = {value} where event_id = '{number(1)}'{position}")
    report = verify(con, lake, sample=None)
    found = {(one.event_id, one.table, one.column) for one in report.findings if one.table != "core.process_events"}
    assert (report.ok, {one[:2] for one in found}) == (False, {(number(1), f"expenses.{table}")})
    if column != '"position"':
        assert {name for *_, name in found} == {column.strip('"')}
    assert not any(value.strip("'") in repr(found) for found in report.findings if value == "'s9'")


@pytest.mark.parametrize(("damage", "findings"), shortened(DAMAGES, 4), ids=[damage[:60] for damage, _ in DAMAGES])
def test_a_damaged_table_is_named(
    con: duckdb.DuckDBPyConnection,
    lake: list[Segment],
    damage: str,
    findings: set[tuple[str, str | None, str | None, str | None]],
) -> None:
    """A row that is missing, too many, moved or forged, in a typed table or in the ledgers, is found and named."""
    con.execute(damage)
    assert said(verify(con, lake, sample=None)) == findings


@pytest.mark.parametrize(("damage", "finding"), shortened(BROKEN, 4), ids=[damage[:60] for damage, _ in BROKEN])
def test_whatever_the_file_holds_ends_with_findings(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], damage: str, finding: tuple[str, str | None, str | None]
) -> None:
    """Keys that are gone, an orphan, a path, type or NULL that nobody expects: it is named, and nothing raises."""
    con.execute(damage)
    for sample in (None, 3):
        assert finding in {(what, table, column) for what, _, table, column in said(verify(con, lake, sample=sample))}


def test_damage_of_the_lake_is_named(con: duckdb.DuckDBPyConnection, lake: list[Segment], tmp_path: Path) -> None:
    """A flipped bit, a missing segment and a foreign file are named; a new segment is only waiting."""
    content = bytearray(lake[0].path.read_bytes())
    content[len(content) // 2] ^= 1
    lake[0].path.write_bytes(content)
    lake[1].path.unlink()
    new = segment(tmp_path / "lake", [delivery(50, "expenses.paid", OTHER)])
    foreign = tmp_path / "lake" / "received_date=2026-09-21" / "notes.txt"
    report = verify(con, [lake[0], *lake[2:], new], sample=None, foreign=[foreign])
    told = {(found.segment, " ".join(found.what.split()[:3])) for found in report.findings}
    assert (report.waiting, report.checked, told) == (
        1,
        2,
        {
            (lake[0].name, "is damaged: its"),
            (lake[1].name, "was loaded, but"),
            ("received_date=2026-09-21/notes.txt", "is no segment:"),
        },
    )


def test_a_whole_segment_with_other_deliveries_is_named(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], tmp_path: Path
) -> None:
    """A segment whose name fits its content, but whose deliveries are not those that were loaded, is found."""
    forged = segment(tmp_path / "forged", [*deliveries()[:4], delivery(40, "expenses.paid", OTHER)])
    report = verify(con, [Segment(lake[0].name, forged.path, "events", forged.sha256_prefix), *lake[1:]], sample=None)
    old, new = lake[0].sha256_prefix, forged.sha256_prefix
    assert said(report) == {
        (f"has the bytes {forged.size}, the ledger says {lake[0].size}", None, "ops.segments", "bytes"),
        (f"has the sha256_prefix {new}, the ledger says {old}", None, "ops.segments", "sha256_prefix"),
        ("was not received: its segment in the lake does not hold it", number(4), "core.events", None),
        ("a delivery is neither event, nor duplicate, nor conflict with its data", number(40), None, None),
    }


def test_a_rewritten_segment_is_read_for_those_it_stands_for(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], tmp_path: Path
) -> None:
    """Between a compaction and the next build, the old segments' deliveries are found in the new one; others wait."""
    names, found = [one.name for one in lake[:2]], []
    for more in ([], [delivery(50, "expenses.paid", OTHER)]):
        merged = segment(tmp_path / "merged", [*deliveries(), *more])
        report = verify(
            con, [merged, *lake[2:]], sample=None, stands_for={merged.name: [*names, "received_date=2026-09-21/new"]}
        )
        found.append((report.findings, report.checked, report.waiting))
    assert found == [([], 11, 0), ([], 11, 1)]


def test_values_are_kept_apart_from_what_is_said(con: duckdb.DuckDBPyConnection, lake: list[Segment]) -> None:
    """What was expected and found is known, but is not part of what a finding says of itself."""
    con.execute(f"update expenses.paid set x_y = 'canary' where event_id = '{number(1)}'")
    (found,) = verify(con, lake, sample=None).findings
    assert (found.path, found.expected, found.found) == ("$['x']['y']", '"z"', "canary")
    assert "canary" not in repr(found) + found.where + found.what


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DATA, min_size=1, max_size=6), st.integers(1, 3))
@pytest.mark.thorough
def test_whatever_was_sent_passes(documents: Sequence[str], parts: int) -> None:
    """For data as odd as JSON allows, loaded in any batches, a warehouse that was built passes in full."""
    found = [delivery(at, "odd.thing", data) for at, data in enumerate(documents)]
    with TemporaryDirectory() as folder:
        path = Path(folder) / "build.duckdb"
        segments = [segment(Path(folder) / "lake", part) for at in range(parts) if (part := found[at::parts])]
        with open_build(path, memory_limit="500MB", threads=1) as con:
            for one in segments:
                make(con, [one])
        with duckdb.connect(str(path), read_only=True) as con:
            report = verify(con, segments, sample=None)
        assert (said(report), report.checked) == (set(), len(found))

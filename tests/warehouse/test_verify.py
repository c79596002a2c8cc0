"""nacre verify's library: a warehouse that says what the lake says passes, and each planted damage is named."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.short_form import shortened
from tests.warehouse.documents import DATA
from tests.warehouse.lakes import Delivery, build, delivery, segment
from warehouse.build import open_build
from warehouse.load import Segment
from warehouse.verify import VerifyReport, verify

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "3"))
PAID = (
    '{"amount":{"decimal":"10.10","currencyCode":"EUR"},"paid":true,"at":"2026-01-31T10:00:00+02:00",'
    '"day":"2026-01-31","n":7,"f":0.5,"tags":["a","b"],"x":{"y":"z"},'
    '"items":[{"sku":"s1","parts":[{"p":1},{"p":2}]},{"sku":"s2","parts":[{"p":3}]}]}'
)
OTHER = '{"amount":{"decimal":"3","currencyCode":"EUR"},"n":8,"items":[]}'


def deliveries() -> list[Delivery]:
    """Two event_names; a duplicate, a conflict, and an id delivered earlier than its winner of the first segment."""
    events = [delivery(number, "expenses.paid", PAID if number % 2 else OTHER) for number in range(6)]
    events += [delivery(number, "odd name", '{"a":"b","a":"c"}') for number in range(6, 9)]
    again = Delivery(events[1].id, events[1].event_name, events[1].body, events[1].received_at + 50_000_000)
    return [*events, again, delivery(70, "expenses.paid", OTHER, id_=events[1].id)]


@pytest.fixture
def lake(tmp_path: Path) -> list[Segment]:
    found = deliveries()
    return [segment(tmp_path / "lake", found[:5]), segment(tmp_path / "lake", found[5:])]


@pytest.fixture
def con(tmp_path: Path, lake: list[Segment]) -> duckdb.DuckDBPyConnection:
    con = open_build(tmp_path / "build.duckdb", memory_limit="500MB", threads=1)
    build(con, lake)
    return con


def said(report: VerifyReport) -> set[tuple[str, str | None, str | None, str | None]]:
    """What is wrong and where."""
    return {(found.what, found.event_id, found.table, found.column) for found in report.findings}


def number(at: int) -> str:
    return f"wh_{at:026d}"


def test_an_undamaged_warehouse_passes(con: duckdb.DuckDBPyConnection, lake: list[Segment]) -> None:
    """Where nothing is wrong, nothing is found, and every event was looked at."""
    report = verify(con, lake, sample=None)
    assert (report.findings, report.checked, report.events, report.delivered, report.segments) == ([], 9, 9, 11, 2)


def test_the_sample_is_bounded_the_same_each_time_and_of_every_name(
    con: duckdb.DuckDBPyConnection, lake: list[Segment]
) -> None:
    """A sample of two finds an event of each event_name and segment, each time the same."""
    looked = []
    for _ in range(2):
        report = verify(con, lake, sample=2)
        looked.append(con.execute("select event_id from sample order by all").fetchall())
        assert (report.findings, 2 <= report.checked <= 4) == ([], True)
    names = con.execute("select distinct event_name from core.events semi join sample using (event_id)").fetchall()
    assert (looked[0] == looked[1], len(names)) == (True, 2)


CELLS = [
    ("paid", '"amount_decimal"', "10.11"),
    ("paid", '"amount_currencyCode"', "'USD'"),
    ("paid", '"paid"', "false"),
    ("paid", '"at"', "\"at\" + interval 1 microsecond"),
    ("paid", '"day"', "date '2026-02-01'"),
    ("paid", '"n"', "70"),
    ("paid", '"f"', "0.25"),
    ("paid", '"tags"', "['b', 'a']"),
    ("paid", '"x_y"', "'Z'"),
    ("paid", '"paid"', "null"),
    ("paid", '"tags"', "null"),
    ("paid", '"company_id"', "'XYZ'"),
    ("paid", '"received_at"', "\"received_at\" + interval 1 microsecond"),
    ("paid__items", '"sku"', "'s9'"),
    ("paid__items", '"position"', "9"),
    ("paid__items__parts", '"p"', "4"),
    ("paid__items__parts", '"parent_position"', "1"),
]  # fmt: skip


@pytest.mark.parametrize(("table", "column", "value"), shortened(CELLS, 6))
def test_a_changed_cell_is_named(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], table: str, column: str, value: str
) -> None:
    """A cell of any type that was changed by hand is found, with event, table and column, without its value."""
    position = "" if table == "paid" else " and position = 0"
    con.execute(f"update expenses.{table} set {column} = {value} where event_id = '{number(1)}'{position}")
    report = verify(con, lake, sample=None)
    named = {(found.event_id, found.table) for found in report.findings}
    assert (report.ok, named) == (False, {(number(1), f"expenses.{table}")})
    if column != '"position"':
        assert {found.column for found in report.findings} == {column.strip('"')}
    assert not any(value.strip("'") in repr(found) for found in report.findings if value == "'s9'")


MOVED = (
    f"update expenses.paid__items set event_id = '{number(2)}', position = 0"
    f" where event_id = '{number(3)}' and position = 1"
)
DAMAGES: list[tuple[str, set[tuple[str, str | None, str | None, str | None]]]] = [
    (
        f"delete from expenses.paid where event_id = '{number(2)}'",
        {
            ("its row is missing", number(2), "expenses.paid", None),
            ("has 5 rows, ops.tables says 6", None, "expenses.paid", None),
        },
    ),
    (
        f"insert into expenses.paid select * from expenses.paid where event_id = '{number(2)}'",
        {
            ("its row is there twice", number(2), "expenses.paid", None),
            ("a row is there twice", number(2), "expenses.paid", None),
            ("has 7 rows, ops.tables says 6", None, "expenses.paid", None),
        },
    ),
    (
        "insert into expenses.paid (event_id) values ('wh_none')",
        {
            ("its row belongs to no event of this table", "wh_none", "expenses.paid", None),
            ("has 7 rows, ops.tables says 6", None, "expenses.paid", None),
        },
    ),
    (
        f"delete from expenses.paid__items where event_id = '{number(3)}' and position = 1",
        {
            ("its row 1 is missing", number(3), "expenses.paid__items", None),
            ("has 5 rows, ops.tables says 6", None, "expenses.paid__items", None),
        },
    ),
    (
        MOVED,
        {
            ("its row 1 is missing", number(3), "expenses.paid__items", None),
            ("its row 0 is not in the body", number(2), "expenses.paid__items", None),
        },
    ),
    (
        f"delete from ops.misfits where event_id = '{number(7)}'",
        {("its value is missing", number(7), "events.odd_name", None)},
    ),
    (
        f"""update ops.misfits set value = '"d"' where event_id = '{number(7)}'""",
        {
            ("its value is missing", number(7), "events.odd_name", None),
            ("is kept verbatim, but the body does not have it", number(7), "events.odd_name", None),
        },
    ),
    (
        "insert into ops.duplicates from ops.duplicates",
        {("delivered 6, but 7 events, duplicates and conflicts", None, None, None)},
    ),
    (
        "delete from ops.conflicts",
        {
            ("delivered 6, but 5 events, duplicates and conflicts", None, None, None),
            ("a delivery is neither event, nor duplicate, nor conflict with its data", number(1), None, None),
        },
    ),
    (
        "update ops.conflicts set winner_received_at = received_at",
        {("names another winner than the event that is there", number(1), "ops.conflicts", None)},
    ),
    (
        f"update core.event_store set company_id = 'XYZ' where event_id = '{number(8)}'",
        {
            ("differs from the body", number(8), "core.events", "company_id"),
            ("differs from the event", number(8), "events.odd_name", "company_id"),
        },
    ),
    (
        f"""update core.event_store set data = '{{"a":"b"}}' where event_id = '{number(8)}'""",
        {("differs from the body", number(8), "core.events", "data")},
    ),
    (
        f"insert into core.event_store select * from core.event_store where event_id = '{number(8)}'",
        {
            ("there are 2 events of this id", number(8), "core.events", None),
            ("delivered 6, but 7 events, duplicates and conflicts", None, None, None),
        },
    ),
    (
        "alter table expenses.paid drop column n",
        {
            ("is not there", None, "expenses.paid", "n"),
            *(("its value is missing", number(at), "expenses.paid", None) for at in range(6)),
        },
    ),
    (
        "drop table expenses.paid__items",
        {
            ("events of expenses.paid have no table", None, "expenses.paid__items", None),
            ("is not there", None, "expenses.paid__items", "sku"),
            *(("its value is missing", number(at), "expenses.paid", None) for at in (1, 3, 5)),
        },
    ),
    (
        "create table expenses.mine as select 1 as x",
        {("ops.tables does not know this table", None, "expenses.mine", None)},
    ),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "findings"), shortened(DAMAGES, 6), ids=[damage[:60] for damage, _ in DAMAGES])
def test_a_damaged_table_is_named(
    con: duckdb.DuckDBPyConnection,
    lake: list[Segment],
    damage: str,
    findings: set[tuple[str, str | None, str | None, str | None]],
) -> None:
    """A row that is missing, too many, moved or forged, in a typed table or in the ledgers, is found and named."""
    con.execute(damage)
    assert said(verify(con, lake, sample=None)) == findings


def test_damage_of_the_lake_is_named(con: duckdb.DuckDBPyConnection, lake: list[Segment], tmp_path: Path) -> None:
    """A flipped bit, a missing segment and a foreign file are named; a new segment is only waiting."""
    content = bytearray(lake[0].path.read_bytes())
    content[len(content) // 2] ^= 1
    lake[0].path.write_bytes(content)
    lake[1].path.unlink()
    new = segment(tmp_path / "lake", [delivery(50, "expenses.paid", OTHER)])
    foreign = tmp_path / "lake" / "received_date=2026-09-21" / "notes.txt"
    report = verify(con, [lake[0], new], sample=None, foreign=[foreign])
    told = {(found.segment, " ".join(found.what.split()[:3])) for found in report.findings}
    assert (report.waiting, report.checked, told) == (
        1,
        0,
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
    report = verify(con, [Segment(lake[0].name, forged.path, "events", forged.sha256_prefix), lake[1]], sample=None)
    assert said(report) == {
        ("was not received: its segment in the lake does not hold it", number(4), "core.events", None),
        ("a delivery is neither event, nor duplicate, nor conflict with its data", number(40), None, None),
    }


def test_a_rewritten_segment_is_read_for_those_it_stands_for(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], tmp_path: Path
) -> None:
    """Between a compaction and the next build, the old segments' deliveries are found in the new one; others wait."""
    names, told = [one.name for one in lake], []
    for more in ([], [delivery(50, "expenses.paid", OTHER)]):
        merged = segment(tmp_path / "merged", [*deliveries(), *more])
        report = verify(con, [merged], sample=None, stands_for={merged.name: [*names, "received_date=2026-09-21/new"]})
        told.append((report.findings, report.checked, report.waiting))
    assert told == [([], 9, 0), ([], 9, 1)]


def test_values_are_kept_apart_from_what_is_said(con: duckdb.DuckDBPyConnection, lake: list[Segment]) -> None:
    """What was expected and found is known, but is not part of what a finding says of itself."""
    con.execute(f"update expenses.paid set x_y = 'canary' where event_id = '{number(1)}'")
    (found,) = verify(con, lake, sample=None).findings
    assert (found.path, found.expected, found.found) == ("$['x']['y']", '"z"', "canary")
    assert "canary" not in repr(found) + found.where + found.what


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DATA, min_size=1, max_size=6), st.integers(1, 3))
def test_whatever_was_sent_passes(documents: Sequence[str], parts: int) -> None:
    """For data as odd as JSON allows, loaded in any batches, a warehouse that was built passes in full."""
    found = [delivery(at, "odd.thing", data) for at, data in enumerate(documents)]
    with TemporaryDirectory() as folder:
        con = open_build(Path(folder) / "build.duckdb", memory_limit="500MB", threads=1)
        segments = [segment(Path(folder) / "lake", part) for at in range(parts) if (part := found[at::parts])]
        for one in segments:
            build(con, [one])
        report = verify(con, segments, sample=None)
        con.close()
        assert (said(report), report.checked) == (set(), len(found))

"""Each id once, everything else accounted for, whatever the order in which segments are loaded."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from itertools import pairwise, permutations
from pathlib import Path
from random import Random

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.lakes import START, Delivery, build, contents, delivery, segment, warehouse
from warehouse import batches
from warehouse.build import open_build
from warehouse.load import Segment, load, pending

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "4"))

THIN = '{"expenseId": "e1"}'


def accounts(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """What was made of every delivery, without the segment, which depends on the batching."""
    return {
        "events": con.execute("select event_id, data, epoch_us(received_at) from core.events order by all").fetchall(),
        "duplicates": con.execute("select event_id, epoch_us(received_at) from ops.duplicates order by all").fetchall(),
        "conflicts": con.execute(
            "select event_id, data, epoch_us(received_at), epoch_us(winner_received_at) from ops.conflicts order by all"
        ).fetchall(),
    }


def test_a_duplicate_is_counted_and_a_conflict_is_kept(tmp_path: Path) -> None:
    """Of one id the first delivery is the event, an equal body a duplicate, another body a conflict with its data."""
    first = delivery(1, "a.b", '{"x": 1}')
    again = replace(first, received_at=START + 5_000_000)
    other = delivery(1, "a.b", '{"x": 2}', received_at=START + 7_000_000)
    con = warehouse(tmp_path, [again, other, first])
    assert accounts(con) == {
        "events": [(first.id, '{"x": 1}', START + 1_000_000)],
        "duplicates": [(first.id, START + 5_000_000)],
        "conflicts": [(first.id, '{"x": 2}', START + 7_000_000, START + 1_000_000)],
    }
    assert con.execute("select x from a.b").fetchall() == [(1,)]


@pytest.mark.thorough
def test_every_order_of_loads_gives_the_same_winner(tmp_path: Path) -> None:
    """A late segment with an earlier delivery takes the event's place, in core.events and in the typed table."""
    deliveries = [
        delivery(1, "a.b", '{"x": 1}'),
        delivery(1, "a.b", '{"x": "other"}', received_at=START + 2_000_000),
        replace(delivery(1, "a.b", '{"x": 1}'), received_at=START + 3_000_000),
    ]
    seen = []
    for number, order in enumerate(permutations(deliveries)):
        con = warehouse(tmp_path / str(number), *([one] for one in order))
        seen.append((accounts(con), con.execute("from a.b").fetchall(), con.execute("describe a.b").fetchall()))
        con.close()
    assert seen == [seen[0]] * 6
    assert seen[0][1] == [(deliveries[0].id, "ABC1234", datetime(1970, 1, 1, tzinfo=UTC), moment(START + 1_000_000), 1)]


def moment(microseconds: int) -> datetime:
    return datetime.fromtimestamp(microseconds / 1e6, UTC)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.data())
def test_redelivery_in_any_order_gives_one_warehouse(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Deliveries of few ids and bodies, in any order and batching, are accounted for in one way."""
    bodies = st.sampled_from(['{"x": 1}', '{"x": 2.5}', '{"y": "é"}', '{"x": null}'])
    chosen = data.draw(st.lists(st.tuples(st.integers(1, 3), bodies), min_size=1, max_size=8))
    ordered = [delivery(id_, "a.b", body, received_at=START + at) for at, (id_, body) in enumerate(chosen)]
    shuffled = data.draw(st.permutations(ordered))
    cut = data.draw(st.integers(0, len(shuffled)))
    once = warehouse(tmp_path_factory.mktemp("once"), ordered)
    often = warehouse(tmp_path_factory.mktemp("often"), shuffled[:cut], shuffled[cut:])
    assert accounts(often) == accounts(once)
    assert contents(often) == contents(once)
    delivered = sum(len(rows) for rows in accounts(once).values())
    assert delivered == len(ordered)


@pytest.mark.thorough
@pytest.mark.parametrize("seed", range(3))
def test_many_redeliveries_in_any_order_give_one_warehouse(tmp_path: Path, seed: int) -> None:
    """What a load finds in a history of many rows is right however many ids are delivered again, and give way."""
    choose = Random(seed)
    ids = [(choose.randrange(15_000), choose.randrange(3)) for _ in range(40_000)]
    ordered = [delivery(id_, "a.b", f'{{"x": {x}}}', received_at=START + at) for at, (id_, x) in enumerate(ids)]
    shuffled = choose.sample(ordered, len(ordered))
    cuts = sorted(choose.sample(range(len(shuffled)), 5))
    batches_of_both = [ordered], [shuffled[a:b] for a, b in pairwise([0, *cuts, len(shuffled)])]
    once, often = (warehouse(tmp_path / str(number), *each) for number, each in enumerate(batches_of_both))
    assert accounts(often) == accounts(once)
    assert contents(often) == contents(once)


@pytest.mark.parametrize(
    "body",
    [
        '{"data":{"x":1},"event_name":"a.b","id":"wh_1","company_id":"C"}',
        ' {"event_name":"a.b","id":"wh_1","company_id":"C","data" : {"x":1} }\n',
        '{"event_name":"a.b","id":"wh_1","company_id":"C","extra":{"data":{"x":2}},"data":{"x":1}}',
        '{"event_name":"a.b","id":"wh_1","company_id":"C","d\\u0061ta":{"x":1},"x\\"data":{"x":2}}',
        '{"event_name":"a.b","id":"wh_1","company_id":"C","data":{"x":1},"more":{"data":{"x":2}}}',
        '{"event_name":"a.b","id":"wh_1","company_id":"C","data":{"x":1} }\t ',
        '{"company_id":"é","event_name":"a.b","id":"wh_1","data":{"x":1}}',
    ],
)
def test_data_is_cut_out_of_any_body(tmp_path: Path, body: str) -> None:
    """`data` is the value of that member of the envelope, wherever it stands and however it is spelled."""
    con = warehouse(tmp_path, [Delivery("wh_1", "a.b", body.encode(), START)])
    assert con.execute("select data from core.events").fetchall() == [('{"x":1}',)]


def test_data_keeps_every_digit(tmp_path: Path) -> None:
    """core.events holds the text of `data` as it was sent, digits, spaces and order included."""
    text = '{ "b": 1.10, "a": 123456789012345678901234567890.123456789 , "e":1e400}'
    con = warehouse(tmp_path, [delivery(1, "a.b", text)])
    assert con.execute("select data from core.events").fetchall() == [(text,)]


@pytest.mark.parametrize(
    ("id_", "expected"),
    [
        ("wh_01J19XRFZ2Q4QBDC6CA461AGT7", datetime(2024, 6, 26, 9, 24, 21, 602000, tzinfo=UTC)),
        ("wh_01j19xrfz2q4qbdc6ca461agt7", datetime(2024, 6, 26, 9, 24, 21, 602000, tzinfo=UTC)),
        ("wh_01J19XRFZ2Q4QBDC6CA461AGTU", None),
        ("wh_81J19XRFZ2Q4QBDC6CA461AGT7", None),
        ("wh_7ZZZZZZZZZZZZZZZZZZZZZZZZZ", None),
        ("wh_1", None),
        ("wh_01J19XRFZ2Q4QBDC6CA461AGT70", None),
    ],
)
def test_the_clock_of_an_id_is_taken_only_if_it_parses(tmp_path: Path, id_: str, expected: datetime | None) -> None:
    """occurred_at is the ULID's time in milliseconds; where the id holds none, it is received_at."""
    con = warehouse(tmp_path, [delivery(1, "a.b", "{}", id_=id_)])
    assert con.execute("select occurred_at from core.events").fetchall() == [(expected or moment(START + 1_000_000),)]


def test_a_segment_that_is_named_twice_is_loaded_once(tmp_path: Path) -> None:
    """The same file, however often a caller lists it, holds its deliveries once."""
    one = segment(tmp_path / "lake", [delivery(1, "a.b", "{}")])
    with open_build(tmp_path / "build.duckdb") as con:
        report = load(con, [one, one])
        assert (report.delivered, report.events, report.duplicates) == (1, 1, 0)
        assert con.execute("select count(*) from ops.segments").fetchall() == [(1,)]


def test_a_damaged_segment_is_named_and_the_rest_loads(tmp_path: Path) -> None:
    """A flipped bit keeps a segment out, by name and with the reason; it loads once it is whole again."""
    good = segment(tmp_path, [delivery(1, "a.b", THIN)])
    bad = segment(tmp_path, [delivery(2, "a.b", THIN)])
    whole = bad.path.read_bytes()
    bad.path.write_bytes(whole[:100] + bytes([whole[100] ^ 1]) + whole[101:])
    con = open_build(tmp_path / "build.duckdb")
    report = load(con, [good, bad])
    assert (report.events, report.damaged) == (1, [bad.name])
    assert con.execute("select segment, status from ops.segments order by all").fetchall() == sorted(
        [(good.name, "loaded"), (bad.name, "damaged")]
    )
    assert pending(con, [good, bad]) == []
    bad.path.write_bytes(whole)
    assert pending(con, [good, bad]) == [bad]
    load(con, [good, bad])
    assert con.execute("select count(*) from core.events").fetchall() == [(2,)]


def test_a_file_that_is_no_segment_is_named_and_the_rest_loads(tmp_path: Path) -> None:
    """Content that is whole but no Parquet is reported as unreadable, and stops nothing else."""
    good = segment(tmp_path, [delivery(1, "a.b", THIN)])
    bad = segment(tmp_path, [delivery(2, "a.b", THIN)])
    bad.path.write_bytes(b"no parquet")
    bad = replace(bad, sha256_prefix=hashlib.sha256(b"no parquet").hexdigest()[:16])
    con = open_build(tmp_path / "build.duckdb")
    report = load(con, [good, bad])
    assert (report.events, report.damaged) == (1, [bad.name])


@pytest.mark.parametrize(
    "body",
    [
        b"no json",
        b"",
        b'{"event_name":"a.b"}',
        b'{"data":"\xed\xa0\x80"}',
        b'{"data":' + b"[" * 5000 + b"]" * 5000 + b"}",
    ],
)
def test_a_body_that_is_no_delivery_sets_its_segment_aside(tmp_path: Path, body: bytes) -> None:
    """One row that cannot be a delivery keeps its segment out, with the reason; those before and behind it load."""
    row = Delivery("wh_2", "a.b", body, START + 2_000_000)
    bad = segment(tmp_path, [delivery(3, "a.b", THIN, received_at=START + 1_500_000), row])
    good = [segment(tmp_path, [delivery(number, "a.b", THIN)]) for number in (1, 4)]
    con = open_build(tmp_path / "build.duckdb")
    report = load(con, [*good, bad])
    assert (report.events, report.damaged) == (2, [bad.name])
    assert con.execute("select deliveries, status from ops.segments order by all").fetchall() == [
        (0, "damaged"),
        (1, "loaded"),
        (1, "loaded"),
    ]
    assert pending(con, [*good, bad]) == []


def test_a_text_that_is_not_utf_8_sets_its_segment_aside(tmp_path: Path) -> None:
    """Parquet that says it holds text and does not never reaches the warehouse."""
    name = pa.array([b"a.\xff"], pa.binary()).view(pa.string())
    bad = sealed(tmp_path, rows(1).set_column(1, "event_name", name))
    report = load(open_build(tmp_path / "build.duckdb"), [bad])
    assert (report.events, report.damaged) == (0, [bad.name])


def test_a_segment_without_rows_is_loaded(tmp_path: Path) -> None:
    """A segment that holds nothing is whole; the ledger knows it."""
    empty, one = sealed(tmp_path, rows(1)[:0]), segment(tmp_path, [delivery(1, "a.b", THIN)])
    con = open_build(tmp_path / "build.duckdb")
    assert load(con, [empty]).damaged == []
    assert load(con, [empty, one]).events == 1
    assert con.execute("select deliveries, status from ops.segments order by all").fetchall() == [
        (0, "loaded"),
        (1, "loaded"),
    ]


def rows(count: int) -> pa.Table:
    """Deliveries as the lake holds them."""
    made = [delivery(number, "a.b", f'{{"x": {number}}}') for number in range(count)]
    return pa.table({
        "id": [one.id for one in made],
        "event_name": [one.event_name for one in made],
        "company_id": [one.company_id for one in made],
        "received_at": pa.array([one.received_at for one in made], pa.timestamp("us")),
        "body": pa.array([one.body for one in made], pa.binary()),
    })  # fmt: skip


def sealed(folder: Path, table: pa.Table) -> Segment:
    """A segment of these rows, the columns' types as they are."""
    path = folder / "received_date=2026-09-21" / f"1-sealed-{table.num_rows}.parquet"
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(table, path)
    digest = hashlib.sha256(path.read_bytes()).hexdigest()[:16]
    return Segment(f"{path.parent.name}/{path.name}", path, "events", digest)


@pytest.mark.parametrize("limits", [(1, 10_000, 256), (96 * 2**20, 2, 1), (96 * 2**20, 10_000, 2)])
def test_batches_do_not_matter(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, limits: tuple[int, int, int]) -> None:
    """Each segment in a batch of its own, two in each, or all at once: the same is made of them."""
    deliveries = [delivery(1, "a.b", f'{{"x": {at // 2}}}', received_at=START + at) for at in range(6)]
    segments = [segment(tmp_path / "lake", [one, delivery(at + 2, "c.d", THIN)]) for at, one in enumerate(deliveries)]
    once = open_build(tmp_path / "once.duckdb")
    load(once, segments)
    for name, limit in zip(("MAX_BYTES", "MAX_SEGMENTS", "SMALL_SEGMENTS"), limits, strict=True):
        monkeypatch.setattr(batches, name, limit)
    often = open_build(tmp_path / "often.duckdb")
    report = load(often, segments[::-1])
    assert (report.delivered, report.events, report.duplicates, report.conflicts) == (12, 7, 1, 4)
    assert accounts(often) == accounts(once)


def test_more_rows_than_are_decoded_at_once_keep_their_bodies(tmp_path: Path) -> None:
    """A large segment beside small ones: each event has its own data, also where it had to be cut one by one."""
    table = rows(20_000)
    odd = [f'{{"d\\u0061ta":{{"x": {number}}}}}'.encode() for number in range(20_000)]
    bodies = [odd[at] if at % 1000 == 0 else body.as_py() for at, body in enumerate(table.column("body"))]
    large = sealed(tmp_path, table.set_column(4, "body", pa.array(bodies, pa.binary())))
    small = [segment(tmp_path, [delivery(number, "a.c", f'{{"x": {number}}}')]) for number in (20_001, 20_002)]
    con = open_build(tmp_path / "build.duckdb")
    assert load(con, [small[0], large, small[1]]).events == 20_002
    wrong = "select count(*) from core.events where (data->>'x')::bigint <> right(event_id, 26)::bigint"
    assert con.execute(wrong).fetchall() == [(0,)]


def test_names_that_meet_are_told_apart_by_the_first_event(tmp_path: Path) -> None:
    """Two event_names that ask for one table: the later first event gets `_2`, also when it was loaded first."""
    early, late = delivery(1, "a.b-c", '{"x": 1}'), delivery(2, "a.b_c", '{"x": "two"}')
    con = open_build(tmp_path / "build.duckdb")
    build(con, [segment(tmp_path, [late])])
    build(con, [segment(tmp_path, [early])])
    tables = con.execute("select event_name, schema_name, table_name from ops.tables order by all").fetchall()
    assert tables == [("a.b-c", "a", "b_c"), ("a.b_c", "a", "b_c_2")]
    assert con.execute("select x from a.b_c").fetchall() == [(1,)]
    assert con.execute("select x from a.b_c_2").fetchall() == [("two",)]


def test_a_schema_is_spelled_as_by_its_first_event(tmp_path: Path) -> None:
    """Also when another spelling, which DuckDB takes for the same, was loaded first."""
    early, late = delivery(1, "Odd.x", '{"a": [{"b": 1}]}'), delivery(2, "odd.y", '{"a": [{"b": 2}]}')
    con = open_build(tmp_path / "build.duckdb")
    build(con, [segment(tmp_path, [late])])
    build(con, [segment(tmp_path, [early])])
    made = "select schema_name, table_name from duckdb_tables() where schema_name ilike 'odd' order by all"
    assert con.execute(made).fetchall() == [("Odd", "x"), ("Odd", "x__a"), ("Odd", "y"), ("Odd", "y__a")]
    assert con.execute("select schema_name, table_name from ops.tables order by all").fetchall() == (
        con.execute(made).fetchall()
    )


@pytest.mark.parametrize(
    ("event_name", "table"),
    [
        ("expenses.expense_approved", "expenses.expense_approved"),
        ("company_settings_changed", "events.company_settings_changed"),
        ("a.b.c", "a.b_c"),
        ("core.x", "core_events.x"),
        ("Main.x", "Main_events.x"),
        ("company_ABC1234.x", "company_ABC1234_events.x"),
        ("Warehouse_views.x", "Warehouse_views_events.x"),
        ("company.x", "company.x"),
        ("live.x", "live.x"),
        ("système.é", "syst_me._"),
        (".", "_._"),
        ("select.from", "select.from"),
    ],
)
def test_an_event_name_names_its_table(tmp_path: Path, event_name: str, table: str) -> None:
    """The table of an event_name is found by the rule of the contract."""
    con = warehouse(tmp_path, [delivery(1, event_name, '{"x": 1}')])
    ((schema_name, table_name),) = con.execute("select schema_name, table_name from ops.tables").fetchall()
    assert f"{schema_name}.{table_name}" == table
    assert con.execute(f'select x from "{schema_name}"."{table_name}"').fetchall() == [(1,)]

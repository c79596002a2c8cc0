"""Each id once, everything else accounted for, whatever the order in which segments are loaded."""

from __future__ import annotations

import hashlib
import os
from dataclasses import replace
from datetime import UTC, datetime
from itertools import permutations
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.lakes import START, Delivery, build, contents, delivery, segment, warehouse
from warehouse.build import open_build
from warehouse.load import load, pending

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "8"))

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


@pytest.mark.parametrize(
    ("event_name", "table"),
    [
        ("expenses.expense_approved", "expenses.expense_approved"),
        ("company_settings_changed", "events.company_settings_changed"),
        ("a.b.c", "a.b_c"),
        ("core.x", "core_events.x"),
        ("Main.x", "Main_events.x"),
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

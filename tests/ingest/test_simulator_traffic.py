"""Simulated traffic: the same for a seed, shaped as the source's, as untidy as a network."""

import gzip
import hashlib
import json
import os
import re
import shutil
import subprocess
import sys
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.envelope import parse
from ingest.simulator import UNTIL, Traffic, WriteReport, write_ndjson
from ingest.simulator.clock import ALPHABET, OpaqueIds, datetime_of, iso, milliseconds_of, ulid

EXPENSE_KEYS = {
    "expenseId",
    "name",
    "description",
    "amount",
    "category",
    "incurredOn",
    "submittedAt",
    "reviewState",
    "reviewedAt",
    "reason",
    "receiptAmount",
    "receiptUrl",
    "engagement",
    "source",
}
MOMENTS = st.integers(0, 7_000_000_000_000_000).map(
    lambda us: datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=us)
)


def bodies(events: int, seed: int = 0, **period: Any) -> list[bytes]:
    """All bodies of a traffic, in the order of delivery."""
    return [body for day in Traffic(events, seed, **period).bodies() for body in day]


def clock_of(event_id: str) -> datetime:
    """The sender's clock in an id, decoded letter by letter."""
    milliseconds = 0
    for letter in event_id[3:13]:
        milliseconds = milliseconds * 32 + ALPHABET.index(letter)
    return datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=milliseconds)


def amounts_in(value: Any) -> list[dict[str, Any]]:
    """Every object that holds a `decimal`, however deep."""
    if isinstance(value, list):
        return [found for item in value for found in amounts_in(item)]
    if isinstance(value, dict):
        own = [value] if "decimal" in value else []
        return own + [found for item in value.values() for found in amounts_in(item)]
    return []


@pytest.mark.parametrize("events", [0, 1, 7, 1000, 5000])
def test_there_are_as_many_distinct_ids_as_asked_for(events: int) -> None:
    """`events` counts facts: repeated deliveries come on top of them."""
    assert len({parse(body).id for body in bodies(events)}) == events


def test_a_seed_gives_the_same_bytes_in_any_process(tmp_path: Path) -> None:
    """Neither the time zone nor the hash seed of a process reaches the bytes; another seed gives others."""
    code = "import sys; from ingest.simulator import write_ndjson; write_ndjson('-', 800, int(sys.argv[1]))"
    outputs = [
        subprocess.run(
            [sys.executable, "-c", code, seed],
            env=os.environ | {"PYTHONHASHSEED": hash_seed, "TZ": zone},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed, hash_seed, zone in (("4", "1", "UTC"), ("4", "2", "Asia/Tokyo"), ("5", "1", "UTC"))
    ]
    write_ndjson(tmp_path / "here.ndjson", 800, 4)
    assert outputs[0] == outputs[1] == (tmp_path / "here.ndjson").read_bytes()
    assert outputs[0] != outputs[2]


def test_every_line_is_a_valid_envelope() -> None:
    """Each line is JSON to more than one parser, with the envelope's four keys and nothing else."""
    for body in bodies(4000, 3):
        told = json.loads(body)
        envelope = parse(body)
        assert (envelope.event_name, envelope.id, envelope.company_id) == tuple(told[key] for key in list(told)[:3])
        assert list(told) == ["event_name", "id", "company_id", "data"]


def test_names_hold_what_no_one_expects() -> None:
    """Both namespaces of expenses, unknown verbs, unknown namespaces, and a name without a dot are there."""
    names = Counter(parse(body).event_name for body in bodies(20_000))
    verbs = ("created", "submitted", "updated", "approved", "declined", "reimbursed", "deleted", "flagged")
    requests = ("submitted", "approved", "rejected", "cancelled")
    assert set(names) == {
        *(f"expenses.expense_{verb}" for verb in verbs),
        *(f"expense.expense_{verb}" for verb in verbs),
        *(f"time_off.time_off_request_{verb}" for verb in requests),
        *(f"engagements.engagement_{verb}" for verb in ("created", "updated", "terminated")),
        *(f"payroll.payroll_{verb}" for verb in ("created", "approved", "paid")),
        "benefits.enrollment_window_opened",
        "company_settings_changed",
    }


def test_repeated_deliveries_carry_the_same_body() -> None:
    """Two in a hundred events are delivered twice, byte for byte the same."""
    everything = bodies(20_000)
    by_id = Counter(parse(body).id for body in everything)
    assert 0.016 < sum(count - 1 for count in by_id.values()) / 20_000 < 0.024
    assert len(set(everything)) == len(by_id) == 20_000


@pytest.mark.thorough
def test_echoes_repeat_an_event_under_another_id_within_seconds() -> None:
    """The company with two applications is told everything twice: same name, same data, other id, at once."""
    unique = {parse(body).id: json.loads(body) for body in bodies(20_000)}
    alike: dict[str, list[datetime]] = {}
    for event in unique.values():
        key = json.dumps([event["event_name"], event["company_id"], event["data"]])
        alike.setdefault(key, []).append(clock_of(event["id"]))
    pairs = [sorted(clocks) for key, clocks in alike.items() if len(clocks) == 2 and "company_settings" not in key]
    near = [later - earlier for earlier, later in pairs if later - earlier <= timedelta(seconds=4)]
    assert 0.01 < len(near) / 20_000 < 0.06
    assert all(gap > timedelta(minutes=5) for gap in (b - a for a, b in pairs) if gap > timedelta(seconds=4))


@pytest.mark.thorough
def test_deliveries_come_late_and_out_of_order() -> None:
    """Most deliveries follow the sender's clock; some come behind younger ones, a few by hours."""
    clocks = [clock_of(parse(body).id) for body in bodies(20_000)]
    newest, late, disordered = clocks[0], 0, 0
    for clock in clocks:
        disordered += clock < newest
        late += clock < newest - timedelta(hours=1)
        newest = max(newest, clock)
    assert 0.01 < disordered / len(clocks) < 0.15
    assert 0.002 < late / len(clocks) < 0.03


def test_the_period_ends_when_it_is_told_to() -> None:
    """No clock lies outside the period; the default one ends at a fixed instant."""
    clocks = [clock_of(parse(body).id) for body in bodies(3000)]
    assert UNTIL - timedelta(days=181) < min(clocks) < max(clocks) <= UNTIL
    until = datetime(2030, 2, 28, 9, 30, 1, 5000, tzinfo=UTC)
    moved = [clock_of(parse(body).id) for body in bodies(3000, until=until, days=10)]
    assert until - timedelta(days=10) < min(moved) < max(moved) <= until
    assert max(moved) > until - timedelta(days=1)


def test_rich_data_is_shaped_as_the_sources_objects() -> None:
    """Rich expenses hold only known keys, amounts are money objects everywhere, payrolls have eight totals a record."""
    currencies, records = set(), 0
    for body in bodies(20_000, 2):
        event = json.loads(body)
        data = event["data"]
        for amount in amounts_in(data):
            assert set(amount) == {"decimal", "currencyCode"}
            assert re.fullmatch(r"\d+([.]\d+)?", amount["decimal"])
        if "expense_" in event["event_name"] and "amount" in data:
            assert set(data) <= EXPENSE_KEYS
            currencies.add(data["receiptAmount"]["currencyCode"] == data["amount"]["currencyCode"])
        for record in data.get("records", []):
            records += 1
            assert sum(key.endswith("TotalAmount") for key in record) == 8
    assert currencies == {True, False}
    assert records > 100


@pytest.mark.thorough
def test_rich_data_never_tells_the_future() -> None:
    """An expense is shown as it stood at its step: no submission or review in it is younger than the event."""
    for body in bodies(20_000, 6):
        event = json.loads(body)
        if ".expense_" in event["event_name"]:
            told = [event["data"][key] for key in ("submittedAt", "reviewedAt") if key in event["data"]]
            assert all(datetime.fromisoformat(moment) <= clock_of(event["id"]) for moment in told)


def test_thin_data_spells_the_id_in_every_known_way() -> None:
    """Every place where the id of an expense may stand is used."""
    shapes = {
        re.sub(r'"[0-9a-z]{8}"', "#", json.dumps(json.loads(body)["data"]))
        for body in bodies(20_000)
        if b".expense_" in body and b"amount" not in body
    }
    assert shapes == {
        '{"expenseId": #}',
        '{"expense_id": #}',
        '{"expense": {"expenseId": #}}',
        '{"expense": {"id": #}}',
        '{"id": #}',
    }


def test_a_compressed_file_is_the_same_every_time(tmp_path: Path) -> None:
    """`.gz` carries neither a name nor a time, and holds the very lines of the plain file."""
    reports = [write_ndjson(tmp_path / name, 600, 1) for name in ("a.ndjson", "b.ndjson.gz", "c.ndjson.gz")]
    plain, packed, again = ((tmp_path / name).read_bytes() for name in ("a.ndjson", "b.ndjson.gz", "c.ndjson.gz"))
    assert gzip.decompress(packed) == plain
    assert packed[3:8] == bytes(5)  # neither a name's flag nor a time
    assert hashlib.sha256(packed).digest() == hashlib.sha256(again).digest()
    assert {(r.events, r.deliveries, r.bytes) for r in reports} == {(600, plain.count(b"\n"), len(plain))}


@pytest.mark.thorough
def test_several_processes_write_the_same_bytes(tmp_path: Path) -> None:
    """Who makes which block of days does not show, and ids of different blocks are never the same."""
    reports = [write_ndjson(tmp_path / f"{n}.ndjson", 60_000, 9, processes=n) for n in (1, 3)]
    alone, together = ((tmp_path / f"{n}.ndjson").read_bytes() for n in (1, 3))
    assert together == alone
    assert reports[0] == reports[1] == WriteReport(60_000, alone.count(b"\n"), len(alone))
    events = {event["id"]: event for event in map(json.loads, alone.splitlines())}
    created = [event["data"] for event in events.values() if event["event_name"] == "expenses.expense_created"]
    ids = [data["expenseId"] for data in created if "amount" in data]
    assert len(events) == 60_000
    assert max(Counter(ids).values()) <= 2  # twice where the company's events are told by two applications


def test_a_maker_that_dies_is_an_error_not_a_short_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a process ends before its blocks are made, the traffic is broken off with a sentence."""
    monkeypatch.setattr(sys, "executable", shutil.which("false"))
    with pytest.raises(RuntimeError, match="the process that makes block 0 of this traffic ended"):
        write_ndjson(tmp_path / "out.ndjson", 60_000, processes=2)


@pytest.mark.thorough
def test_who_stops_reading_leaves_no_process_behind() -> None:
    """The processes that make a traffic end with its reader, though they had more to make."""
    days = Traffic(125_000, 2).bodies(processes=2)
    next(days)
    before = children()
    days.close()
    assert (len(before), children()) == (2, [])


def children() -> list[str]:
    """The processes of this one that make traffic."""
    command = ["ps", "-o", "args=", "--ppid", str(os.getpid())]
    listed = subprocess.run(command, capture_output=True, text=True, check=False).stdout
    return [line for line in listed.splitlines() if "ingest.simulator.worker" in line]


def test_progress_adds_up_to_the_deliveries(tmp_path: Path) -> None:
    """Progress is told of every line that was written."""
    seen: list[int] = []
    report = write_ndjson(tmp_path / "out.ndjson", 500, progress=seen.append)
    assert sum(seen) == report.deliveries


def test_a_period_that_cannot_be_is_refused() -> None:
    """Fewer than no events, or a period without a day, is refused in a sentence."""
    with pytest.raises(ValueError, match="cannot simulate -1 events"):
        Traffic(-1)
    with pytest.raises(ValueError, match="in 0 days"):
        Traffic(1, days=0)


@given(moment=MOMENTS, entropy=st.integers(0, 2**80 - 1))
def test_ulids_hold_their_clock_and_their_chance(moment: datetime, entropy: int) -> None:
    """A ULID read letter by letter gives back the milliseconds and the 80 bits it was made of."""
    milliseconds = milliseconds_of(moment)
    text = ulid(milliseconds, entropy)
    value = 0
    for letter in text:
        value = value * 32 + ALPHABET.index(letter)
    assert (len(text), value) == (26, (milliseconds << 80) + entropy)


@given(moment=MOMENTS)
def test_iso_texts_are_the_moments(moment: datetime) -> None:
    """The fast ISO text of a moment reads back as that moment, in whole milliseconds."""
    whole = moment.replace(microsecond=moment.microsecond // 1000 * 1000)
    milliseconds = milliseconds_of(moment)
    assert (datetime.fromisoformat(iso(milliseconds)), datetime_of(milliseconds)) == (whole, whole)


def test_opaque_ids_are_distinct() -> None:
    """No id is given twice."""
    ids = OpaqueIds(123)
    made = [ids.next() for _ in range(50_000)]
    assert len(set(made)) == 50_000
    assert all(re.fullmatch(r"[0-9a-hjkmnp-tv-z]{8}", name) for name in made)

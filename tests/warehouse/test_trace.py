"""nacre trace's library: one id, from each delivery to each row."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.lakes import START, Delivery, delivery, segment
from warehouse.build import open_build
from warehouse.load import Segment, load
from warehouse.rebuild import make
from warehouse.trace import trace

PAID = "expenses.expense_approved"
RICH = '{"expenseId":"e1","amount":{"decimal":"much","currencyCode":"EUR"},"items":[{"sku":"a"},{"sku":"b"}]}'


def at(seconds: int) -> datetime:
    return datetime.fromtimestamp(START // 1_000_000 + seconds, UTC)


FIRST = delivery(1, PAID, RICH)
ECHO = delivery(3, PAID, RICH)
CONFLICT = delivery(4, PAID, "{}", id_=FIRST.id)
DUPLICATE = Delivery(FIRST.id, PAID, FIRST.body, FIRST.received_at + 5_000_000)
LATER = Delivery(FIRST.id, PAID, FIRST.body, FIRST.received_at + 9_000_000)
UNKNOWN = "wh_unknown"


@pytest.fixture
def lake(tmp_path: Path) -> list[Segment]:
    folder = tmp_path / "lake"
    return [segment(folder, part) for part in ([delivery(0, PAID, "{}"), FIRST], [ECHO, CONFLICT, DUPLICATE], [LATER])]


@pytest.fixture
def con(tmp_path: Path, lake: list[Segment]) -> duckdb.DuckDBPyConnection:
    con = open_build(tmp_path / "build.duckdb", memory_limit="500MB", threads=1)
    make(con, lake[:2])
    return con


def test_an_event_is_followed_from_its_deliveries_to_its_rows(
    con: duckdb.DuckDBPyConnection, lake: list[Segment]
) -> None:
    """Deliveries with segment, position and body, the event, its rows in every table, misfits and echoes are told."""
    found = trace(con, lake, FIRST.id)
    assert [asdict(one) for one in found.deliveries] == [
        _told(lake[0], 1, "event", 1, FIRST),
        _told(lake[1], 4, "conflict", 1, CONFLICT),
        _told(lake[1], 6, "duplicate", 2, DUPLICATE),
        _told(lake[2], 10, "waiting", 0, LATER),
    ]
    keys = {"event_id": FIRST.id, "company_id": "ABC1234", "occurred_at": found.event and found.event["occurred_at"]}
    money = {"amount_decimal": None, "amount_currencyCode": "EUR"}
    assert found.rows == {
        PAID: [keys | {"received_at": at(1), "expenseId": "e1"} | money],
        f"{PAID}__items": [{"event_id": FIRST.id, "position": place, "sku": sku} for place, sku in enumerate("ab")],
    }
    path = "$['amount']['decimal']"
    assert found.misfits == [{"table": PAID, "column_name": "amount_decimal", "json_path": path, "value": '"much"'}]
    assert [(one["is_echo"], one["echo_of"], one["also"]) for one in found.processes] == [(False, FIRST.id, [ECHO.id])]
    assert found.event is not None
    assert (found.event["event_name"], found.event["received_at"], found.event["segment"]) == (
        PAID,
        at(1),
        lake[0].name,
    )


def _told(one: Segment, seconds: int, became: str, position: int, sent: Delivery) -> dict[str, Any]:
    return {
        "segment": one.name,
        "received_at": at(seconds),
        "became": became,
        "position": position,
        "body": sent.body.decode(),
    }


def test_a_delivery_that_the_lake_has_no_more_is_told_without_its_body(
    con: duckdb.DuckDBPyConnection, lake: list[Segment]
) -> None:
    """Where a segment is gone, its delivery is named all the same."""
    lake[0].path.unlink()
    first = trace(con, lake[1:2], FIRST.id).deliveries[0]
    assert (first.segment, first.became, first.position, first.body) == (lake[0].name, "event", None, None)


def test_a_segment_that_cannot_be_read_is_named(con: duckdb.DuckDBPyConnection, lake: list[Segment]) -> None:
    """One that waits, one that is built and one that a build has set aside: all else of the id is told."""
    for one in lake[1:]:
        one.path.write_bytes(b"")
    reason = "its content has the hash e3b0c44298fc1c14, not the one in its name"
    told = [("event", 1, FIRST.body.decode()), ("conflict", None, None), ("duplicate", None, None)]
    for _ in range(2):
        found = trace(con, lake, FIRST.id)
        assert [(one.became, one.position, one.body) for one in found.deliveries] == told
        assert found.unread == {one.name: reason for one in lake[1:]}
        assert load(con, lake[2:]).delivered == 0


def test_a_rewritten_segment_holds_the_deliveries_of_those_it_stands_for(
    con: duckdb.DuckDBPyConnection, lake: list[Segment], tmp_path: Path
) -> None:
    """After a compaction the bodies are found in the new segment."""
    merged = segment(tmp_path / "merged", [FIRST, ECHO, CONFLICT, DUPLICATE, delivery(0, PAID, "{}")])
    found = trace(con, [merged], FIRST.id, {merged.name: [one.name for one in lake[:2]]})
    assert [(one.segment, one.became, one.position) for one in found.deliveries] == [
        (merged.name, "event", 0),
        (merged.name, "conflict", 2),
        (merged.name, "duplicate", 3),
    ]


def test_quarantine_that_names_the_id_is_told(con: duckdb.DuckDBPyConnection, lake: list[Segment]) -> None:
    """An id that stands in an unusable body only is known by it; an id that stands nowhere is not known."""
    con.execute(
        "insert into ops.quarantine values ('q1', timestamptz '2026-01-01 00:00:00Z', 'not_json', '', ?, 's')",
        [b'{"id":"wh_broken\xff'],
    )
    found = trace(con, lake, "wh_broken")
    assert [(one["quarantine_id"], one["body"]) for one in found.quarantine] == [("q1", '{"id":"wh_broken\\xff')]
    assert (found.known, trace(con, lake, UNKNOWN).known) == (True, False)

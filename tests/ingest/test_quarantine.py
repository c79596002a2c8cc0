"""Quarantined deliveries go down the same path again: after edits, once, and never without a dry run's word."""

from pathlib import Path

import pyarrow.parquet as pq
import pytest

from ingest.lake import Lake, QuarantineRow
from ingest.quarantine import Quarantined, Replayed, UnknownQuarantined, UnusableEdit, damaged, listing, replay, show

AT = 1_795_435_200_000_000
NAMELESS = b'{"id":"wh_1","company_id":"c","data":{"n":1.000000000000000000001, "m" : 1e400}}'
WHOLE = b'{"event_name":"a.b","id":"wh_2","company_id":"c","data":{}}'


@pytest.fixture
def lake(tmp_path: Path) -> Lake:
    lake = Lake(tmp_path)
    rows = [QuarantineRow(f"q-{n}", AT + n, "r", "d", body) for n, body in enumerate((NAMELESS, WHOLE, b"\xff{"))]
    lake.write_quarantine(rows, "w")
    return lake


def stored(lake: Lake) -> list[tuple[str, str, bytes]]:
    rows = [row for segment in lake.segments() for row in pq.read_table(segment.path, partitioning=None).to_pylist()]
    return [(row["id"], row["event_name"], row["body"]) for row in rows]


def test_listing_and_show(lake: Lake) -> None:
    """Every quarantined delivery is listed whole, and one is found by its id."""
    segment = lake.segments("quarantine")[0].name
    bodies = enumerate((NAMELESS, WHOLE, b"\xff{"))
    everything = [Quarantined(f"q-{n}", AT + n, "r", "d", body, segment) for n, body in bodies]
    assert list(listing(lake)) == everything
    assert show(lake, "q-1") == everything[1]
    with pytest.raises(UnknownQuarantined, match="q-9"):
        show(lake, "q-9")


def test_replay_is_idempotent(lake: Lake) -> None:
    """What is valid by now is stored once, however often it is replayed; the rest stays refused."""
    first, second = list(replay(lake)), list(replay(lake))
    assert [one.outcome for one in first] == ["refused", "accepted", "refused"]
    assert [one.outcome for one in second] == ["refused", "already", "refused"]
    assert stored(lake) == [("wh_2", "a.b", WHOLE)]


def test_replay_with_edits_keeps_the_rest(lake: Lake) -> None:
    """An assumed part of the envelope is added; the data keeps its very bytes."""
    edited = b'{"id":"wh_1","company_id":"c","data":{"n":1.000000000000000000001, "m" : 1e400},"event_name":"a.c"}'
    would = list(replay(lake, ["q-0"], {"event_name": "a.c"}, dry_run=True))
    assert (would, stored(lake)) == ([Replayed("q-0", "accepted", "wh_1", "", edited)], [])
    assert list(replay(lake, ["q-0"], {"event_name": "a.c"})) == would
    assert stored(lake) == [("wh_1", "a.c", edited)]


def test_replay_keeps_the_receipt_time(lake: Lake) -> None:
    """A replayed delivery lies in the partition of the day it came."""
    list(replay(lake, ["q-1"]))
    assert lake.segments()[0].received_date == lake.segments("quarantine")[0].received_date


def test_replay_with_an_encoding(tmp_path: Path) -> None:
    """A body in another encoding is stored as UTF-8 when the encoding is assumed."""
    lake = Lake(tmp_path)
    body = WHOLE.replace(b"a.b", "é".encode("latin-1"))
    lake.write_quarantine([QuarantineRow("q", AT, "not_utf8", "d", body)], "w")
    assert [one.outcome for one in replay(lake, None, {"encoding": "latin-1"})] == ["accepted"]
    assert stored(lake) == [("wh_2", "é", WHOLE.replace(b"a.b", "é".encode()))]


def test_only_the_envelope_can_be_assumed(lake: Lake) -> None:
    """An edit of anything else is refused before anything is written."""
    with pytest.raises(UnusableEdit, match="data cannot be assumed"):
        replay(lake, None, {"data": "{}"})


def test_damaged_quarantine_is_named(lake: Lake) -> None:
    """A quarantine segment that changed is named, and nothing of it is listed."""
    segment = lake.segments("quarantine")[0]
    segment.path.write_bytes(segment.path.read_bytes()[:-1])
    assert (list(listing(lake)), [one.name for one in damaged(lake)]) == ([], [segment.name])

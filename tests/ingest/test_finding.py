"""What an erasure finds: by id, or by a value at a place, in every delivery that could hold it."""

from pathlib import Path

import pytest

from ingest.lake import EventRow, Lake, QuarantineRow
from ingest.lake.blocked import Blocked, blocked, drop, keeper
from ingest.lake.compaction import compact, plan
from ingest.lake.erasures import Erasure, begin, end, erasures, hashed
from ingest.lake.finding import ById, ByValue, Criterion, Found, find

AT = 1_795_000_000_000_000


def event(name: str, data: str, at: int = 0) -> EventRow:
    return EventRow(name, "a.b", "C1", AT + at, b'{"id":"%s","data":%s}' % (name.encode(), data.encode()))


def looked_up(lake: Lake, criterion: Criterion) -> Found:
    return find(lake, criterion, lambda _done, _total: None)


PLACES = [
    ('{"p":{"mail":"a@b"}}', ("p", "mail"), "a@b", True),
    ('{"p":{"mail":"a@bc"}}', ("p", "mail"), "a@b", False),
    ('{"q":{"mail":"a@b"}}', ("p", "mail"), "a@b", False),
    ('{"l":[{"k":1},{"k":"x"}]}', ("l", None, "k"), "x", True),
    ('{"l":["y","x"]}', ("l", None), "x", True),
    ('{"n":1.10}', ("n",), "1.10", True),
    ('{"n":123456789012345678901234567890}', ("n",), "123456789012345678901234567890", True),
    ('{"n":1}', ("n",), "1.0", False),
    ('{"t":true}', ("t",), "true", True),
    ('{"s":"\\u0041d\\u00e4"}', ("s",), "Adä", True),
    ('{"k":"first","k":"second"}', ("k",), "first", True),
    ('{"k":{"a":"x"}}', ("k",), "x", False),
]


@pytest.mark.parametrize(("data", "steps", "value", "meant"), PLACES)
def test_a_value_at_a_place(data: str, steps: tuple[str | None, ...], value: str, meant: bool) -> None:
    """A leaf is compared as text, with its digits as sent, behind escapes, in arrays, and under a repeated key."""
    assert ByValue(steps, value).look("wh_1", event("wh_1", data).body).meant is meant


def test_one_delivery_means_all_of_its_id(tmp_path: Path) -> None:
    """An id that is meant by one delivery is erased with its conflicts and duplicates, wherever they lie."""
    lake = Lake(tmp_path)
    lake.write_events([event("wh_1", '{"m":"x"}'), event("wh_2", '{"m":"y"}', 1)], "w1")
    lake.write_events([event("wh_1", '{"m":"z"}', 2)], "w2")
    lake.write_events([event("wh_3", '{"m":"z"}', 3)], "w3")
    found = looked_up(lake, ByValue(("m",), "x"))
    assert (found.event_ids, found.deliveries, found.segments) == ({"wh_1"}, 2, lake.segments()[:2])


def test_quarantined_bodies_that_nobody_can_read(tmp_path: Path) -> None:
    """A quarantined body is found where it names the id as a word, or contains the value and is no JSON."""
    lake = Lake(tmp_path)
    bodies = [b'{"id":"wh_1","data":', b'{"id":"wh_12"}', b'{"data":{"m":"x@y"}}', b'"x@y', b'{"other":"x@y"}']
    lake.write_quarantine([QuarantineRow(f"q-{at}", AT + at, "r", "d", body) for at, body in enumerate(bodies)], "w")
    by_id, by_value = looked_up(lake, ById(frozenset({"wh_1"}))), looked_up(lake, ByValue(("m",), "x@y"))
    assert (by_id.quarantine_ids, by_value.quarantine_ids) == ({"q-0"}, {"q-2", "q-3"})
    assert looked_up(lake, ById(frozenset({"q-4"}))).quarantine_ids == {"q-4"}


NAMED = '{"data":{"m":"Zoë Quatsch"},"id":"wh_\\u00411"}'
BROKEN = '{"data":{"m":"Zoë Quatsch"},"id":"wh_A1"'


@pytest.mark.parametrize("text", [NAMED, BROKEN], ids=["escaped", "broken"])
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16-le", "utf-16-be", "utf-16"])
def test_quarantined_bodies_in_whatever_encoding(text: str, encoding: str) -> None:
    """A quarantined body is found by id and by value in any encoding that senders use, but not by another id."""
    body = text.encode(encoding)
    meant = [
        criterion.look("q-1", body).meant
        for criterion in (ById(frozenset({"wh_A1"})), ByValue(("m",), "Zoë Quatsch"), ById(frozenset({"wh_A"})))
    ]
    assert meant == [True, True, False]


def test_the_ledger_of_erasures_holds_hashes_alone(tmp_path: Path) -> None:
    """An entry is durable with counts and hashes, says when it is complete, and names no id."""
    entry = Erasure("e1", "2026-11-23T00:00:00+00:00", "ids", 1, 2, 0, (hashed("wh_secret"),))
    begin(tmp_path / "lake", entry)
    assert erasures(tmp_path / "lake") == [entry]
    assert erasures(tmp_path / "lake") == [entry] != [end(tmp_path / "lake", entry)]
    rule = Blocked(ids=frozenset({hashed("wh_secret")}))
    assert (blocked(tmp_path / "lake"), bool(blocked(tmp_path / "none"))) == (rule, False)
    assert all(b"wh_secret" not in path.read_bytes() for path in tmp_path.rglob("*.json"))


def test_dropped_rows_are_gone_and_the_others_stay(tmp_path: Path) -> None:
    """Segments with blocked ids are rewritten without them, others are not touched; a compaction drops them too."""
    lake = Lake(tmp_path)
    lake.write_events([event("wh_1", "{}"), event("wh_2", "{}", 1)], "w1")
    lake.write_events([event("wh_1", "{}", 2)], "w2")
    (other,) = lake.write_events([event("wh_3", "{}", 3)], "w3")
    rule = Blocked(ids=frozenset({hashed("wh_1")}))
    made = drop(lake.segments(), rule)
    assert (len(made), lake.segments()[2:], looked_up(lake, ById(frozenset({"wh_1"}))).deliveries) == (2, [other], 0)
    lake.write_events([event("wh_1", "{}", 4)], "w4")
    list(compact(plan(lake, "2026-11-20").groups, keep=lambda kind: keeper(rule, kind)))
    found = looked_up(lake, ById(frozenset({"wh_1", "wh_2", "wh_3"})))
    assert (found.event_ids, found.deliveries, len(lake.segments())) == ({"wh_2", "wh_3"}, 2, 1)

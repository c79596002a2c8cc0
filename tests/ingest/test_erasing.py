"""What names a person, how old a delivery is, and what must not come back, at the level of the lake."""

from pathlib import Path

import pyarrow as pa
import pytest

from ingest.lake import EventRow, Lake, QuarantineRow, ages, erasures, rewriting
from ingest.lake.blocked import Blocked, blocked, drop
from ingest.lake.compaction import compact, plan
from ingest.lake.erasures import Erasure, begin, end, hashed, hashed_body, make_salt
from ingest.lake.persons import ByPerson
from ingest.lake.retention import find_aged

AT = 1_795_000_000_000_000
DAY = 86_400_000_000
TODAY = "2026-11-20"
OLD, NEW, LIKE = "wh_01J19XRFZ2Q4QBDC6CA461AGT7", "wh_01M7NZ8100Q4QBDC6CA461AGT7", "wh_00000000000000000000000001"
"""Ids of June 2024, of November 18 in 2026, and one that only looks like a ULID."""


def body(data: str, **envelope: str) -> bytes:
    more = "".join(f',"{key}":"{value}"' for key, value in envelope.items())
    return f'{{"event_name":"a.b","id":"wh_1","company_id":"C1"{more},"data":{data}}}'.encode()


PERSONS = [
    (body('{"e":{"mail":"Ada@x.org","engagementId":"g1","note":"n"}}'), (True, [("data", "e", "mail")], False, ["g1"])),
    (body('{"user":{"id":"u1","mail":"ada@x.org"}}'), (True, [("data", "user", "mail")], False, ["u1"])),
    (body('{"claim":{"id":"c1","by":"ada@x.org"}}'), (True, [("data", "claim", "by")], False, [])),
    (body('{"l":["x",["ada@x.org"]]}'), (True, [("data", "l", None, None)], False, [])),
    (body('{"by":{"ada@x.org":1}}'), (True, [("data", "by", "ada@x.org")], False, [])),
    (body('{"m":"\\u0061da@x.org"}'), (True, [("data", "m")], False, [])),
    (body('{"n":4711}'), (True, [("data", "n")], False, [])),
    (body('{"n":47110}'), (False, [], False, [])),
    (body('{"m":"from Ada@X.org"}'), (False, [], True, [])),
    (body('{"m":"bada@x.org"}'), (False, [], False, [])),
    (body("{}", user="ada@x.org"), (True, [("user",)], False, [])),
    (b'{"event_name":"4711","id":"4711","company_id":"4711","data":{}}', (False, [], False, [])),
    (b'{"data": "ADA@x.org', (True, [], False, [])),
    ('{"data":"ada@x.org"}'.encode("utf-16"), (True, [("data",)], False, [])),
]


@pytest.mark.parametrize(("raw", "found"), PERSONS)
def test_a_person_is_found_wherever_a_body_names_them(raw: bytes, found: tuple[object, ...]) -> None:
    """A whole text, number or key is meant, in any capitals of an address; what only contains it is mentioned."""
    look = ByPerson(frozenset({"ada@x.org", "4711"})).look("wh_1", raw)
    assert (look.meant, list(look.places), look.mentions, list(look.others)) == found


def test_an_id_is_as_old_as_its_clock() -> None:
    """The first ten digits of a ULID decide, to the millisecond; an id from before Oyster tells no clock."""
    first, last = "wh_01J0A0PG00" + "0" * 16, "wh_01j0a0pfzz" + "Z" * 16
    ids = pa.array([OLD, NEW, LIKE, "wh_x", first, last])
    before = ages.occurred_before(ids, "2024-06-14").to_pylist()
    assert (ages.tells_clock(ids).to_pylist(), before) == ([True, True, False, False, True, True], [False] * 5 + [True])
    assert ages.occurred_before(ids, "2026-01-01").to_pylist() == [True, False, False, False, True, True]


def test_what_is_older_is_counted_and_removed(tmp_path: Path) -> None:
    """Whole days go with all that belongs to them, later deliveries of older events row by row; others' files stay."""
    lake = Lake(tmp_path)
    for at in range(2):
        lake.write_events([EventRow("wh_old", "a.b", "C1", AT - 9 * DAY + at, b"{}")], "w1")
    list(compact(plan(lake, TODAY).groups, stay=True))
    lake.write_quarantine([QuarantineRow("q-1", AT - 9 * DAY, "r", "d", b"?")], "w1")
    lake.write_events([EventRow(OLD, "a.b", "C1", AT, b"{}"), EventRow(NEW, "a.b", "C1", AT, b"{}")], "w1")
    lake.write_events([EventRow("wh_new", "a.b", "C1", AT + 1, b"{}")], "w1")
    (lake.root / "quarantine/received_date=2026-11-09/notes.txt").write_text("mine")
    found = find_aged(lake, "2026-11-17", lambda _done, _total: None)
    assert (found.events, found.deliveries, found.quarantined, found.late, found.days, found.hashes) == (
        2, 3, 1, 1, {"2026-11-09": 3}, {hashed("wh_old"), hashed("q-1")})  # fmt: skip
    drop([one for kind in ("events", "quarantine") for one in lake.segments(kind)], Blocked(before="2026-11-17"))
    left = [str(path.relative_to(lake.root)) for path in sorted(lake.root.rglob("*")) if "-09" in str(path)]
    rows = [one for segment in lake.segments() for one in rewriting.content(segment).column("id").to_pylist()]
    assert left == ["quarantine/received_date=2026-11-09", "quarantine/received_date=2026-11-09/notes.txt"]
    assert sorted(rows) == [NEW, "wh_new"]


def test_a_quarantined_body_does_not_come_back(tmp_path: Path) -> None:
    """The same bytes under another id are blocked, and what names an erased id; the hash is this lake's own."""
    rule = {}
    for home in ("one", "two"):
        root = tmp_path / home / "lake"
        salt = make_salt(root)
        begin(root, Erasure("e", "t", "ids", 0, 0, 1, (hashed("wh_1"),), bodies=(hashed_body(salt, b"?"),)))
        rule[home] = blocked(root)
    lake = Lake(tmp_path / "one")
    bodies = [b"?", b"??", b'{"id":"wh_1"}', b'{"id":"wh_2"}', b'{"id":3}', b'["wh_1"]']
    lake.write_quarantine([QuarantineRow(f"q-{at}", AT, "r", "d", one) for at, one in enumerate(bodies)], "w1")
    drop(lake.segments("quarantine"), rule["one"])
    (segment,) = lake.segments("quarantine")
    assert rewriting.content(segment).column("body").to_pylist() == [b"??", b'{"id":"wh_2"}', b'{"id":3}', b'["wh_1"]']
    assert rule["one"].bodies != rule["two"].bodies


def test_a_ledger_of_before_is_read(tmp_path: Path) -> None:
    """An entry of an earlier version, and one whose writing was killed, hinder nothing."""
    root = tmp_path / "lake"
    entry = Erasure("e", "t", "ids", 1, 1, 0, (hashed("wh_1"),))
    begin(root, entry)
    path = root / erasures.FOLDER / "e.json"
    path.write_text(path.read_text().replace(',\n "bodies": [],\n "before": ""', ""))
    (root / erasures.FOLDER / ".e.json.tmp").write_text("{")
    assert ("bodies" in path.read_text(), erasures.erasures(root)) == (False, [entry])
    assert end(root, entry) == erasures.erasures(root)[0]


def test_old_segments_that_stayed_go_with_what_is_erased(tmp_path: Path) -> None:
    """Erased from a compacted segment whose old ones are still there, a row is nowhere, and no other is seen twice."""
    lake = Lake(tmp_path)
    for at in range(3):
        lake.write_events([EventRow(f"wh_{at}", "a.b", "C1", AT + at, b"{}")], "w1")
    list(compact(plan(lake, TODAY).groups, stay=True))
    stayed = len(list(lake.root.rglob("*.parquet")))
    drop(lake.segments(), Blocked(ids=frozenset({hashed("wh_1")})))
    rows = [rewriting.content(one).column("id").to_pylist() for one in lake.segments()]
    assert (stayed, rows, len(list(lake.root.rglob("*.parquet")))) == (4, [["wh_0", "wh_2"]], 1)
    assert (rewriting.resume(lake.root), list(lake.root.rglob("*.replacing"))) == (0, [])

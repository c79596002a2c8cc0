"""Compaction: fewer segments, the same deliveries, at whatever step it is killed."""

import json
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from subprocess import PIPE

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest.lake import EventRow, Lake, QuarantineRow, Segment, manifests, rewriting
from ingest.lake.compaction import Group, Plan, Policy, compact, plan

TODAY = "2026-11-20"
YESTERDAY = 1_795_000_000_000_000
DAY = 86_400_000_000
STEPS = ("open", "write", "fsync", "rename", "unlink")


class Killed(BaseException):
    """The process ends here."""


def event(number: int, *, at: int | None = None, body: bytes | None = None) -> EventRow:
    received_at = YESTERDAY + number if at is None else at
    return EventRow(f"wh_{number}", "a.b", "C1", received_at, body or b'{"n": %d}' % number)


def planted(home: Path, count: int = 5) -> Lake:
    lake = Lake(home)
    for number in range(count):
        lake.write_events([event(number)], "w1")
    lake.write_quarantine([QuarantineRow("q-1", YESTERDAY, "not_json", "no", b"\xff")], "w1")
    lake.write_quarantine([QuarantineRow("q-2", YESTERDAY + 1, "not_json", "no", b"\x00")], "w1")
    return lake


def held(lake: Lake) -> Counter[tuple[object, ...]]:
    """Every delivery that a reader of the listing meets, as often as it meets it."""
    found: Counter[tuple[object, ...]] = Counter()
    for segment in [*lake.segments("events"), *lake.segments("quarantine")]:
        assert lake.verify(segment)
        rows = pq.read_table(segment.path, partitioning=None)
        columns = [rows.column(name).cast("int64") if name == "received_at" else rows.column(name) for name in
                   rows.column_names]  # fmt: skip
        found.update(zip(*(column.to_pylist() for column in columns), strict=True))
    return found


def whole(lake: Lake, **policy: int) -> list[Segment]:
    rewriting.resume(lake.root)
    return [made for _, made in compact(plan(lake, TODAY, Policy(**policy)).groups)]


@contextmanager
def killed_at(step: int, monkeypatch: pytest.MonkeyPatch) -> Iterator[Counter[str]]:
    """End whatever runs at its n-th call that changes the disk; a write has by then written half."""
    done: Counter[str] = Counter()

    def wrapped(name: str, real: Callable[..., object]) -> Callable[..., object]:
        def call(*args: object, **options: object) -> object:
            if name == "open" and not (isinstance(args[1], int) and args[1] & os.O_CREAT):
                return real(*args, **options)
            if done.total() == step:
                if name == "write":
                    real(args[0], bytes(args[1])[: len(bytes(args[1])) // 2])  # type: ignore[call-overload]
                raise Killed
            done[name] += 1
            return real(*args, **options)

        return call

    with monkeypatch.context() as patched:
        for name in STEPS:
            patched.setattr(os, name, wrapped(name, getattr(os, name)))
        yield done


def test_small_segments_become_one_sorted_by_receipt(tmp_path: Path) -> None:
    """Whatever the order of their names, the rows lie sorted by (received_at, id), each exactly as it was."""
    lake, numbers = Lake(tmp_path), list(range(40))
    random.Random(3).shuffle(numbers)
    for at in range(0, 40, 4):
        lake.write_events([event(number) for number in numbers[at : at + 4]], "w1")
    (made,) = whole(lake)
    rows = pq.read_table(made.path, partitioning=None)
    received = rows.column("received_at").cast("int64").to_pylist()
    found = [EventRow(*row[:3], at, row[3]) for row, at in zip(
        zip(*(rows.column(name).to_pylist() for name in ("id", "event_name", "company_id", "body")), strict=True),
        received, strict=True)]  # fmt: skip
    assert (found, lake.segments("events")) == ([event(number) for number in range(40)], [made])


@settings(max_examples=15, deadline=None)
@given(
    st.lists(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 2), st.binary(max_size=3)), min_size=1), min_size=2)
)
def test_compaction_keeps_rows(
    tmp_path_factory: pytest.TempPathFactory, batches: list[list[tuple[int, int, bytes]]]
) -> None:
    """Any deliveries, also the same one several times, are there as often as before; a second round finds nothing."""
    lake = Lake(tmp_path_factory.mktemp("lake"))
    for at, batch in enumerate(batches):
        lake.write_events([event(n, at=YESTERDAY + late, body=b"{}" + body) for n, late, body in batch], f"w{at}")
    before = held(lake)
    whole(lake)
    assert (held(lake), len(lake.segments()), whole(lake)) == (before, 1, [])


@pytest.mark.thorough
def test_killed_at_every_step(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed at any call that touches the disk: each delivery is read once, and the next round ends the work."""
    step, died = 0, True
    while died:
        lake = planted(tmp_path / str(step))
        before, died = held(lake), False
        with killed_at(step, monkeypatch) as done:
            try:
                whole(lake)
            except Killed:
                died = True
        assert held(lake) == before, f"killed after {dict(done)}"
        whole(lake)
        left = list(lake.root.rglob("*.parquet"))
        assert (held(lake), len(left), list(lake.root.rglob("*.replacing"))) == (before, 2, []), f"after {dict(done)}"
        step += 1
    assert step > 20


def test_listing_opens_nothing_once_all_is_settled(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A listing of a compacted lake opens no file, neither a segment nor a manifest."""
    lake = planted(tmp_path)
    whole(lake)
    monkeypatch.setattr(manifests, "read", lambda *_: pytest.fail("a manifest was read"))
    monkeypatch.setattr(Path, "open", lambda *_: pytest.fail("a file was opened"))
    assert [len(lake.segments("events")), len(lake.segments("quarantine")), lake.foreign()] == [1, 1, []]


def test_what_is_due(tmp_path: Path) -> None:
    """Closed days with two small segments are due, today beyond a count, and never what replays recognise by name."""
    lake = Lake(tmp_path)
    for number in range(3):
        lake.write_events([event(number), event(number, at=YESTERDAY + DAY + number)], "w1")
        lake.write_events([event(number, at=YESTERDAY + 2 * DAY + number)], "replay")
    by_date = [(group.received_date, len(group.segments)) for group in plan(lake, "2026-11-19").groups]
    today = [group.received_date for group in plan(lake, "2026-11-19", Policy(today_segments=2)).groups]
    none = (plan(lake, "2026-11-18").groups, plan(lake, "2026-11-22", Policy(small_bytes=10)).groups)
    assert (by_date, today, none) == ([("2026-11-18", 3)], ["2026-11-18", "2026-11-19"], ((), ()))


def test_groups_are_bounded(tmp_path: Path) -> None:
    """A group ends at its count and at its bytes, so that memory does not grow with the day."""
    lake = planted(tmp_path, 7)
    sizes = [len(group.segments) for group in plan(lake, TODAY, Policy(group_segments=3)).groups]
    weights = plan(lake, TODAY, Policy(group_bytes=1)).groups
    assert (sizes, weights) == ([3, 3, 2], ())


def test_a_damaged_segment_stays(tmp_path: Path) -> None:
    """A segment with a flipped bit is named and left; the others are compacted."""
    lake = planted(tmp_path)
    victim = lake.segments()[2]
    victim.path.write_bytes(victim.path.read_bytes()[:-9] + b"\0" * 9)
    found = plan(lake, TODAY)
    made = [segment for _, segment in compact(found.groups)]
    assert found.damaged == (victim.name,)
    assert [segment.name for segment in lake.segments()] == sorted([made[0].name, victim.name])
    with pytest.raises(rewriting.SegmentDamaged, match=victim.path.name):
        rewriting.replace([victim, made[0]], manifests.COMPACTED)


def test_nothing_goes_without_proof(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new segment that lacks a row, or that the disk has changed, removes nothing and is named."""
    lake = planted(tmp_path)
    before = sorted(lake.root.rglob("*.parquet"))
    groups = [group for group in plan(lake, TODAY).groups if group.kind == "events"]
    short: Callable[..., pa.Table] = lambda table, *_: table.slice(1)  # noqa: E731
    with monkeypatch.context() as patched:
        real = rewriting._parquet
        patched.setattr(rewriting, "_parquet", lambda table, names: real(short(table), names))
        with pytest.raises(rewriting.NotProved, match="does not hold the rows"):
            list(compact(groups))
    assert set(before) <= set(lake.root.rglob("*.parquet"))
    with pytest.raises(rewriting.NotProved):
        rewriting.resume(lake.root)


@pytest.mark.parametrize("damage", [b"", b"[", b"[]", b"\xff", b'{"segment": "a"}', b"other", b"above"])
@pytest.mark.parametrize("state", [manifests.REPLACING, manifests.REPLACED])
def test_a_damaged_manifest_is_named_and_nothing_is_guessed(tmp_path: Path, state: str, damage: bytes) -> None:
    """Whoever needs it fails with a sentence that names the file; moved away, each delivery is there twice or once."""
    lake = planted(tmp_path)
    before = held(lake)
    groups = [group for group in plan(lake, TODAY).groups if group.kind == "events"]
    ((_, made),) = compact(groups, stay=state == manifests.REPLACING)
    path = made.path.with_name(f".{made.path.name}{state}")
    value = json.loads(path.read_bytes())
    wrong = {b"other": value | {"segment": "x"}, b"above": value | {"replaces": ["../x.parquet"]}}
    path.write_bytes(json.dumps(wrong[damage]).encode() if damage in wrong else damage)
    files = sorted(lake.root.rglob("*"))
    calls = [lambda: rewriting.replaced_by(made)]
    calls += [lake.segments, lambda: rewriting.resume(lake.root)] if state == manifests.REPLACING else []
    for call in calls:
        with pytest.raises(manifests.ManifestDamaged, match=path.name):
            call()
    assert sorted(lake.root.rglob("*")) == files
    path.rename(tmp_path / "aside")
    assert set(held(lake)) == set(before)


@pytest.mark.parametrize("content", [b"", b"{}", b'{"segment": "x", "rows": 0, "proof": "", "replaces": []}'])
def test_an_announcement_without_a_segment_is_harmless(tmp_path: Path, content: bytes) -> None:
    """Whatever it holds: of a segment that never appeared it goes, and a stranger's hidden file stays."""
    lake = planted(tmp_path)
    before, folder = held(lake), lake.segments()[0].path.parent
    never = folder / f".20260101T000000.000000Z-compacted-{0:016x}.parquet.replacing"
    strange = folder / ".mine.replacing"
    for path in (never, strange):
        path.write_bytes(content)
    assert (held(lake), rewriting.resume(lake.root)) == (before, 1)
    assert (never.exists(), strange.read_bytes(), held(lake)) == (False, content, before)


def test_ingest_and_analysts_meanwhile(tmp_path: Path) -> None:
    """A segment that arrives during a compaction is not touched; DuckDB reads the files by a glob, ids once."""
    lake = planted(tmp_path)
    found: Plan = plan(lake, TODAY)
    (late,) = lake.write_events([event(99)], "w2")
    glob = str(lake.root / "events" / "*" / "*.parquet")

    @contextmanager
    def analyst() -> Iterator[None]:
        seen.append(duckdb.execute("select count(distinct id), count(*) from read_parquet(?)", [glob]).fetchall()[0])
        yield

    seen: list[tuple[int, int]] = []
    events: list[Group] = [group for group in found.groups if group.kind == "events"]
    list(compact(events, guard=analyst))
    assert (seen, len(lake.segments()), late in lake.segments()) == ([(6, 11)], 2, True)


@pytest.mark.thorough
def test_analysts_read_while_it_runs(tmp_path: Path) -> None:
    """A process that lists files and opens them later misses neither file nor id; later the old ones go."""
    lake = planted(tmp_path, 40)
    command = [sys.executable, "-m", "tests.ingest.lake_reader", str(lake.root / "events")]
    with subprocess.Popen(command, stdin=PIPE, stdout=PIPE, text=True, cwd=Path(__file__).parents[2]) as reader:
        assert reader.stdout
        reader.stdout.readline()
        for number in range(40, 200, 40):
            for late in range(number, number + 40):
                lake.write_events([event(late)], "w2")
            list(compact(plan(lake, TODAY).groups, stay=True))
            rewriting.resume(lake.root, grace=600)
        told = json.loads(reader.communicate("end\n", timeout=30)[0])
    stayed = len(list(lake.root.rglob("*.parquet")))
    rewriting.resume(lake.root)
    left = len(list(lake.root.rglob("*.parquet")))
    assert (told["errors"], told["seen"] == sorted(told["seen"]), told["seen"][-1]) == ([], True, 200)
    assert (told["passes"] > 1, stayed > 200, left) == (True, True, 2)


def test_predecessors_are_known_through_every_round(tmp_path: Path) -> None:
    """A segment compacted twice names all that it ever stood for; one that was received names none."""
    lake = planted(tmp_path, 3)
    first = [segment.path.name for segment in lake.segments()]
    (once, *_) = whole(lake)
    lake.write_events([event(7)], "w2")
    (late,) = [segment for segment in lake.segments() if segment != once]
    (twice,) = whole(lake)
    known = rewriting.replaced_by(twice)
    assert known
    assert sorted(known.replaces) == sorted([*first, once.path.name, late.path.name])
    assert (known.rows, rewriting.replaced_by(late)) == (4, None)

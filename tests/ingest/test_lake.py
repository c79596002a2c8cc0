"""The lake: any rows come back identical, in files that say what they hold, under names no sender chose."""

import os
import stat
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ingest.clock import Clock
from ingest.lake import EventRow, Lake, LakeUnwritable, QuarantineRow, Segment, ages

NOON = int(datetime(2026, 11, 23, 12, tzinfo=UTC).timestamp()) * 1_000_000
texts = st.text(st.characters(exclude_categories=["Cs"]))
moments = st.integers(0, 4_102_444_800_000_000)
events = st.builds(EventRow, texts, texts, texts, moments, st.binary(max_size=2_000))
refused = st.builds(QuarantineRow, texts, moments, texts, texts, st.binary(max_size=2_000))
once = settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=40, deadline=None)


def row(number: int, received_at: int = NOON) -> EventRow:
    return EventRow(f"wh_{number}", "../../etc/passwd", "ABC", received_at + number, b'{"n":%d}' % number)


def by_day(rows: list[Any]) -> list[Any]:
    return sorted(rows, key=lambda row: row.received_at // (86_400 * 1_000_000))


def read(segment: Segment) -> list[dict[str, object]]:
    return [dict(one) for one in pq.read_table(segment.path, partitioning=None).to_pylist()]


def naive(received_at: int) -> datetime:
    return datetime(1970, 1, 1) + timedelta(microseconds=received_at)  # noqa: DTZ001 - as the column stands


@once
@given(st.lists(events, min_size=1, max_size=20))
def test_events_come_back_identical(tmp_path: Path, rows: list[EventRow]) -> None:
    """Any rows, any bytes: what is written is what any Parquet reader reads, in the partition of its receipt."""
    lake = Lake(Path(tempfile.mkdtemp(dir=tmp_path)))
    segments = lake.write_events(rows, "w")
    assert [one for segment in segments for one in read(segment)] == [
        {**one._asdict(), "received_at": naive(one.received_at)} for one in by_day(rows)
    ]
    for segment in segments:
        assert {str(one["received_at"])[:10] for one in read(segment)} == {segment.received_date}
        assert lake.verify(segment)
    assert lake.segments() == sorted(segments)


@once
@given(st.lists(refused, min_size=1, max_size=20))
def test_quarantine_comes_back_identical(tmp_path: Path, rows: list[QuarantineRow]) -> None:
    """Quarantined bodies keep every byte beside their reasons."""
    lake = Lake(Path(tempfile.mkdtemp(dir=tmp_path)))
    segments = lake.write_quarantine(rows, "w")
    assert [one for segment in segments for one in read(segment)] == [
        {**one._asdict(), "received_at": naive(one.received_at)} for one in by_day(rows)
    ]


def test_names_follow_the_layout(tmp_path: Path) -> None:
    """A segment's name is its first receipt, its writer and its hash, under its date alone."""
    lake = Lake(tmp_path)
    segment = lake.write_events([row(1), row(2)], "w1")[0]
    assert segment.name == f"received_date=2026-11-23/20261123T120000.000001Z-w1-{segment.sha256_prefix}.parquet"
    assert segment.path == tmp_path / "lake" / "events" / segment.name
    assert segment.bytes == segment.path.stat().st_size


def test_midnight_splits(tmp_path: Path) -> None:
    """Rows on both sides of midnight UTC go to two partitions."""
    midnight = NOON + 12 * 3600 * 1_000_000
    segments = Lake(tmp_path).write_events([row(0, midnight - 1), row(0, midnight)], "w")
    assert [segment.received_date for segment in segments] == ["2026-11-23", "2026-11-24"]


def test_files_are_private(tmp_path: Path) -> None:
    """Files are 0600 and folders 0700, whatever the umask allows."""
    lake = Lake(tmp_path / "a" / "home")
    lake.write_events([row(1)], "w")
    lake.write_quarantine([QuarantineRow("q", NOON, "r", "d", b"")], "w")
    modes = {path: stat.S_IMODE(path.stat().st_mode) for path in (tmp_path / "a").rglob("*")}
    assert {mode for path, mode in modes.items() if path.is_dir()} == {0o700}
    assert {mode for path, mode in modes.items() if path.is_file()} == {0o600}


def test_listing_passes_over_what_is_no_segment(tmp_path: Path) -> None:
    """Temporaries, foreign files and links to files are not listed; what a visible name promises in vain is told."""
    lake = Lake(tmp_path)
    segment = lake.write_events([row(1)], "w")[0]
    folder = segment.path.parent
    (folder / f".{segment.path.name}.tmp").write_bytes(b"torn")
    (folder / "copy.parquet").write_bytes(b"foreign")
    link = folder / segment.path.name.replace("-w-", "-x-")
    link.symlink_to(segment.path)
    (lake.root / "events" / "notes.txt").write_text("foreign")
    assert lake.segments() == [segment]
    assert sorted(path.name for path in lake.foreign()) == [link.name, "copy.parquet", "notes.txt"]


def test_a_day_on_another_disk_is_written_and_read(tmp_path: Path) -> None:
    """What is acknowledged into a day's folder that was moved and linked is listed as any other segment."""
    lake = Lake(tmp_path / "home")
    before = lake.write_events([row(1)], "w")[0]
    elsewhere = tmp_path / "other disk"
    before.path.parent.rename(elsewhere)
    before.path.parent.symlink_to(elsewhere)
    after = Lake(tmp_path / "home").write_events([row(2)], "w")[0]
    assert (lake.segments(), lake.foreign()) == (sorted([before, after]), [])
    assert [lake.verify(segment) for segment in lake.segments()] == [True, True]


def test_a_linked_day_is_emptied_when_it_is_too_old(tmp_path: Path) -> None:
    """Of a day that lies behind a link, every segment goes; the link stays, as files of others do."""
    lake = Lake(tmp_path / "home")
    folder = lake.write_events([row(1)], "w")[0].path.parent
    folder.rename(tmp_path / "other disk")
    folder.symlink_to(tmp_path / "other disk")
    ages.remove_days([folder])
    assert (lake.segments(), list(folder.iterdir())) == ([], [])


def test_a_folder_that_links_to_itself_is_told(tmp_path: Path) -> None:
    """A day's link that leads nowhere makes no listing fail, and is named as what nothing reads."""
    lake = Lake(tmp_path)
    segment = lake.write_events([row(1)], "w")[0]
    loop = lake.root / "events" / "received_date=2020-01-01"
    loop.symlink_to(loop)
    assert (lake.segments(), lake.foreign()) == ([segment], [loop])


def test_an_empty_home_lists_nothing(tmp_path: Path) -> None:
    """A lake that was never written has no segments, and looking creates nothing."""
    assert (Lake(tmp_path / "none").segments(), (tmp_path / "none").exists()) == ([], False)


@once
@given(st.data())
def test_every_change_of_a_segment_is_seen(tmp_path: Path, data: st.DataObject) -> None:
    """Any flipped bit and any truncation makes a segment fail its own name."""
    lake = Lake(tmp_path)
    segment = lake.write_events([row(number) for number in range(20)], "w")[0]
    content = bytearray(segment.path.read_bytes())
    if data.draw(st.booleans()):
        position = data.draw(st.integers(0, len(content) * 8 - 1))
        content[position // 8] ^= 1 << position % 8
    else:
        del content[data.draw(st.integers(0, len(content) - 1)) :]
    segment.path.write_bytes(content)
    damaged = not lake.verify(segment)
    lake.write_events([row(number) for number in range(20)], "w")
    assert (damaged, lake.verify(segment)) == (True, True)


def test_a_vanished_folder_is_made_again(tmp_path: Path) -> None:
    """A writer recovers by itself from a partition that was removed under it."""
    lake = Lake(tmp_path)
    first = lake.write_events([row(1)], "w")[0]
    first.path.unlink()
    first.path.parent.rmdir()
    with pytest.raises(LakeUnwritable) as caught:
        lake.write_events([row(2)], "w")
    assert (caught.value.operation, caught.value.path.parent) == ("create", first.path.parent)
    assert lake.verify(lake.write_events([row(3)], "w")[0])


@pytest.mark.parametrize("kind", ["events", "quarantine"])
@pytest.mark.parametrize("part", ["", "received_date="])
def test_a_lake_is_proved_where_it_is_written(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, kind: str, part: str
) -> None:
    """While the day or the kind cannot be written, the lake is not writable, whatever can be written above."""
    monkeypatch.setattr("time.time_ns", lambda: NOON * 1_000)
    lake = Lake(tmp_path)
    lake.write_events([row(1)], "w")
    lake.write_quarantine([QuarantineRow("q", NOON, "r", "d", b"")], "w")
    lake.prove_writable("w")
    place = next((lake.root / kind).glob(f"{part}*")) if part else lake.root / kind
    place.rename(tmp_path / "away")
    place.write_text("in the way")
    with pytest.raises(LakeUnwritable):
        lake.prove_writable("w")
    place.unlink()
    lake.prove_writable("w")
    (tmp_path / "away").rename(place)
    lake.prove_writable("w")
    assert [path.name for path in tmp_path.rglob(".*")] == []


class Killed(BaseException):
    """The end of a process, as far as the disk can tell."""


def killed(*_: object) -> None:
    raise Killed


def die_at(step: str, work: Callable[[], object]) -> None:
    """Do some work that ends at a step as a killed process would."""
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(step, killed)
        with pytest.raises(Killed):
            work()


def test_one_that_was_killed_is_in_nobodys_way(tmp_path: Path) -> None:
    """What a writer died over can be written again at once under the same name, as a replay does."""
    lake = Lake(tmp_path)
    die_at("ingest.lake.durable._rename", lambda: lake.write_events([row(1)], "replay"))
    segment = lake.write_events([row(1)], "replay")[0]
    assert (lake.segments(), lake.verify(segment)) == ([segment], True)


def test_old_temporaries_are_swept(tmp_path: Path) -> None:
    """Temporaries of writers killed over an hour ago are removed, younger ones and segments stay."""
    lake = Lake(tmp_path)
    segment = lake.write_events([row(1)], "w")[0]
    die_at("ingest.lake.durable._rename", lambda: lake.write_events([row(2)], "w"))
    die_at("ingest.lake.durable._rename", lambda: lake.prove_writable("w"))
    die_at("pathlib.Path.unlink", lambda: lake.prove_writable("w"))
    old = {path for path in lake.root.rglob(".*") if path.is_file()}
    for path in old:
        os.utime(path, (0, 0))
    young = segment.path.with_name(".young.parquet.tmp")
    young.touch()
    assert (len(old), set(lake.sweep())) == (3, old)
    assert sorted(path for path in lake.root.rglob("*") if path.is_file()) == sorted([young, segment.path])


@given(st.lists(st.integers(-(10**18), 4 * 10**18), min_size=1))
def test_the_receipt_clock_only_goes_forward(readings: list[int]) -> None:
    """However the machine's clock jumps, receipt times strictly increase and never lag behind it."""
    source = iter(readings)
    clock = Clock(lambda: next(source))
    ticks = [clock.tick() for _ in readings]
    assert ticks == sorted(set(ticks))
    assert all(tick >= reading // 1000 for tick, reading in zip(ticks, readings, strict=True))

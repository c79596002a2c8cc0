"""Imports: every line ends in the lake or in quarantine, whatever the file does."""

import gzip
import io
import json
import os
import sys
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ingest import imports
from ingest.imports import FileReport, import_files, size_of
from ingest.lake import Lake
from ingest.settings import Settings


def envelope(number: int, **data: object) -> bytes:
    """A valid body with a number for an id."""
    body = {"event_name": "expenses.expense_approved", "id": f"wh_{number:026d}", "company_id": "ABC1234", "data": data}
    return json.dumps(body, ensure_ascii=False).encode()


def bodies_in(home: Path) -> list[bytes]:
    """Every body of the lake, in the order of receipt."""
    tables = [pq.read_table(segment.path, columns=["received_at", "body"]) for segment in Lake(home).segments()]
    rows = [row for table in tables for row in table.to_pylist()]
    return [row["body"] for row in sorted(rows, key=lambda row: row["received_at"])]


def quarantine_in(home: Path) -> list[tuple[str, str, bytes]]:
    """Reason, detail and body of everything in quarantine, in the order of receipt."""
    rows = [row for s in Lake(home).segments("quarantine") for row in pq.read_table(s.path).to_pylist()]
    return [(row["reason"], row["detail"], row["body"]) for row in sorted(rows, key=lambda row: row["received_at"])]


def test_lines_come_back_byte_for_byte(tmp_path: Path) -> None:
    """A body in the lake is the exact line without its terminator, odd blanks and all."""
    lines = [envelope(1, name="Łoś"), b"  " + envelope(2) + b"\t", envelope(3, emoji="🦪")]
    file = tmp_path / "events.ndjson"
    file.write_bytes(lines[0] + b"\n\n" + lines[1] + b"\r\n   \n" + lines[2])
    report = import_files(Settings(home=tmp_path / "home"), [file])
    assert bodies_in(tmp_path / "home") == lines
    assert report.files == (FileReport(str(file), 3, 0),)


def test_columns_say_what_the_envelope_says(tmp_path: Path) -> None:
    """The other columns of a row are the envelope's, and no two lines share a time of receipt."""
    file = tmp_path / "events.ndjson"
    file.write_bytes(b"\n".join(envelope(number) for number in range(500)))
    import_files(Settings(home=tmp_path / "home"), [file])
    (segment,) = Lake(tmp_path / "home").segments()
    rows = pq.read_table(segment.path).to_pylist()
    assert [(row["id"], row["event_name"], row["company_id"]) for row in rows] == [
        (f"wh_{number:026d}", "expenses.expense_approved", "ABC1234") for number in range(500)
    ]
    times = [row["received_at"] for row in rows]
    assert times == sorted(set(times))


def test_bad_lines_go_to_quarantine_with_file_and_line(tmp_path: Path) -> None:
    """A line that is no event is kept with its file, its number and the reason, and the rest is imported."""
    file = tmp_path / "mixed.ndjson"
    bad = [b"{", b'{"id":"wh_1"}', b"\xff\xfe", b'{"a":NaN}']
    file.write_bytes(b"\n".join([envelope(1), bad[0], b"", bad[1], bad[2], envelope(2), bad[3], b""]))
    report = import_files(Settings(home=tmp_path / "home"), [file])
    assert bodies_in(tmp_path / "home") == [envelope(1), envelope(2)]
    kept = quarantine_in(tmp_path / "home")
    assert [(reason, detail.split(":")[0], body) for reason, detail, body in kept] == [
        ("not_json", f"{file}, line 2", bad[0]),
        ("not_the_envelope", f"{file}, line 4", bad[1]),
        ("not_utf8", f"{file}, line 5", bad[2]),
        ("not_json", f"{file}, line 7", bad[3]),
    ]
    assert (report.accepted, report.quarantined, report.errors) == (2, 4, ())


@pytest.mark.parametrize("block", [2, 1 << 20])
def test_a_byte_order_mark_begins_a_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int) -> None:
    """What some editors write before the first line of a file is no part of it; before another line it is an error."""
    monkeypatch.setattr(imports, "_BLOCK_BYTES", block)
    file = tmp_path / "marked.ndjson"
    file.write_bytes(BOM_UTF8 + envelope(1) + b"\r\n" + BOM_UTF8 + envelope(2) + b"\n")
    report = import_files(Settings(home=tmp_path / "home"), [file, file])
    assert bodies_in(tmp_path / "home") == [envelope(1)] * 2
    assert [(one.accepted, one.quarantined) for one in report.files] == [(1, 1)] * 2


@pytest.mark.parametrize("block", [100, 1 << 20])
def test_a_line_over_the_limit_is_refused_and_bounded(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, block: int
) -> None:
    """A line longer than a body may be is kept only as far as the limit, and the next line is read as usual."""
    monkeypatch.setattr(imports, "_BLOCK_BYTES", block)
    file = tmp_path / "long.ndjson"
    file.write_bytes(envelope(1) + b"\n" + b"x" * 500_000 + b"\n" + envelope(2) + b"\n" + b"y" * 3000)
    import_files(Settings(home=tmp_path / "home", max_body_bytes=2048), [file])
    assert bodies_in(tmp_path / "home") == [envelope(1), envelope(2)]
    why = "The line is longer than 2048 bytes; only so many of it are kept."
    assert quarantine_in(tmp_path / "home") == [
        ("too_large", f"{file}, line 2: {why}", b"x" * 2048),
        ("too_large", f"{file}, line 4: {why}", b"y" * 2048),
    ]


def test_a_line_without_end_is_never_held_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However long a line is, not more of it than the limit and its terminator is gathered."""
    monkeypatch.setattr(imports, "_BLOCK_BYTES", 100)
    file = tmp_path / "endless.ndjson"
    file.write_bytes(b"x" * 100_000)
    lines = [line for block, _ in imports._blocks_of_lines(str(file), 2048) for line in block]
    assert lines == [b"x" * 2050]


def test_a_line_of_just_the_limit_is_accepted(tmp_path: Path) -> None:
    """The limit counts the body alone: neither a newline nor a carriage return makes it too long."""
    body = envelope(1, filler="").replace(b'""', b'"' + b"f" * (1024 - len(envelope(1, filler=""))) + b'"')
    file = tmp_path / "edge.ndjson"
    file.write_bytes(body + b"\r\n" + body)
    import_files(Settings(home=tmp_path / "home", max_body_bytes=1024), [file])
    assert (len(body), bodies_in(tmp_path / "home")) == (1024, [body, body])


def test_compressed_files_are_read_through(tmp_path: Path) -> None:
    """A `.gz` file, also one of several members, gives the same events as its content."""
    file = tmp_path / "events.ndjson.gz"
    file.write_bytes(gzip.compress(envelope(1) + b"\n") + gzip.compress(envelope(2) + b"\n"))
    report = import_files(Settings(home=tmp_path / "home"), [file])
    assert bodies_in(tmp_path / "home") == [envelope(1), envelope(2)]
    assert report.errors == ()


def test_a_truncated_gzip_keeps_what_was_read(tmp_path: Path) -> None:
    """Of a compressed file that breaks off, whole lines are imported, the torn one is kept apart, the error is told."""
    lines = [envelope(number, noise=str(number**7)) for number in range(4000)]
    whole = gzip.compress(b"\n".join(lines), 1)
    file = tmp_path / "torn.ndjson.gz"
    file.write_bytes(whole[: len(whole) // 2])
    report = import_files(Settings(home=tmp_path / "home"), [file])
    kept = bodies_in(tmp_path / "home")
    assert 0 < len(kept) < 4000
    assert kept == lines[: len(kept)]
    torn = [body for _, _, body in quarantine_in(tmp_path / "home")]
    readable = zlib.decompressobj(31).decompress(file.read_bytes())
    assert b"\n".join([*kept, *torn]) == readable
    (error,) = report.errors
    assert error.startswith(f"{file}: cannot be read beyond line ")


def test_a_missing_file_does_not_stop_the_others(tmp_path: Path) -> None:
    """A file that cannot be opened is reported in one sentence, and the others are imported."""
    file = tmp_path / "here.ndjson"
    file.write_bytes(envelope(1))
    absent = tmp_path / "absent.ndjson"
    report = import_files(Settings(home=tmp_path / "home"), [absent, file])
    assert report.files == (
        FileReport(
            str(absent),
            0,
            0,
            f"{absent}: cannot be read beyond line 0: No such file or directory; what was read before is kept",
        ),
        FileReport(str(file), 1, 0),
    )


def test_standard_input(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`-` reads standard input."""
    stdin = io.TextIOWrapper(io.BufferedReader(io.BytesIO(envelope(1) + b"\n" + envelope(2))))
    monkeypatch.setattr(sys, "stdin", stdin)
    report = import_files(Settings(home=tmp_path / "home"), ["-"])
    assert (bodies_in(tmp_path / "home"), report.files) == ([envelope(1), envelope(2)], (FileReport("-", 2, 0),))


def test_a_name_of_a_file_need_not_be_text(tmp_path: Path) -> None:
    """Bytes of a name that are no UTF-8 are escaped where it is told, and the file is imported."""
    file = Path(os.fsdecode(bytes(tmp_path / "bad\udcff.ndjson")))
    file.write_bytes(envelope(1) + b"\nno event")
    report = import_files(Settings(home=tmp_path / "home"), [file])
    assert report.files == (FileReport(f"{tmp_path}/bad\\xff.ndjson", 1, 1),)
    ((_, detail, _),) = quarantine_in(tmp_path / "home")
    assert detail.startswith(f"{tmp_path}/bad\\xff.ndjson, line 2: ")


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
@pytest.mark.parametrize("name", ["pipe", "-"])
def test_a_pipe_is_read_to_its_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, pack: Callable[[bytes], bytes]
) -> None:
    """What cannot be sought, as `<(…)` gives it, is imported as a file is, packed or not; its length is not known."""
    lines = [envelope(number) for number in range(100)]
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as stdin, os.fdopen(writing, "wb") as writer:
        monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(stdin))
        path = name if name == "-" else f"/dev/fd/{reading}"
        writer.write(pack(b"\n".join(lines)))
        writer.close()
        seen: list[int] = []
        report = import_files(Settings(home=tmp_path / "home"), [path], seen.append)
    assert (report.files, bodies_in(tmp_path / "home")) == ((FileReport(path, 100, 0),), lines)
    assert (sum(seen), size_of([path])) == (len(pack(b"\n".join(lines))), None)


class Drops(io.RawIOBase):
    """A pipe that brings one byte at a time."""

    def __init__(self, content: bytes) -> None:
        self._rest = io.BytesIO(content)

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        return self._rest.readinto(memoryview(buffer)[:1])


@pytest.mark.parametrize("pack", [bytes, gzip.compress])
def test_a_slow_pipe_is_read_as_a_fast_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, pack: Callable[[bytes], bytes]
) -> None:
    """Whether what comes is packed is seen although its first bytes come one by one."""
    packed = pack(envelope(1) + b"\n" + envelope(2))
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BufferedReader(Drops(packed))))
    report = import_files(Settings(home=tmp_path / "home"), ["-"])
    assert (report.files, bodies_in(tmp_path / "home")) == ((FileReport("-", 2, 0),), [envelope(1), envelope(2)])


@pytest.mark.parametrize("content", [b"", b"\x1f", b"\x1f\x8b", b"\n", b"{}"])
def test_a_file_of_a_few_bytes_is_read(tmp_path: Path, content: bytes) -> None:
    """A file too short to tell whether it is packed is lines, and its end is found."""
    file = tmp_path / "short"
    file.write_bytes(content)
    report = import_files(Settings(home=tmp_path / "home"), [file])
    assert report.files == (FileReport(str(file), 0, int(bool(content.strip()))),)


def test_progress_counts_the_bytes_of_the_files(tmp_path: Path) -> None:
    """Progress adds up to the size of the files as they lie on the disk, compressed or not."""
    plain, packed = tmp_path / "a.ndjson", tmp_path / "b.ndjson.gz"
    content = b"\n".join(envelope(number) for number in range(3000))
    plain.write_bytes(content)
    packed.write_bytes(gzip.compress(content))
    seen: list[int] = []
    import_files(Settings(home=tmp_path / "home"), [plain, packed], seen.append)
    assert sum(seen) == size_of([plain, packed]) == plain.stat().st_size + packed.stat().st_size
    assert size_of([plain, "-"]) is None


def test_segments_are_large_but_bounded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A segment is closed when it holds enough, and the report names every segment that was written."""
    monkeypatch.setattr(imports, "_BLOCK_BYTES", 4096)
    monkeypatch.setattr(imports, "_SEGMENT_ROWS", 100)
    lines = [envelope(number) for number in range(1000)]
    file = tmp_path / "many.ndjson"
    file.write_bytes(b"\n".join(lines))
    report = import_files(Settings(home=tmp_path / "home"), [file])
    lake = Lake(tmp_path / "home")
    assert sorted(report.segments) == lake.segments()
    assert 5 <= len(report.segments) <= 10
    assert all(lake.verify(segment) for segment in report.segments)
    assert bodies_in(tmp_path / "home") == lines


@settings(deadline=None)  # each example waits for fsyncs, whose time is the disk's
@given(
    lines=st.lists(
        st.one_of(
            st.binary(max_size=60).filter(lambda line: b"\n" not in line and not line.endswith(b"\r")),
            st.integers(0, 99).map(envelope),
        ),
        max_size=12,
    ),
    block=st.integers(1, 200),
    ending=st.sampled_from([b"\n", b"\r\n"]),
)
def test_any_lines_are_accepted_refused_or_blank(
    tmp_path_factory: pytest.TempPathFactory, lines: list[bytes], block: int, ending: bytes
) -> None:
    """However a file is cut into blocks, each line that is not blank is found in the lake or in quarantine, once."""
    home = tmp_path_factory.mktemp("home")
    file = home / "any.ndjson"
    file.write_bytes(b"".join(line + ending for line in lines))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(imports, "_BLOCK_BYTES", block)
        report = import_files(Settings(home=home), [file])
    good, bad = bodies_in(home), [body for _, _, body in quarantine_in(home)]
    assert sorted(good + bad) == sorted(line for line in lines if line and not line.isspace())
    assert all(body.startswith(b"{") for body in good)
    assert (report.accepted, report.quarantined) == (len(good), len(bad))

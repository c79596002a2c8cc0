"""Import: envelopes as lines of files, through the same validation into the same lake as deliveries over HTTP."""

import gc
import gzip
import os
import sys
import time
import zlib
from codecs import BOM_UTF8
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from io import BufferedReader, RawIOBase
from pathlib import Path
from stat import S_ISREG
from typing import TYPE_CHECKING, Self, cast

from ingest.envelope import Refused, parse
from ingest.lake import EventRow, Lake, QuarantineRow, Segment
from ingest.lake.layout import instant
from ingest.settings import Settings

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

STDIN = "-"

_PACKED = b"\x1f\x8b\x08"
"""How gzip begins, and no line of UTF-8."""
_BLOCK_BYTES = 1 << 20
_SEGMENT_ROWS = 100_000
_SEGMENT_BYTES = 64 << 20

Progress = Callable[[int], None]
"""Called with the number of bytes of the files (as they lie on the disk) read since the last call."""


@dataclass(frozen=True, slots=True)
class FileReport:
    """What became of one file; `error` says why it could not be read to its end. Bytes of `path` that are no UTF-8 are
    escaped: names of files need not be text."""

    path: str
    accepted: int
    quarantined: int
    error: str | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """What became of all files: every line that is not blank is either accepted or in quarantine."""

    files: tuple[FileReport, ...]
    segments: tuple[Segment, ...]

    @property
    def accepted(self) -> int:
        """Lines that are events in the lake now."""
        return sum(file.accepted for file in self.files)

    @property
    def quarantined(self) -> int:
        """Lines that are in quarantine now, with file and line number."""
        return sum(file.quarantined for file in self.files)

    @property
    def errors(self) -> tuple[str, ...]:
        """One sentence for each file that could not be read to its end."""
        return tuple(file.error for file in self.files if file.error is not None)


def import_files(
    settings: Settings, paths: Sequence[str | Path], progress: Progress | None = None, *, writer: str | None = None
) -> ImportReport:
    """Import files of one envelope a line (gzip too, `-` standard input); all durable when this returns.

    A line that is no event goes to quarantine and stops nothing; nor does a file that cannot be read. Raises
    `LakeUnwritable` when the lake cannot keep them; what was written before stays, and importing again is harmless.
    """
    with _collector_paused(), _Intake(settings, writer or f"import.{os.urandom(4).hex()}") as intake:
        files = tuple([intake.read(str(path), progress) for path in paths])
    return ImportReport(files, tuple(intake.segments))


def size_of(paths: Sequence[str | Path]) -> int | None:
    """The bytes that `progress` will count up to; None where standard input, a pipe or a missing file hides it."""
    try:
        found = [] if STDIN in map(str, paths) else [Path(path).stat() for path in paths]
    except OSError:
        return None
    return sum(one.st_size for one in found) if found and all(S_ISREG(one.st_mode) for one in found) else None


@contextmanager
def _collector_paused() -> Iterator[None]:
    """Rows hold no cycles, yet the collector would walk all of them again and again: an eighth of the time."""
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


class _Intake:
    """Gathers rows into large segments; one is written behind while the next is gathered, so memory is bounded."""

    def __init__(self, settings: Settings, writer: str) -> None:
        self._limit = settings.max_body_bytes
        self._lake = Lake(settings.home)
        self._writer = writer
        self._behind = ThreadPoolExecutor(1, thread_name_prefix="import-writer")
        self._writing: Future[list[Segment]] | None = None
        self._events: list[EventRow] = []
        self._refused: list[QuarantineRow] = []
        self._bytes = 0
        self._received_at = 0
        self.segments: list[Segment] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: object, *_: object) -> None:
        try:
            if kind is None:
                self._flush()
                self._settle()
        finally:
            self._behind.shutdown()

    def read(self, path: str, progress: Progress | None) -> FileReport:
        """All lines of one file."""
        name = os.fsencode(path).decode("utf-8", "backslashreplace")
        accepted = quarantined = number = 0
        error = None
        try:
            for lines, size in _blocks_of_lines(path, self._limit):
                if lines and not number:
                    lines[0] = lines[0].removeprefix(BOM_UTF8)  # RFC 8259 §8.1: to be ignored rather than an error
                good, bad = self._take(name, number, lines)
                number += len(lines)
                accepted += good
                quarantined += bad
                if progress is not None:
                    progress(size)
        except (OSError, EOFError, zlib.error) as cause:
            reason = cause.strerror if isinstance(cause, OSError) and cause.strerror else str(cause)
            error = f"{name}: cannot be read beyond line {number}: {reason}; what was read before is kept"
        return FileReport(name, accepted, quarantined, error)

    def _take(self, path: str, number: int, lines: list[bytes]) -> tuple[int, int]:
        """Make rows of lines; returns how many became events and how many were refused."""
        limit, events, size = self._limit, self._events, 0
        at = max(self._received_at, time.time_ns() // 1000)
        events_before, refused_before = len(events), len(self._refused)
        for body in lines:
            number += 1
            at += 1
            try:
                if len(body) > limit:
                    raise _too_long(limit)
                envelope = parse(body)
            except Refused as refused:
                if body and not body.isspace():
                    self._refuse(path, number, refused, body[:limit], at)
            else:
                events.append(EventRow(envelope.id, envelope.event_name, envelope.company_id, at, body))
            size += len(body)
        self._received_at = at
        self._bytes += size
        made = len(events) - events_before, len(self._refused) - refused_before
        if len(events) + len(self._refused) >= _SEGMENT_ROWS or self._bytes >= _SEGMENT_BYTES:
            self._flush()
        return made

    def _refuse(self, path: str, number: int, refused: Refused, body: bytes, at: int) -> None:
        name = f"q-{instant(at):%Y%m%dT%H%M%S.%fZ}-{self._writer}"
        detail = f"{path}, line {number}: {refused.detail}"
        self._refused.append(QuarantineRow(name, at, refused.reason, detail, body))

    def _flush(self) -> None:
        """Hand over what was gathered; waits for the segment before, so at most two are in memory."""
        self._settle()
        if self._events or self._refused:
            self._writing = self._behind.submit(self._write, self._events, self._refused)
        self._events, self._refused, self._bytes = [], [], 0

    def _settle(self) -> None:
        if self._writing is not None:
            writing, self._writing = self._writing, None
            self.segments += writing.result()

    def _write(self, events: list[EventRow], refused: list[QuarantineRow]) -> list[Segment]:
        return [
            *self._lake.write_events(events, self._writer),
            *self._lake.write_quarantine(refused, self._writer),
        ]


def _too_long(limit: int) -> Refused:
    return Refused(413, "too_large", f"The line is longer than {limit} bytes; only so many of it are kept.")


def _blocks_of_lines(path: str, limit: int) -> Iterator[tuple[list[bytes], int]]:
    """Lines without their terminators, many at a time, with the bytes read for them.

    Never holds more than one block and one line of the limit: of a longer line only a little more than the limit is
    kept, enough to see that it is too long.
    """
    rest, broken = b"", None
    try:
        for block, size in _blocks(path):
            returns = b"\r" in block or rest.endswith(b"\r")
            first, *others = block.split(b"\n")
            rest += first[: max(0, limit + 2 - len(rest))]
            lines = []
            if others:
                lines = [rest, *others[:-1]]
                rest = others[-1]
            yield _without_returns(lines) if returns else lines, size
    except (OSError, EOFError, zlib.error) as cause:
        broken = cause
    if rest:
        yield _without_returns([rest]), 0
    if broken is not None:
        raise broken


def _without_returns(lines: list[bytes]) -> list[bytes]:
    return [line.removesuffix(b"\r") for line in lines]


def _blocks(path: str) -> Iterator[tuple[bytes, int]]:
    """The bytes of a file, uncompressed, and how far that moved in the file itself, which may be a pipe."""
    with ExitStack() as closing:
        opened = sys.stdin.buffer if path == STDIN else closing.enter_context(Path(path).open("rb"))
        counted = _Counted(cast("BufferedReader", opened))
        raw = BufferedReader(counted)
        is_packed = path.endswith(".gz") or raw.peek(len(_PACKED)).startswith(_PACKED)
        # read1, because read would throw away what stands before the point where a truncated file ends
        stream = gzip.GzipFile(fileobj=raw) if is_packed else raw
        before = 0
        while block := stream.read1(_BLOCK_BYTES):
            yield block, counted.taken - before
            before = counted.taken


class _Counted(RawIOBase):
    """Counts what was taken from a file: a pipe cannot be asked how far one has come. Never closes it."""

    def __init__(self, file: BufferedReader) -> None:
        self._file = file
        self.taken = 0

    def readable(self) -> bool:
        """Only that."""
        return True

    def readinto(self, buffer: "WriteableBuffer") -> int:
        """What is there, at most so much; first all that tells whether it is packed, however a pipe brings it."""
        count = self._file.readinto1(buffer) if self.taken else self._file.readinto(memoryview(buffer)[: len(_PACKED)])
        self.taken += count
        return count

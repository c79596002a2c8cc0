"""The lake of one home: append, list, verify."""

import contextlib
import hashlib
import os
import time
from collections.abc import Iterator, Sequence
from itertools import groupby
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from ingest.lake import durable, layout
from ingest.lake.layout import Kind, Segment
from ingest.lake.rows import EVENTS, QUARANTINE, EventRow, QuarantineRow, parquet, sha256_prefix

_STALE_SECONDS = 3600
_TEMPORARIES = (".*.tmp", "*/.*.tmp", "*/*/.*.tmp")
_DAY = 86_400_000_000

Row = TypeVar("Row", EventRow, QuarantineRow)


class Lake:
    """The append-only files under `$NACRE_HOME/lake`."""

    def __init__(self, home: Path) -> None:
        """Name the lake of a home; nothing is created before the first write."""
        self.home = home.absolute()
        self.root = self.home / "lake"
        self._durable: set[Path] = set()

    def segments(self, kind: Kind = "events") -> list[Segment]:
        """Every segment of a kind, sorted by name. Opens no file."""
        return list(layout.list_segments(self.root / kind, kind))

    def foreign(self, kind: Kind = "events") -> list[Path]:
        """Files in the lake that are no segment and are never read."""
        return list(layout.list_foreign(self.root / kind))

    def write_events(self, rows: Sequence[EventRow], writer: str) -> list[Segment]:
        """Append events, one segment per received_date; durable when this returns. Raises `LakeUnwritable`."""
        return [self._write(day, EVENTS, "events", date, writer) for date, day in _by_date(rows)]

    def write_quarantine(self, rows: Sequence[QuarantineRow], writer: str) -> list[Segment]:
        """Append unusable deliveries with their reasons; durable when this returns. Raises `LakeUnwritable`."""
        return [self._write(day, QUARANTINE, "quarantine", date, writer) for date, day in _by_date(rows)]

    def holds_events(self, rows: Sequence[EventRow], writer: str) -> bool:
        """Whether writing these rows would find every segment of theirs already there."""
        return all(
            self._place(day[0].received_at, parquet(day, EVENTS), "events", date, writer)[0].exists()
            for date, day in _by_date(rows)
        )

    def verify(self, segment: Segment) -> bool:
        """Whether the file still has the content that its name promises. A missing file raises FileNotFoundError."""
        with segment.path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()[:16] == segment.sha256_prefix

    def prove_writable(self, writer: str) -> None:
        """Write, fsync and remove a small file where segments of now would be written. Raises `LakeUnwritable`."""
        today = f"{layout.PARTITION}{layout.received_date(time.time_ns() // 1000)}"
        for folder in {self._nearest(self.root / kind / today) for kind in layout.KINDS}:
            self._prove(folder, f".probe-{writer}.tmp")

    def sweep(self) -> list[Path]:
        """Remove temporaries that a killed writer left over an hour ago; they were never acknowledged."""
        before = time.time() - _STALE_SECONDS
        stale = []
        for path in (path for pattern in _TEMPORARIES for path in self.root.glob(pattern)):
            with contextlib.suppress(FileNotFoundError):  # another process sweeps too, or its writer is done with it
                if path.lstat().st_mtime < before:
                    path.unlink()
                    stale.append(path)
        return stale

    def _write(
        self, rows: Sequence[EventRow] | Sequence[QuarantineRow], schema: pa.Schema, kind: Kind, date: str, writer: str
    ) -> Segment:
        content = parquet(rows, schema)
        path, prefix = self._place(rows[0].received_at, content, kind, date, writer)
        try:
            self._ensure_folder(path.parent)
            durable.write_file(path, content)
        except durable.LakeUnwritable:
            self._durable.clear()  # whatever is true of the folders now is looked at again
            raise
        return Segment(f"{path.parent.name}/{path.name}", path, kind, date, prefix, len(content))

    def _place(self, first: int, content: bytes, kind: Kind, date: str, writer: str) -> tuple[Path, str]:
        prefix = sha256_prefix(content)
        folder = self.root / kind / f"{layout.PARTITION}{date}"
        return folder / layout.file_name(first, writer, prefix), prefix

    def _nearest(self, folder: Path) -> Path:
        """The folder, or the first above it that is there, whatever it is."""
        return folder if folder == self.root or os.path.lexists(folder) else self._nearest(folder.parent)

    def _prove(self, folder: Path, name: str) -> None:
        try:
            self._ensure_folder(folder)
            durable.write_file(folder / name, b"nacre")
            (folder / name).unlink()
        except durable.LakeUnwritable:
            self._durable.clear()
            raise
        except OSError as cause:
            raise durable.LakeUnwritable("remove", folder / name, cause) from cause

    def _ensure_folder(self, folder: Path) -> None:
        if folder in self._durable:
            return
        if folder != self.home:
            self._ensure_folder(folder.parent)
        durable.make_folder(folder)
        self._durable.add(folder)


def _by_date(rows: Sequence[Row]) -> Iterator[tuple[str, list[Row]]]:
    in_order = sorted(rows, key=lambda row: row.received_at // _DAY)  # stable: within a day they stay as they came
    for _, day in groupby(in_order, key=lambda row: row.received_at // _DAY):
        same_day = list(day)
        yield layout.received_date(same_day[0].received_at), same_day

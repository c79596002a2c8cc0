"""Where a segment lies and what its name says; nothing here opens a file."""

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Literal

from ingest.lake import manifests

Kind = Literal["events", "quarantine"]

KINDS: tuple[Kind, ...] = ("events", "quarantine")
PARTITION = "received_date="
_FILE = re.compile(r"(?P<first>\d{8}T\d{6}\.\d{6}Z)-(?P<writer>[A-Za-z0-9_.]+)-(?P<sha256>[0-9a-f]{16})\.parquet")
_FOLDER = re.compile(r"received_date=(?P<date>\d{4}-\d{2}-\d{2})")
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True, order=True)
class Segment:
    """One immutable file of the lake. Its name is its key: partition folder and file name."""

    name: str
    path: Path
    kind: Kind
    received_date: str
    sha256_prefix: str
    bytes: int


def instant(microseconds: int) -> datetime:
    """The UTC instant of a count of microseconds since the epoch, exactly."""
    return _EPOCH + timedelta(microseconds=microseconds)


def received_date(microseconds: int) -> str:
    """The partition of a receipt time: its date in UTC."""
    return instant(microseconds).date().isoformat()


def file_name(first_received_at: int, writer: str, sha256_prefix: str) -> str:
    """A segment's file name. It carries no value from the sender."""
    return f"{instant(first_received_at):%Y%m%dT%H%M%S.%fZ}-{writer}-{sha256_prefix}.parquet"


def writer(file_name: str) -> str:
    """Who wrote a segment; empty for a file that is none."""
    matched = _FILE.fullmatch(file_name)
    return matched["writer"] if matched else ""


def renamed(file_name: str, writer: str, sha256_prefix: str) -> str:
    """The name of a segment that takes the place of those from `file_name` on."""
    first, _, _ = file_name.partition("-")
    return f"{first}-{writer}-{sha256_prefix}.parquet"


def list_segments(folder: Path, kind: Kind) -> Iterator[Segment]:
    """The segments under one kind's folder, sorted by name; temporaries and foreign files are passed over.

    A day's folder may be a link to one on another disk: it is written through the link, so it is read through it. Of
    segments that were rewritten and are still there, only the new one is given.
    """
    for partition in _sorted_entries(folder):
        matched = _FOLDER.fullmatch(partition.name)
        if matched and Path(partition.path).is_dir():
            entries = _sorted_entries(Path(partition.path))
            hidden = manifests.hidden(Path(partition.path), [entry.name for entry in entries])
            for entry in entries:
                segment = _segment(entry, kind, partition.name, matched["date"]) if entry.name not in hidden else None
                if segment:
                    yield segment


def list_foreign(folder: Path) -> Iterator[Path]:
    """Visible files that are no segment: someone else put them there, and no build reads them."""
    for partition in _sorted_entries(folder):
        if Path(partition.path).is_dir():
            for entry in _sorted_entries(Path(partition.path)):
                if not entry.name.startswith(".") and not _names_segment(entry):
                    yield Path(entry.path)
        elif not partition.name.startswith("."):
            yield Path(partition.path)


def _segment(entry: os.DirEntry[str], kind: Kind, partition: str, date: str) -> Segment | None:
    matched = _names_segment(entry)
    if not matched:
        return None
    try:
        size = entry.stat(follow_symlinks=False).st_size
    except FileNotFoundError:  # compaction took it between the listing and the look
        return None
    return Segment(f"{partition}/{entry.name}", Path(entry.path), kind, date, matched["sha256"], size)


def _names_segment(entry: os.DirEntry[str]) -> re.Match[str] | None:
    """The parts of a segment's name; None for another name, and for what is no file, such as a link."""
    return _FILE.fullmatch(entry.name) if entry.is_file(follow_symlinks=False) else None


def _sorted_entries(folder: Path) -> list[os.DirEntry[str]]:
    try:
        with os.scandir(folder) as entries:
            return sorted(entries, key=lambda entry: entry.name)
    except FileNotFoundError:
        return []

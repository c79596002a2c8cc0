"""Is there anything to build? Answered from the published file, without Dagster and without any lock.

The published file carries the ledger of what it was made from. So it answers all at once: segments
that came later, a build that died before its publication, a publication that was lost.
"""

import hashlib
from dataclasses import dataclass
from importlib.util import find_spec
from pathlib import Path

import duckdb

from ingest.lake import Kind, Lake
from pipelines.atomic import read_json, write_json
from pipelines.home import Home
from warehouse.load import Segment, pending

KINDS: tuple[Kind, ...] = ("events", "quarantine")
SOURCES = ("*.py", "*.sql", "*.yaml", "*.yml")


@dataclass(frozen=True)
class Pending:
    """What the next build would take in; `reason` is a sentence, empty where there is nothing to do."""

    segments: int
    reason: str


def lake_segments(home: Home) -> list[Segment]:
    """Return every segment of the lake as the warehouse wants it."""
    lake = Lake(home.root)
    return [
        Segment(name=found.name, path=found.path, kind=found.kind, sha256_prefix=found.sha256_prefix)
        for kind in KINDS
        for found in lake.segments(kind)
    ]


def whats_pending(home: Home) -> Pending:
    """Compare the lake and the code with what the published file was made from."""
    segments = lake_segments(home)
    if not home.published.exists():
        return Pending(len(segments), "nothing is published yet")
    new = _not_published(home.published, segments)
    if new is None:
        return Pending(len(segments), "the published file does not open")
    if new:
        return Pending(new, f"{new} segments are not in the published warehouse")
    return Pending(0, _stale(home))


def remember_publication(home: Home, *, complete: bool) -> None:
    """Note what the publication was made by; `complete` is false where a table could not be built."""
    write_json(home.publication, {"fingerprint": fingerprint(home), "complete": complete})


def fingerprint(home: Home) -> str:
    """Return a hash of the warehouse's code and SQL, of the versions that run it, and of the operator's files."""
    from importlib.metadata import version  # noqa: PLC0415 - it brings in all that reads e-mails, which few need

    digest = hashlib.sha256(f"{version('duckdb')} {version('nacre')}".encode())
    spec = find_spec("warehouse")
    folders = [Path(folder) for folder in (spec.submodule_search_locations or [])] if spec else []
    for path in sorted(path for folder in folders for pattern in SOURCES for path in folder.rglob(pattern)):
        digest.update(path.name.encode() + b"\0" + path.read_bytes())
    for path in home.references:
        digest.update(path.name.encode() + (path.read_bytes() if path.exists() else b""))
    return digest.hexdigest()


def _stale(home: Home) -> str:
    noted = read_json(home.publication)
    if not isinstance(noted, dict):
        return "the last publication did not finish"
    if noted.get("fingerprint") != fingerprint(home):
        return "code, holidays.csv or rates.csv have changed since the last publication"
    if not noted.get("complete"):
        return "the last build left a table behind"
    return ""


def _not_published(published: Path, segments: list[Segment]) -> int | None:
    try:
        with duckdb.connect(str(published), read_only=True) as connection:
            return len(pending(connection, segments))
    except duckdb.Error:
        return None

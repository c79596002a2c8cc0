"""Is each segment of the ledger in the lake, and each one in the lake what its name promises?"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.load import Segment
from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport

TABLE, FILE = "ops.segments", ("bytes", "sha256_prefix", "received_date")


@dataclass(frozen=True, slots=True)
class Sound:
    """Segments that are loaded and whole; of those named `partly`, some deliveries are not loaded yet."""

    segments: list[Segment] = field(default_factory=list)
    partly: set[str] = field(default_factory=set)


def check_segments(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    *,
    stands_for: Mapping[str, Sequence[str]],
    foreign: Iterable[Path],
    report: VerifyReport,
    progress: Callable[[str, int, int], None],
) -> Sound:
    """Hash every segment and compare the listing with the ledger; returns those that are loaded and whole.

    A segment that stands for others which the ledger has still is one of them: their deliveries are in it, and maybe
    those of others that wait for the next build.
    """
    rows = con.execute(statement("verify/ledger")).fetchall()
    ledger = {(kind, name): (status, deliveries) for kind, name, status, deliveries, *_ in rows}
    sound = Sound()
    for done, segment in enumerate(segments):
        progress("segments", done, len(segments))
        held = ledger.pop((segment.kind, segment.name), None)
        replaced = [ledger.pop((segment.kind, name), None) for name in stands_for.get(segment.name, ())]
        report.segments += 1
        report.waiting += held is None and not any(replaced)
        found = _damage(segment) or (_length(segment, held[1]) if held and held[0] == "loaded" else None)
        if found is not None:
            report.add(Finding("segment", found, segment.name))
        elif held is not None and held[0] != "loaded":
            report.add(Finding("segment", "is whole, but was set aside as damaged: build again", segment.name))
        elif held is not None:
            sound.segments.append(segment)
        elif any(replaced):
            sound.segments.append(segment)
            if _length(segment, sum(one[1] for one in replaced if one)) is not None:
                sound.partly.add(segment.name)
                report.waiting += 1
    for (kind, name), (status, _) in ledger.items():
        if status == "loaded":
            report.add(Finding("segment", f"was loaded, but is not in the lake's {kind} any more", name))
    _check_files({(kind, name): tuple(told) for kind, name, _, _, *told in rows}, sound.segments, report)
    for path in foreign:
        report.add(Finding("segment", "is no segment: nothing reads it", f"{path.parent.name}/{path.name}"))
    return sound


def _check_files(
    ledger: Mapping[tuple[str, str], tuple[object, ...]], sound: Sequence[Segment], report: VerifyReport
) -> None:
    """What the ledger says of the file of a loaded segment: bytes, sha256_prefix, received_date."""
    for segment in sound:
        told = ledger.get((segment.kind, segment.name), ())
        there = (segment.size, segment.sha256_prefix, segment.received_date)
        for name, said, is_ in zip(FILE, told, there, strict=False):
            if said != is_:
                report.add(
                    Finding("segment", f"has the {name} {is_}, the ledger says {said}", segment.name, None, TABLE, name)
                )


def _damage(segment: Segment) -> str | None:
    try:
        with segment.path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        return f"cannot be read: {error.strerror}"
    if found.startswith(segment.sha256_prefix):
        return None
    return f"is damaged: its content has the hash {found[: len(segment.sha256_prefix)]}, not the one in its name"


def _length(segment: Segment, deliveries: int) -> str | None:
    try:
        rows = pq.ParquetFile(segment.path).metadata.num_rows
    except (OSError, pa.ArrowException) as error:
        return f"cannot be read: {str(error).splitlines()[0]}"
    return None if rows == deliveries else f"holds {rows} deliveries, the ledger says {deliveries}"

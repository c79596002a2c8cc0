"""Prove that the warehouse says what the lake says: segments, sums, and each leaf of each body in its typed place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse.load import Segment
from warehouse.verify.accounting import check_accounting
from warehouse.verify.bodies import BodiesCheck
from warehouse.verify.deliveries import stand_for
from warehouse.verify.findings import Finding, VerifyReport, reading
from warehouse.verify.layout import layouts
from warehouse.verify.made import check_made
from warehouse.verify.quarantined import check_quarantined
from warehouse.verify.segments import check_segments
from warehouse.verify.shapes import check_shapes
from warehouse.verify.told import check_told

__all__ = ["SAMPLE", "Finding", "VerifyReport", "reading", "verify"]

SAMPLE = 2_000


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def verify(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    *,
    sample: int | None = SAMPLE,
    foreign: Iterable[Path] = (),
    stands_for: Mapping[str, Sequence[str]] | None = None,
    published: bool = False,
    progress: Callable[[str, int, int], None] = _silent,
) -> VerifyReport:
    """Hold the warehouse behind `con` (a published file will do, read-only) against the segments of the lake.

    `sample` events are compared leaf by leaf, spread over all event_names and segments; None compares all.
    `foreign` are files in the lake that are no segments; `stands_for` names, for a rewritten segment, those that it
    stands for. `published`: the file was published, and is not one that a build may still be at. Nothing is written but
    temporary tables. Whatever the file holds, what is wrong is a finding; where the warehouse's own tables are not as
    nacre makes them, nothing else is looked at.
    """
    report = VerifyReport(full=sample is None)
    replaced = {} if stands_for is None else stands_for
    con.execute("set TimeZone = 'UTC'")
    with reading(report):
        report.readable = check_made(con, report)
    if not report.readable:
        return report
    with reading(report):
        sound = check_segments(con, segments, stands_for=replaced, foreign=foreign, report=report, progress=progress)
        stand_for(con, sound.segments, replaced)
        tables = layouts(con, report)
        check_accounting(con, tables, report, published=published)
        check_shapes(con, report)
        check_told(con, tables, report)
        with reading(report):
            BodiesCheck(con, tables, report).run(sound, sample, progress)
        if report.full:
            check_quarantined(con, sound, report)
    return report

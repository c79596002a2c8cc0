"""Prove that the warehouse says what the lake says: segments, sums, and each leaf of each body in its typed place."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path

import duckdb

from warehouse.load import Segment
from warehouse.verify.accounting import check_accounting
from warehouse.verify.bodies import BodiesCheck
from warehouse.verify.findings import Finding, VerifyReport
from warehouse.verify.layout import layouts
from warehouse.verify.segments import check_segments

__all__ = ["SAMPLE", "Finding", "VerifyReport", "verify"]

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
    progress: Callable[[str, int, int], None] = _silent,
) -> VerifyReport:
    """Hold the warehouse behind `con` (a published file will do, read-only) against the segments of the lake.

    `sample` events are compared leaf by leaf, spread over all event_names and segments; None compares all.
    `foreign` are files in the lake that are no segments; `stands_for` names, for a rewritten segment, those that it
    stands for. Nothing is written but temporary tables.
    """
    report = VerifyReport(full=sample is None)
    replaced = {} if stands_for is None else stands_for
    con.execute("set TimeZone = 'UTC'")
    sound = check_segments(con, segments, stands_for=replaced, foreign=foreign, report=report, progress=progress)
    tables = layouts(con)
    check_accounting(con, tables, report)
    BodiesCheck(con, tables, report).run(sound, replaced, sample, progress)
    return report

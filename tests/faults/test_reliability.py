"""What was answered 2xx is in the lake after any crash, power cut or disk fault; each proof can fail."""

from pathlib import Path

import pytest

from tests.faults.rows import PLANTED, ROWS, Row

SHORT = [row for row in ROWS if row.short]
SLOW = {"kills", "processes", "slow-fsync", "stops", "clock", "failed-fsync", "kernel-refusals"}
"""Rows whose short form takes seconds, and is left to `make thorough`."""


def names(rows: list[Row]) -> list[str]:
    return [row.name for row in rows]


def must_run(why_not: str | None) -> None:
    if why_not:
        pytest.skip(why_not)


@pytest.mark.parametrize(
    "row",
    [pytest.param(row, marks=pytest.mark.thorough if row.name in SLOW else ()) for row in SHORT],
    ids=names(SHORT),
)
def test_nothing_acknowledged_is_lost(tmp_path: Path, row: Row) -> None:
    """The short form of each row of the reliability table holds."""
    must_run(row.why_not())
    result = row.run(tmp_path, row.short)
    assert (result.tried > 0, result.lost, result.wrong) == (True, 0, [])


@pytest.mark.parametrize("bug", PLANTED)
@pytest.mark.thorough
def test_each_planted_bug_is_caught(tmp_path: Path, bug: str) -> None:
    """A server without fsync, without folder fsync, answering early, or trusting a second fsync fails a row."""
    _, run, why_not = PLANTED[bug]
    must_run(why_not())
    result = run(tmp_path, bug)
    assert (result.holds, result.lost > 0) == (False, True)


@pytest.mark.long
@pytest.mark.timeout(7200)
@pytest.mark.parametrize("row", ROWS, ids=names(ROWS))
def test_nothing_acknowledged_is_lost_at_length(tmp_path: Path, row: Row) -> None:
    """The long form of each row of the reliability table holds."""
    must_run(row.why_not())
    result = row.run(tmp_path, row.long)
    assert (result.tried > 0, result.lost, result.wrong) == (True, 0, [])

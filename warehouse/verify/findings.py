"""What a look at the warehouse found wrong: named by place, with the values apart, because they may be personal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import duckdb

KEPT = 10_000
"""Findings that are kept one by one; beyond that they are only counted."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong. `expected` and `found` hold values of the sender: show them only when asked to."""

    check: str
    what: str
    segment: str | None = None
    event_id: str | None = None
    table: str | None = None
    column: str | None = None
    path: str | None = None
    expected: str | None = field(default=None, repr=False)
    found: str | None = field(default=None, repr=False)

    @property
    def where(self) -> str:
        """The place in words, as far as it is known."""
        parts = {
            "segment": self.segment,
            "event": self.event_id,
            "table": self.table,
            "column": self.column,
            "path": self.path,
        }
        return ", ".join(f"{name} {value}" for name, value in parts.items() if value is not None)


@dataclass(slots=True)
class VerifyReport:
    """What was looked at and what is wrong; `waiting` counts segments that no build has taken in yet.

    `readable`: whether the warehouse's own tables are as nacre makes them; where not, nothing else was looked at.
    """

    full: bool
    readable: bool = False
    segments: int = 0
    waiting: int = 0
    delivered: int = 0
    events: int = 0
    checked: int = 0
    leaves: int = 0
    wrong: int = 0
    findings: list[Finding] = field(default_factory=list)

    @property
    def ok(self) -> bool:
        """Whether nothing is wrong."""
        return self.wrong == 0

    def add(self, finding: Finding) -> None:
        """Count a finding, and keep it while there are not too many."""
        self.wrong += 1
        if len(self.findings) < KEPT:
            self.findings.append(finding)


@contextmanager
def reading(report: VerifyReport, table: str | None = None) -> Iterator[None]:
    """Let what DuckDB cannot read be a finding, for that is damage too; what the machine lacks is none.

    Its message may quote a value, unless it is about the file.
    """
    try:
        yield
    except (duckdb.OutOfMemoryException, duckdb.InterruptException):
        raise
    except duckdb.Error as error:
        told = str(error).splitlines()[0] if isinstance(error, duckdb.IOException) else type(error).__name__
        report.add(Finding("reading", f"cannot be read: {told}", table=table, found=str(error)))

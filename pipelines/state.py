"""The state of a home at a glance, from the lake's listing and the published file; no lock is needed."""

import json
from dataclasses import asdict, dataclass, field
from datetime import UTC, datetime
from typing import Any

from ingest.lake import Lake
from pipelines.home import Home
from pipelines.pending import Pending, whats_pending
from pipelines.reading import published
from pipelines.statements import rows_of


@dataclass(frozen=True)
class LakeState:
    """The lake's listing, summed up."""

    segments: int
    bytes: int
    days: int
    quarantine_segments: int
    newest_segment: str | None


@dataclass(frozen=True)
class State:
    """Everything that `nacre status` shows."""

    home: str
    lake: LakeState
    pending: Pending
    ledger: dict[str, Any] = field(default_factory=dict)
    tables: list[dict[str, Any]] = field(default_factory=list)
    quarantine: list[dict[str, Any]] = field(default_factory=list)
    lag_seconds: float | None = None

    def as_dict(self) -> dict[str, Any]:
        """Return the state for JSON."""
        return dict(json.loads(json.dumps(asdict(self), default=str)))


def state_of(home: Home) -> State:
    """Look at a home; works while a build runs, because it opens neither the build file nor any segment."""
    lake, pending = _lake(home), whats_pending(home)
    if not home.published.exists():
        return State(str(home.root), lake, pending)
    with published(home.published) as connection:
        ledger = rows_of(connection, "status_ledger")[0]
        return State(
            str(home.root),
            lake,
            pending,
            ledger,
            rows_of(connection, "status_tables"),
            rows_of(connection, "status_quarantine"),
            _lag(ledger),
        )


def _lake(home: Home) -> LakeState:
    lake = Lake(home.root)
    events, quarantine = lake.segments("events"), lake.segments("quarantine")
    return LakeState(
        segments=len(events),
        bytes=sum(found.bytes for found in [*events, *quarantine]),
        days=len({found.received_date for found in events}),
        quarantine_segments=len(quarantine),
        newest_segment=max((found.path.name for found in [*events, *quarantine]), default=None),
    )


def _lag(ledger: dict[str, Any]) -> float | None:
    """Return how long ago the last publication was, in seconds."""
    last = ledger["last_published_at"]
    return (datetime.now(UTC) - last).total_seconds() if last else None

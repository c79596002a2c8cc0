"""What an erasure is asked for, and what it tells: counts, ids, places; no value of anybody's data."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Self

from ingest.lake.bodies import Steps
from ingest.lake.finding import Criterion, Found
from ingest.lake.retention import Aged
from warehouse.schema.names import json_path


@dataclass(frozen=True)
class Before:
    """Everything that is older than a date, such as 2026-11-23."""

    date: str

    @classmethod
    def days_ago(cls, days: int) -> Self:
        """The date that began so many days before the last midnight, UTC."""
        return cls((datetime.now(UTC).date() - timedelta(days=days)).isoformat())


Target = Criterion | Before


@dataclass
class Forgetting:
    """What was found and, unless in a dry run, erased. `resumed` counts erasures that had died before.

    `places` says where in bodies the value stood, and how often; `mentions` names deliveries that are not erased, but
    have it within a longer text; `others` are values beside it that may name the same person. By age, `days` counts
    deliveries by day, and `late` those received since of older events. `removed` names files that were made from what
    is published, `traces` those that still tell what was erased, `unsearched` those that may.
    """

    dry_run: bool
    criterion: str = ""
    before: str = ""
    events: int = 0
    quarantined: int = 0
    event_ids: list[str] = field(default_factory=list)
    quarantine_ids: list[str] = field(default_factory=list)
    deliveries: int = 0
    segments: int = 0
    places: dict[str, int] = field(default_factory=dict)
    mentions: list[str] = field(default_factory=list)
    others: list[str] = field(default_factory=list)
    days: dict[str, int] = field(default_factory=dict)
    late: int = 0
    resumed: int = 0
    erased: bool = False
    removed: list[str] = field(default_factory=list)
    traces: list[str] = field(default_factory=list)
    unsearched: list[str] = field(default_factory=list)

    @property
    def found(self) -> bool:
        """Whether there is anything to erase."""
        return self.events > 0 or self.quarantined > 0

    @classmethod
    def of_criterion(cls, found: Found, criterion: str) -> Self:
        """What looking at every delivery found."""
        return cls(
            dry_run=True,
            criterion=criterion,
            events=len(found.event_ids),
            quarantined=len(found.quarantine_ids),
            event_ids=sorted(found.event_ids),
            quarantine_ids=sorted(found.quarantine_ids),
            deliveries=found.deliveries,
            segments=len(found.segments),
            places={_place(steps): times for steps, times in found.places.most_common()},
            mentions=sorted(found.mentions),
            others=[value for value, _ in found.others.most_common()],
        )

    @classmethod
    def of_age(cls, aged: Aged) -> Self:
        """What is older than a date."""
        return cls(
            dry_run=True,
            criterion=f"older than {aged.before}",
            before=aged.before,
            events=aged.events,
            quarantined=aged.quarantined,
            deliveries=aged.deliveries,
            segments=aged.segments,
            days=dict(sorted(aged.days.items())),
            late=aged.late,
        )


def _place(steps: Steps) -> str:
    """A place as in ops.columns where it is in `data`, else in the whole body."""
    return json_path(steps[1:]) if steps[:1] == ("data",) else f"body {json_path(steps)}"

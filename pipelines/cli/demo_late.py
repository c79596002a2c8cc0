"""The demo's late event: an approval of weeks ago that arrives today, of an expense that still waits for it."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import httpx

from ingest.simulator.clock import milliseconds_of, ulid
from pipelines.home import Home
from pipelines.reading import published
from pipelines.statements import rows_of

WAITS = timedelta(days=2)


@dataclass(frozen=True)
class LateApproval:
    """Which expense it is, when it was approved, and until when nobody knew."""

    company_id: str
    expense_id: str
    at: datetime
    known_at: datetime

    @property
    def month_before(self) -> datetime:
        """The end of the month before the approval."""
        return self.at.replace(day=1, hour=0, minute=0, second=0, microsecond=0)

    @property
    def month_end(self) -> datetime:
        """The end of its month."""
        return (self.month_before + timedelta(days=32)).replace(day=1)

    @property
    def event_id(self) -> str:
        """The same each time, and with the clock of the approval in it, as the sender's ids have."""
        entropy = int.from_bytes(hashlib.sha256(self.expense_id.encode()).digest()[:10], "big")
        return "wh_" + ulid(milliseconds_of(self.at), entropy)

    def post(self, url: str, secret: str) -> None:
        """Deliver it, as thin as Oyster promises: it holds the expense's id alone."""
        envelope = {
            "event_name": "expenses.expense_approved",
            "id": self.event_id,
            "company_id": self.company_id,
            "data": {"expenseId": self.expense_id},
        }
        headers = {"Authorization": f"Bearer {secret}", "Content-Type": "application/json"}
        httpx.post(url, content=json.dumps(envelope), headers=headers, timeout=30).raise_for_status()


def find_late(home: Home, companies: set[str]) -> LateApproval | None:
    """Choose among the simulated companies' expenses one that had waited for a month; None where there is none.

    It is the same one when the same traffic comes again.
    """
    with published(home.published) as connection:
        found = rows_of(connection, "demo_waiting", {"companies": sorted(companies)})
    if not found:
        return None
    row = found[0]
    return LateApproval(row["company_id"], row["expense_id"], row["last_submitted_at"] + WAITS, row["known_at"])


def months_ends(home: Home) -> tuple[datetime, datetime]:
    """The ends of the last two whole months of what is published."""
    with published(home.published) as connection:
        last: datetime = rows_of(connection, "demo_summary")[0]["last_event_at"] or datetime.now(UTC)
    end = last.replace(day=1, hour=0, minute=0, second=0, microsecond=0)
    return (end - timedelta(days=1)).replace(day=1), end

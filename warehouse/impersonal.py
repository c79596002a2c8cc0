"""The views for people in a file of their own, for those who may not see personal data.

The published warehouse holds every body, and with it everything personal that Oyster sends. This file holds the steps
of processes alone, from which all views and macros of `analytics` answer as in the whole file: ids, clocks, stages,
amounts, categories and countries; no body, no typed table, no quarantine.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from warehouse.company import UnknownCompany
from warehouse.fresh_file import fresh_file
from warehouse.statements import statement
from warehouse.transactions import transaction
from warehouse.views import refresh


@dataclass(frozen=True, slots=True)
class AnalyticsFile:
    """A published file of views alone: its path, its size in bytes, and how many events of processes it holds."""

    path: Path
    company_id: str | None
    bytes: int
    events: int


def publish_analytics(whole: Path, target: Path, company_id: str | None = None) -> AnalyticsFile:
    """Write the views of the published file `whole`, of one company or of all, into `target`, without personal data.

    `target` is replaced at one instant and durable when this returns. Raises UnknownCompany.
    """
    with fresh_file(whole, target) as con:
        with transaction(con):
            query = statement("impersonal/process_events")
            (events,) = con.execute(query, {"company": company_id}).fetchall()[0]
            if events == 0 and company_id is not None:
                raise UnknownCompany(company_id)
            con.execute(statement("impersonal/rules"))
            con.execute(statement("impersonal/publications"))
            con.execute(statement("impersonal/expense_receipts"), {"company": company_id})
        refresh(con, without={"core.expense_receipts"})
    return AnalyticsFile(target, company_id, target.stat().st_size, int(events))

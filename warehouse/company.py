"""One company's warehouse, for partners: made of that company's deliveries as if there were no others.

Its typed tables are flattened anew, not cut out of the whole: columns, types and ledgers tell nothing of what others
sent. The file is written fresh, because a copy with deletes keeps the deleted bytes in its free blocks.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import duckdb

from warehouse.flatten import flatten_all
from warehouse.fresh_file import fresh_file
from warehouse.naming import assign_names
from warehouse.processes import advance
from warehouse.statements import statement
from warehouse.transactions import transaction
from warehouse.views import refresh

_FILLED = ("arrivals", "names", "duplicates", "unknown_winners", "conflicts", "segments", "publications")


class UnknownCompany(Exception):  # noqa: N818 - it names a state
    """The warehouse has no event of the company."""

    def __init__(self, company_id: str) -> None:
        super().__init__(
            f"No event of company {company_id!r} is published; list them:"
            ' nacre sql "select distinct company_id from core.events"'
        )
        self.company_id = company_id


@dataclass(frozen=True, slots=True)
class CompanyFile:
    """One company's published file: its path, its size in bytes, and how much it holds."""

    path: Path
    company_id: str
    bytes: int
    events: int
    tables: int


def _silent(_stage: str, _done: int, _total: int) -> None:
    """Tell nobody."""


def publish_company(
    whole: Path, company_id: str, target: Path, progress: Callable[[str, int, int], None] = _silent
) -> CompanyFile:
    """Write what the published file `whole` holds of one company into `target`, readable by its owner alone.

    `target` is replaced at one instant and durable when this returns; until then it stands as it was.
    Raises UnknownCompany.
    """
    with fresh_file(whole, target) as con:
        events = _fill(con, company_id, progress)
        tables = int(con.execute("select count(*) from ops.tables").fetchall()[0][0])
    return CompanyFile(target, company_id, target.stat().st_size, events, tables)


def _fill(con: duckdb.DuckDBPyConnection, company_id: str, progress: Callable[[str, int, int], None]) -> int:
    """Take over the company's rows, and make of them what a build makes of deliveries. Returns the number of events."""
    with transaction(con):
        (events,) = con.execute(statement("company/events"), {"company": company_id}).fetchall()[0]
        if events == 0:
            raise UnknownCompany(company_id)
        for name in _FILLED:
            con.execute(statement(f"company/{name}"), {"company": company_id} if name == "conflicts" else None)
        (last_load,) = con.execute("select max(load_no) from core.event_store").fetchall()[0]
        assign_names(con, last_load)
    flatten_all(con, partial(progress, "tables"))
    advance(con)
    con.execute(statement("company/references"))
    refresh(con)
    return int(events)

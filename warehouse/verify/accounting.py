"""Do the sums hold: every delivery an event, a duplicate or a conflict, every event a row in its table?"""

from __future__ import annotations

import duckdb

from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport, reading
from warehouse.verify.layout import TableLayout

SHOWN = 100
"""Rows of one kind and table that are named one by one."""

SUMS = (
    "segment_sums",
    "quarantine_sums",
    "ids_twice",
    "strays",
    "winners",
    "without_table",
    "columns_differ",
    "misfits_misplaced",
    "segments_twice",
    "names_differ",
    "loads_differ",
    "origins_differ",
    "flattened_differ",
    "observed_differ",
    "books_twice",
    "arrivals_differ",
    "withdrawn_differ",
    "segments_differ",
    "publications_differ",
    "widened_differ",
)


def check_accounting(
    con: duckdb.DuckDBPyConnection, tables: dict[str, list[TableLayout]], report: VerifyReport, *, published: bool
) -> None:
    """Check the sums of the ledger, and the rows of each typed table against the events.

    The temporary table `stands_for` says by which names segments are known.
    """
    with reading(report):
        report.delivered, report.events = con.execute(statement("verify/totals")).fetchall()[0]
    for name in (*SUMS, "not_published") if published else SUMS:
        with reading(report):
            for row in con.execute(statement(f"verify/{name}"), {"shown": SHOWN}).fetchall():
                report.add(Finding("accounting", *row))
    for event_name, of_event in tables.items():
        with reading(report, "core.event_store"):
            con.execute(
                "create or replace temp table own_events as select event_id from core.event_store where event_name = ?",
                [event_name],
            )
            for table in of_event:
                with reading(report, table.name):
                    (_check_children if table.steps else _check_own)(con, table, report)
    con.execute("drop table if exists own_events")


def _check_own(con: duckdb.DuckDBPyConnection, table: TableLayout, report: VerifyReport) -> None:
    """The event's own table has one row for each event."""
    missing = f"select event_id from own_events anti join {table.target} using (event_id)"
    extra = f"select event_id from {table.target} anti join own_events using (event_id)"
    twice = f"select event_id from {table.target} group by event_id having count(*) > 1"
    _name(con, missing, table, "its row is missing", report)
    _name(con, extra, table, "its row belongs to no event of this table", report)
    _name(con, twice, table, "its row is there twice", report)
    _count(con, table, report)


def _check_children(con: duckdb.DuckDBPyConnection, table: TableLayout, report: VerifyReport) -> None:
    """Each row of a child table belongs to an event, and positions go 0, 1, 2…"""
    extra = f"select distinct event_id from {table.target} anti join own_events using (event_id)"
    gaps = (
        f"select event_id from {table.target} group by event_id"
        " having max(position) is distinct from count(*) - 1"
        " or count(distinct position) <> count(*) or min(position) <> 0"
    )
    _name(con, extra, table, "rows belong to no event of this table", report)
    _name(con, gaps, table, "rows are missing or there twice: their positions are not 0, 1, 2…", report)
    _count(con, table, report)


def _count(con: duckdb.DuckDBPyConnection, table: TableLayout, report: VerifyReport) -> None:
    query = f"select count(*) from {table.target}"
    rows = con.execute(query).fetchall()[0][0]
    for (said,) in con.execute(statement("verify/said_rows"), [table.schema_name, table.table_name]).fetchall():
        if rows != said:
            what = f"has {rows} rows, ops.tables says {said}"
            report.add(Finding("accounting", what, table=table.name))


def _name(con: duckdb.DuckDBPyConnection, query: str, table: TableLayout, what: str, report: VerifyReport) -> None:
    rows = con.execute(query + f" order by event_id limit {SHOWN}").fetchall()
    for (event_id,) in rows:
        report.add(Finding("accounting", what, event_id=event_id, table=table.name))

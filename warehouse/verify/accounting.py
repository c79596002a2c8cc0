"""Do the sums hold: every delivery an event, a duplicate or a conflict, every event a row in its table?"""

from __future__ import annotations

import duckdb

from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport
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
    "unknown_tables",
)


def check_accounting(
    con: duckdb.DuckDBPyConnection, tables: dict[str, list[TableLayout]], report: VerifyReport
) -> None:
    """Check the sums of the ledger, and the rows of each typed table against the events."""
    report.delivered, report.events = con.execute(statement("verify/totals")).fetchall()[0]
    for name in SUMS:
        for row in con.execute(statement(f"verify/{name}"), {"shown": SHOWN}).fetchall():
            report.add(Finding("accounting", *row))
    for event_name, (own, *children) in tables.items():
        con.execute(
            "create or replace temp table own_events as select event_id from core.event_store where event_name = ?",
            [event_name],
        )
        _check_rows(con, own, "own_events", report)
        for child in children:
            _check_children(con, child, report)
    con.execute("drop table if exists own_events")


def _check_rows(con: duckdb.DuckDBPyConnection, table: TableLayout, events: str, report: VerifyReport) -> None:
    """The event's own table has one row for each event."""
    missing = f"select event_id from {events} anti join {table.target} using (event_id)"
    extra = f"select event_id from {table.target} anti join {events} using (event_id)"
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
        " having count(*) <> max(position) + 1 or count(distinct position) <> count(*) or min(position) <> 0"
    )
    _name(con, extra, table, "rows belong to no event of this table", report)
    _name(con, gaps, table, "rows are missing or there twice: their positions are not 0, 1, 2…", report)
    _count(con, table, report)


def _count(con: duckdb.DuckDBPyConnection, table: TableLayout, report: VerifyReport) -> None:
    query = f"select count(*) from {table.target}"
    rows = con.execute(query).fetchall()[0][0]
    said = con.execute(statement("verify/said_rows"), [table.schema_name, table.table_name]).fetchall()[0][0]
    if rows != said:
        what = f"has {rows} rows, ops.tables says {said}"
        report.add(Finding("accounting", what, table=table.name))


def _name(con: duckdb.DuckDBPyConnection, query: str, table: TableLayout, what: str, report: VerifyReport) -> None:
    rows = con.execute(query + f" order by event_id limit {SHOWN}").fetchall()
    for (event_id,) in rows:
        report.add(Finding("accounting", what, event_id=event_id, table=table.name))

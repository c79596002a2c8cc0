"""Does core.process_events say what the typed rows tell, and are the echoes among them marked as they should be?"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import duckdb

from warehouse.catalogue import declared
from warehouse.facts import Telling, fingerprint, telling
from warehouse.processes import all_rows
from warehouse.quoting import quote
from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport, reading
from warehouse.verify.layout import TableLayout

SHOWN = 100
TABLE = "core.process_events"
LEFT_OUT = ("is_echo", "echo_of")
"""The marks of echoes, which no typed row tells: they are looked at by themselves."""


def check_told(
    con: duckdb.DuckDBPyConnection, tables: Mapping[str, Sequence[TableLayout]], report: VerifyReport
) -> None:
    """Compare how many events were told of each event_name; in full, also each row, and the marks of echoes."""
    with reading(report, TABLE):
        told = dict(con.execute(statement("verify/told_events")).fetchall())
        for event_name, (own, *_) in tables.items():
            rows = told.pop(event_name, 0)
            tells = telling(event_name)
            expected = _count(con, own.target) if tells else 0
            if rows != expected:
                what = f"tells of {rows} events of {event_name}, the process has {expected}"
                report.add(Finding("accounting", what, table=TABLE))
            if report.full and tells:
                with reading(report, own.name):
                    _check_rows(con, tells, own, report)
        _check_made_by(con, report)
        for event_name, rows in sorted(told.items(), key=repr):
            report.add(
                Finding("accounting", f"tells of {rows} events of {event_name}, which has no table", table=TABLE)
            )
        if report.full:
            _check_echoes(con, report)


def _check_made_by(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> None:
    """What typed rows were made and told by is what is declared now: by it a build knows what it has to make anew."""
    for event_name, types, process in con.execute(
        "from core.flattened select event_name, declared, process"
    ).fetchall():
        wanted = {path: column.type for path, column in declared(event_name).items() if column.type}
        differing = [
            column
            for column, is_wrong in (
                ("declared", dict(types) != wanted),
                ("process", process != fingerprint(telling(event_name))),
            )
            if is_wrong
        ]
        for column in differing:
            what = f"does not say what the catalogue says of {event_name}"
            report.add(Finding("accounting", what, None, None, "core.flattened", column))


def _count(con: duckdb.DuckDBPyConnection, target: str) -> int:
    return int(con.execute("select count(*) from " + target).fetchall()[0][0])


def _check_rows(con: duckdb.DuckDBPyConnection, tells: Telling, own: TableLayout, report: VerifyReport) -> None:
    """Each row of core.process_events is what the typed row tells. The sums of hashes tell first whether all are."""
    places = [(column.name, column.steps, column.type) for column in own.columns]
    rows, values = tells.rows(all_rows(tells, own.target, places))
    columns = con.execute(statement("verify/told_columns")).fetchall()
    names = ", ".join(quote(name) for name, _ in columns)
    cells = ", ".join(
        f"cast({quote(name)} as {type_}) as {quote(name)}" for name, type_ in columns if name not in LEFT_OUT
    )
    wanted = f"select {cells} from ({rows}) as told({names})"
    found = f"select {cells} from {TABLE} where event_name = $event_name"
    if _sum(con, wanted, values) == _sum(con, found, {"event_name": tells.event_name}):
        return
    query = (
        f"select distinct event_id from (({wanted} except all {found}) union all ({found} except all {wanted}))"
        f" order by event_id limit {SHOWN}"
    )
    for (event_id,) in con.execute(query, values).fetchall():
        report.add(Finding("accounting", "does not say what the typed row tells", None, event_id, TABLE))


def _sum(con: duckdb.DuckDBPyConnection, query: str, values: Mapping[str, str | None]) -> tuple[int, int]:
    """The rows of a query, and a sum of their hashes, which is the same for any order."""
    summed = "select count(*), sum(hash(said)) from (" + query + ") as said"
    rows, total = con.execute(summed, values).fetchall()[0]
    return rows, total


def _check_echoes(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> None:
    """Work out the marks anew, but of bodies that a build has still to look at."""
    con.execute(statement("verify/shared_bodies"))
    con.execute(statement("processes/marks"))
    for event_id, column in con.execute(statement("verify/echoes_differ"), {"shown": SHOWN}).fetchall():
        report.add(Finding("accounting", "is not marked as the echo that it is", None, event_id, TABLE, column))
    con.execute("drop table touched_bodies; drop table marks")

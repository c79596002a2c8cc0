"""Change the typed tables in place where what they hold stays right."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import duckdb

from warehouse.flatten.plan import Plan, column_ddl
from warehouse.quoting import quote
from warehouse.schema.columns import Column
from warehouse.schema.places import Steps
from warehouse.statements import statement


def create_tables(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan], varied: Collection[Steps] = ()) -> None:
    """Create the empty tables; those columns vary whose texts are seldom the same."""
    for plan in plans:
        con.execute(f"create table {plan.target} ({plan.columns_ddl(varied)})")


def drop_planned(con: duckdb.DuckDBPyConnection, plans: Sequence[Plan]) -> None:
    """Drop the tables of plans, where they are there, and the misfits kept for them."""
    for plan in plans:
        con.execute("drop table if exists " + plan.target)
        con.execute(statement("flatten/drop_misfits"), [plan.schema_name, plan.table_name])


def alter_tables(con: duckdb.DuckDBPyConnection, old: Sequence[Plan], new: Sequence[Plan]) -> bool:
    """Go from the old tables to the new ones by new tables and columns; False, with nothing done, if that is not all.

    A column of a place that was never anything but null goes, or takes its first type, without a look at the rows.
    """
    was = {plan.table.steps: plan for plan in old}
    if any(steps not in {plan.table.steps for plan in new} for steps in was):
        return False
    steps = [(plan, _changes(was[plan.table.steps], plan)) for plan in new if plan.table.steps in was]
    if any(change is None for _, change in steps):
        return False
    for plan, changes in steps:
        for change in changes or ():
            con.execute(f"alter table {plan.target} {change}")
    create_tables(con, [plan for plan in new if plan.table.steps not in was])
    return True


def _changes(old: Plan, new: Plan) -> list[str] | None:
    """The alterations from one to the other; None where rows would have to be read again."""
    if old.target != new.target:
        return None
    wanted = {column.steps: column for column in new.table.columns if not column.rest}
    changes, kept = [], []
    for column in old.table.columns:
        then = None if column.rest else wanted.get(column.steps)
        if column.rest:
            return None if new.table.columns != old.table.columns else []
        if then is not None and then.layout == column.layout:
            kept.append(column)
        elif not column.only_null or (then is not None and then.name != column.name):
            return None
        elif then is None:
            if not _is_taken_apart(column, new):
                return None
            changes.append(f"drop column {quote(column.name)}")
        else:
            changes.append(f"alter column {quote(column.name)} type {then.type} using null")
            kept.append(then)
    return None if not _same_start(kept, new) else [*changes, *_additions(new.table.columns[len(kept) :])]


def _is_taken_apart(column: Column, new: Plan) -> bool:
    """Whether what stands below a column's place has places now; else it went into a column of JSON above."""
    return column.steps in new.table.objects or (*column.steps, None) in new.table.children


def _same_start(kept: Sequence[Column], new: Plan) -> bool:
    return [column.layout for column in kept] == [column.layout for column in new.table.columns[: len(kept)]]


def _additions(columns: Sequence[Column]) -> list[str]:
    return ["add column " + column_ddl(column) for column in columns]

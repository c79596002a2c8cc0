"""Does what is remembered of each shape lead to the columns that ops.columns has? The next build goes on from it."""

from __future__ import annotations

import duckdb

from warehouse.flatten.store import load_shape, progress
from warehouse.schema.columns import tables_of
from warehouse.schema.names import json_path
from warehouse.schema.places import Steps
from warehouse.schema.shape import Shape
from warehouse.statements import statement
from warehouse.verify.findings import Finding, VerifyReport, reading
from warehouse.verify.layout import read_path

Columns = list[tuple[object, ...]]


def check_shapes(con: duckdb.DuckDBPyConnection, report: VerifyReport) -> None:
    """Hold the columns of each event_name against those that follow from core.observed."""
    with reading(report, "core.observed"):
        told: dict[str, Columns] = {}
        for event_name, *column in con.execute(statement("verify/told_shapes")).fetchall():
            told.setdefault(event_name, []).append(tuple(column))
        for event_name, columns in told.items():
            if _remembered(*shape_of(con, event_name, report)) != columns:
                what = f"does not lead to the columns of {event_name}"
                report.add(Finding("accounting", what, table="core.observed"))


def shape_of(con: duckdb.DuckDBPyConnection, event_name: str, report: VerifyReport) -> tuple[Shape, dict[Steps, str]]:
    """What is remembered of the shape of an event_name, and the declared types it was made by."""
    _, texts, _ = progress(con, event_name)
    paths = {path: read_path(path, "core.flattened", "declared", report) for path in texts}
    declared = {steps: texts[path] for path, steps in paths.items() if steps is not None}
    return load_shape(con, event_name, declared), declared


def _remembered(shape: Shape, declared: dict[Steps, str]) -> Columns:
    """Table, name, path, type and first event of each column that follows."""
    return [
        (
            json_path(table.steps),
            column.name,
            json_path(column.steps),
            column.type,
            *((None, None) if column.rest else column.first[:2]),
        )
        for table in sorted(tables_of(shape, declared), key=lambda table: json_path(table.steps))
        for column in table.columns
    ]

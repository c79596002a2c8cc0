"""One asset per event_name: its typed table, with the child tables of its arrays."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from typing import Any

import duckdb
from dagster import (
    AssetExecutionContext,
    AssetKey,
    AssetMaterialization,
    AssetsDefinition,
    AssetSpec,
    Failure,
    MaterializeResult,
    multi_asset,
)

from pipelines.assets.events import KEY as EVENTS
from pipelines.assets.events import OWNER, POOL
from pipelines.describe import Columns, Metadata, all_columns, describe_table
from pipelines.event_names import EventName, write_event_names
from pipelines.resources import BuildFile
from warehouse.catalogue import load
from warehouse.flatten import FlattenReport

TABLES = AssetKey(["ops", "tables"])
Result = MaterializeResult[None]


def tables_assets(names: Sequence[EventName]) -> AssetsDefinition:
    """Return the assets of all known event_names; one step of a run builds whichever have new events."""

    @multi_asset(
        name="event_tables",
        specs=[*(_spec(name) for name in presentable(names)), _registry()],
        can_subset=True,
        pool=POOL,
        op_tags={"dagster/priority": "10"},
    )
    def event_tables(context: AssetExecutionContext, build_file: BuildFile) -> Iterator[Result]:
        yield from build_tables(context, build_file, context.selected_asset_keys)

    return event_tables


def build_tables(
    context: AssetExecutionContext, build_file: BuildFile, selected: Collection[AssetKey]
) -> Iterator[Result]:
    """Flatten what is new. A table that fails stays behind alone: the others are built, then one failure names it."""
    connection = build_file.connection
    whole = TABLES in selected
    keys = {name.event_name: AssetKey(list(name.key)) for name in known_event_names(connection)}
    outcomes = build_file.flatten(lambda event_name: whole or keys[event_name] in selected)
    failures = {
        event_name: f"{type(outcome).__name__}: {outcome}"
        for event_name, outcome in outcomes
        if isinstance(outcome, Exception)
    }
    reports = {event_name: outcome for event_name, outcome in outcomes if not isinstance(outcome, Exception)}
    columns = all_columns(connection)
    for event_name, report in reports.items():
        key, metadata = keys[event_name], _metadata(connection, report, columns)
        if key in selected:
            yield MaterializeResult(asset_key=key, metadata=metadata)
        else:
            context.log_event(AssetMaterialization(asset_key=key, metadata=metadata, description=event_name))
    if whole:
        yield MaterializeResult(asset_key=TABLES, metadata=_register(build_file))
    if failures:
        raise Failure(_sentence(failures), metadata=dict(failures), allow_retries=False)


def presentable(names: Sequence[EventName]) -> list[EventName]:
    """Return the names that can be assets: Dagster joins schema and table by `__`, and refuses two that then meet."""
    taken: dict[str, EventName] = {}
    for name in names:
        taken.setdefault("__".join(name.key), name)
    return list(taken.values())


def known_event_names(connection: duckdb.DuckDBPyConnection) -> list[EventName]:
    """Return every event_name that has a table."""
    rows = connection.execute(
        "select distinct event_name, schema_name, table_name from ops.tables where json_path = '$'"
    ).fetchall()
    return sorted(EventName(*row) for row in rows)


def _register(build_file: BuildFile) -> Metadata:
    names = known_event_names(build_file.connection)
    changed = write_event_names(build_file.home.event_names, names)
    described = describe_table(build_file.connection, "ops", "tables")
    return {"event_names": len(names), "changed": changed, **described}


def _sentence(failures: dict[str, str]) -> str:
    count = f"{len(failures)} table{'s' if len(failures) > 1 else ''}"
    names = ", ".join(sorted(failures))
    return f"{count} could not be built, all others are: {names}. The next build tries them again."


def _metadata(
    connection: duckdb.DuckDBPyConnection, report: FlattenReport, columns: Mapping[tuple[str, str], Columns]
) -> Metadata:
    main, *children = report.tables
    name = (main.schema_name, main.table_name)
    paths = {column: path for column, _, path in main.columns if path}
    metadata = describe_table(connection, *name, paths=paths, columns=columns.get(name, []))
    metadata["event_name"] = report.event_name
    metadata["added"] = main.added
    if children:
        metadata["child_tables"] = {f"{child.schema_name}.{child.table_name}": child.rows for child in children}
    return metadata


def _spec(name: EventName) -> AssetSpec:
    return AssetSpec(
        list(name.key),
        deps=[EVENTS],
        skippable=True,
        group_name="events",
        kinds={"duckdb", "table"},
        owners=[OWNER],
        description=_description(name.event_name),
        metadata=_table_name(name),
    )


def _description(event_name: str) -> str:
    family = load().family_of(event_name)
    said = f"{family.description}\n\n" if family else ""
    return f"{said}Typed table of the event_name {event_name}: one row per event, one column per leaf of data."


def _table_name(name: EventName) -> dict[str, Any]:
    return {"dagster/table_name": f"warehouse.{name.schema_name}.{name.table_name}", "event_name": name.event_name}


def _registry() -> AssetSpec:
    return AssetSpec(
        TABLES,
        deps=[EVENTS],
        group_name="ops",
        kinds={"duckdb", "table"},
        owners=[OWNER],
        description="Which event_name lives in which table; materialized when every table with new events was tried.",
    )

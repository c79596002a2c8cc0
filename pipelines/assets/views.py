"""One asset per SQL object of the warehouse, with its dependencies read from its SQL."""

import time
from collections.abc import Collection, Iterator, Sequence

import duckdb
from dagster import AssetExecutionContext, AssetKey, AssetsDefinition, AssetSpec, MaterializeResult, asset, multi_asset

from pipelines.assets.events import KEY as EVENTS
from pipelines.assets.events import OWNER, POOL
from pipelines.assets.references import TABLES as REFERENCES
from pipelines.describe import Columns, Metadata, all_columns, describe_table
from pipelines.event_names import EventName
from pipelines.progress import tell
from pipelines.resources import BuildFile
from warehouse.views import SqlObject

PROCESS_EVENTS = ["core", "process_events"]
METADATA_SECONDS = 0.3
"""To count and preview the views for people; each takes a third of what is left at most."""
METADATA_EVENTS = 100_000
"""Events told to processes over which no view is tried: the seconds would go, and the publication wait, for nothing."""
Result = MaterializeResult[None]


def process_events_asset() -> AssetsDefinition:
    """Return the asset that recognises the steps of processes (expenses, time off, …) in the events."""

    @asset(
        key=PROCESS_EVENTS,
        deps=[EVENTS],
        group_name="core",
        kinds={"duckdb", "table"},
        owners=[OWNER],
        pool=POOL,
        description="The steps of processes found in the events: entity, stage, clocks; echoes marked.",
    )
    def process_events(build_file: BuildFile) -> Result:
        build_file.advance()
        metadata = describe_table(build_file.connection, "core", "process_events")
        return MaterializeResult(metadata=metadata)

    return process_events


def views_assets(objects: Sequence[SqlObject], names: Sequence[EventName]) -> AssetsDefinition:
    """Return the assets of all SQL objects; one step creates them in dependency order."""
    known = {(found.schema_name, found.name) for found in objects} | {("core", "events"), ("core", "process_events")}
    known |= {name.key for name in names}

    @multi_asset(
        name="views",
        specs=[_spec(found, known) for found in objects],
        pool=POOL,
        op_tags={"dagster/priority": "0"},
    )
    def views(context: AssetExecutionContext, build_file: BuildFile) -> Iterator[Result]:
        tell("views", 0, len(objects))
        build_file.refresh()
        columns = all_columns(build_file.connection)
        deadline = time.monotonic() + (METADATA_SECONDS if _are_few(build_file.connection) else 0)
        for done, found in enumerate(objects, 1):
            left = (deadline - time.monotonic()) / 3 if found.schema_name != "core" else 0
            key = (found.schema_name, found.name)
            metadata = _metadata(build_file.connection, found, left, columns.get(key, []))
            yield MaterializeResult(asset_key=list(key), metadata=metadata)
            tell("views", done, len(objects))
        context.log.info("%s views created", len(objects))

    return views


def _are_few(connection: duckdb.DuckDBPyConnection) -> bool:
    (events,) = connection.execute("select count(*) from core.process_events").fetchall()[0]
    return bool(events <= METADATA_EVENTS)


def _metadata(connection: duckdb.DuckDBPyConnection, found: SqlObject, seconds: float, columns: Columns) -> Metadata:
    if found.kind == "macro":
        return {"call": f"select * from {found.full_name}{found.parameters}"}
    return describe_table(connection, found.schema_name, found.name, seconds, made_of=found.lineage, columns=columns)


def _spec(found: SqlObject, known: Collection[tuple[str, str]]) -> AssetSpec:
    return AssetSpec(
        [found.schema_name, found.name],
        deps=[key for name in found.depends_on if (key := _key(name, known)) is not None],
        group_name=found.schema_name,
        kinds={"duckdb", found.kind},
        owners=[OWNER],
        description=f"{found.description}\n\nGrain: {found.grain}. Key: {found.key}. Made by `{found.path.name}`.",
        metadata={"dagster/table_name": f"warehouse.{found.schema_name}.{found.name}"},
    )


def _key(name: str, known: Collection[tuple[str, str]]) -> AssetKey | None:
    """Return the asset that a view reads there; the rules of processes are tables made with their steps."""
    schema, _, table = name.partition(".")
    if (schema, table) in known:
        return AssetKey([schema, table])
    return AssetKey(PROCESS_EVENTS) if schema == "core" and table not in REFERENCES else None

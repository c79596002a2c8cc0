"""`core/events`: every event once, loaded from the lake."""

from datetime import timedelta

from dagster import AssetExecutionContext, AssetsDefinition, FreshnessPolicy, MaterializeResult, asset

from pipelines.describe import describe_table
from pipelines.resources import BuildFile

KEY = ["core", "events"]
OWNER = "team:data"
POOL = "build"
FRESHNESS = FreshnessPolicy.time_window(timedelta(days=7), timedelta(days=1))
"""A warning after a day without anything new, a failure after a week: what tells when everything is silent."""


def events_asset() -> AssetsDefinition:
    """Return the asset that loads new segments."""

    @asset(
        key=KEY,
        group_name="core",
        kinds={"duckdb", "parquet"},
        owners=[OWNER],
        pool=POOL,
        op_tags={"dagster/priority": "20"},
        freshness_policy=FRESHNESS,
        description="Every event once, by id: one row per event_id, in the order in which they were received.",
    )
    def core_events(context: AssetExecutionContext, build_file: BuildFile) -> MaterializeResult[None]:
        loaded = build_file.load()
        report = loaded.report
        for name in report.damaged:
            context.log.error("segment %s is damaged and was set aside; the rest was loaded", name)
        return MaterializeResult(
            metadata={
                "segments": loaded.segments,
                "segments_followed": loaded.followed,
                "delivered": report.delivered,
                "events": report.events,
                "duplicates": report.duplicates,
                "conflicts": report.conflicts,
                "quarantined": report.quarantined,
                "damaged_segments": len(report.damaged),
                "seconds": loaded.seconds,
                **describe_table(build_file.connection, "core", "events"),
            }
        )

    return core_events

"""What Dagster does for the lake by itself: it compacts closed days, and today where it has many segments."""

from datetime import UTC

from dagster import (
    AssetMaterialization,
    DefaultScheduleStatus,
    JobDefinition,
    OpExecutionContext,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    in_process_executor,
    job,
    op,
)

from ingest.lake import Lake
from ingest.lake.compaction import Policy, is_due
from pipelines.compaction import compact_home
from pipelines.home import Home

KEY = ["lake", "segments"]
POLICY = Policy()


def compaction_job(home: Home) -> JobDefinition:
    """Return the job that compacts what is due; builds go on meanwhile, and follow with the next one."""

    @op(description="Small segments become few large ones, each proved to hold the same deliveries.")
    def compact_lake(context: OpExecutionContext) -> None:
        report = compact_home(home, lambda _stage, _done, _total: None, policy=POLICY)
        for name in report.damaged:
            context.log.error("segment %s is damaged and was left as it is", name)
        context.log_event(
            AssetMaterialization(
                KEY,
                description="Segments of the lake, compacted.",
                metadata={
                    "segments_before": sum(one.segments for one in report.made),
                    "segments_after": len(report.made),
                    "damaged_segments": len(report.damaged),
                    "resumed": report.resumed,
                    "seconds": report.seconds,
                },
            )
        )

    @job(name="compact", executor_def=in_process_executor, description="Compacts the lake's small segments.")
    def compact() -> None:
        compact_lake()

    return compact


def compaction_schedule(home: Home, compaction: JobDefinition) -> ScheduleDefinition:
    """Return the schedule that looks each hour whether anything is due, and compacts it.

    After midnight UTC another day is closed: it runs twice then, as the second run removes what the first one replaced.
    """

    def is_time(context: ScheduleEvaluationContext) -> bool:
        at = context.scheduled_execution_time.astimezone(UTC)
        return at.hour == 0 or is_due(Lake(home.root), at.date().isoformat(), POLICY)

    return ScheduleDefinition(
        name="lake_compaction",
        job=compaction,
        cron_schedule=["20 * * * *", "40 0 * * *"],
        execution_timezone="UTC",
        should_execute=is_time,
        default_status=DefaultScheduleStatus.RUNNING,
        description="Each night, and within the day where there are many: small segments become few large ones.",
    )

"""What Dagster does for the lake by itself: it compacts each night the small segments of the days that are over."""

from dagster import (
    AssetMaterialization,
    DefaultScheduleStatus,
    JobDefinition,
    OpExecutionContext,
    ScheduleDefinition,
    in_process_executor,
    job,
    op,
)

from pipelines.compaction import compact_home
from pipelines.home import Home

KEY = ["lake", "segments"]


def compaction_job(home: Home) -> JobDefinition:
    """Return the job that compacts what is due; builds go on meanwhile, and follow with the next one."""

    @op(description="Small segments become few large ones, each proved to hold the same deliveries.")
    def compact_lake(context: OpExecutionContext) -> None:
        report = compact_home(home, lambda _stage, _done, _total: None)
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


def nightly_compaction(compaction: JobDefinition) -> ScheduleDefinition:
    """Return the schedule that compacts after midnight UTC, when another day is closed.

    Its second run finds nothing new to compact: it removes what the first one replaced.
    """
    return ScheduleDefinition(
        name="nightly_compaction",
        job=compaction,
        cron_schedule=["20 0 * * *", "40 0 * * *"],
        execution_timezone="UTC",
        default_status=DefaultScheduleStatus.RUNNING,
        description="Every night: the small segments of the days that are over become few large ones; old ones go.",
    )

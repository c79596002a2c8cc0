"""What follows a publication: jobs of their own, so that no build waits for them and none of them holds back another.

Each asks at short intervals whether the published file is another one than it has worked from; a file, because
`nacre rebuild` and `nacre forget` publish as well.
"""

import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from dagster import (
    AssetsDefinition,
    AssetSelection,
    DagsterRunStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    define_asset_job,
    in_process_executor,
    sensor,
)

from pipelines.home import Home

if TYPE_CHECKING:
    from dagster._core.definitions.unresolved_asset_job_definition import UnresolvedAssetJobDefinition

GROUP = "published"
"""The group of the assets that follow a publication; no build makes them."""
TICK_SECONDS = 30
LEAST_SECONDS = 300
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]


@dataclass(frozen=True)
class Follower:
    """An asset with the job that makes it and the sensor that asks for the job."""

    asset: AssetsDefinition
    job: "UnresolvedAssetJobDefinition"
    sensor: SensorDefinition


def follower(home: Home, name: str, made: AssetsDefinition, description: str) -> Follower:
    """Return the asset as one that is made by a job of its own after a publication, each five minutes at most."""
    job = define_asset_job(
        name, selection=AssetSelection.assets(*made.keys), executor_def=in_process_executor, description=description
    )
    return Follower(made, job, _sensor(home, name))


def publication_mark(home: Home) -> str | None:
    """Return what tells one published file from the next; opens nothing."""
    try:
        found = home.published.stat()
    except FileNotFoundError:
        return None
    return f"{found.st_ino}-{found.st_mtime_ns}"


def _sensor(home: Home, name: str) -> SensorDefinition:
    @sensor(
        name=f"{name}_follows",
        job_name=name,
        minimum_interval_seconds=TICK_SECONDS,
        default_status=DefaultSensorStatus.RUNNING,
        description=f"Asks for {name} when there is another publication, each {LEAST_SECONDS // 60} minutes at most.",
    )
    def follow(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        mark = publication_mark(home)
        seen, _, asked = (context.cursor or "").partition(" ")
        if mark is None:
            return SkipReason("nothing is published yet")
        if mark == seen:
            return SkipReason("no publication since the last time")
        if asked and time.time() - float(asked) < LEAST_SECONDS:
            return SkipReason(f"asked less than {LEAST_SECONDS} s ago")
        if context.instance.get_runs_count(RunsFilter(job_name=name, statuses=UNFINISHED)):
            return SkipReason("the last one is not finished")
        context.update_cursor(f"{mark} {time.time():.0f}")
        return RunRequest(run_key=f"{name}-{mark}")

    return follow

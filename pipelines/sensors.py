"""What starts builds by itself, and what makes new event_names appear without a deployment."""

import hashlib
import os

import httpx
from dagster import (
    DagsterRunStatus,
    DefaultScheduleStatus,
    DefaultSensorStatus,
    RunRequest,
    RunsFilter,
    ScheduleDefinition,
    ScheduleEvaluationContext,
    SensorDefinition,
    SensorEvaluationContext,
    SkipReason,
    schedule,
    sensor,
)

from ingest.lake import Lake
from pipelines.build_graph import JOB
from pipelines.event_names import EventName, read_event_names
from pipelines.home import Home
from pipelines.pending import KINDS, whats_pending

LOCATION = "nacre"
DEFAULT_URL = "http://127.0.0.1:3000"
RELOAD = """
mutation Reload($location: String!) {
  reloadRepositoryLocation(repositoryLocationName: $location) { __typename }
}
"""
UNFINISHED = [
    DagsterRunStatus.QUEUED,
    DagsterRunStatus.NOT_STARTED,
    DagsterRunStatus.STARTING,
    DagsterRunStatus.STARTED,
]


def new_segments_sensor(home: Home) -> SensorDefinition:
    """Return the sensor that asks for a build when the lake's listing has changed."""

    @sensor(
        name="new_segments",
        job_name=JOB,
        minimum_interval_seconds=15,
        default_status=DefaultSensorStatus.RUNNING,
        description="Asks for a build when the lake has segments that it had not at the last look.",
    )
    def new_segments(context: SensorEvaluationContext) -> RunRequest | SkipReason:
        seen = lake_digest(home)
        if seen == context.cursor:
            return SkipReason("no new segments in the lake")
        if context.instance.get_runs_count(RunsFilter(job_name=JOB, statuses=UNFINISHED)):
            return SkipReason("a build is running; looked at again after it")
        context.update_cursor(seen)
        waiting = whats_pending(home)
        return RunRequest(run_key=seen) if waiting.reason else SkipReason("everything in the lake is published")

    return new_segments


def new_event_names_sensor(home: Home, loaded: list[EventName]) -> SensorDefinition:
    """Return the sensor that reloads the code location when a build has met event_names that it does not know."""

    @sensor(
        name="new_event_names",
        minimum_interval_seconds=15,
        default_status=DefaultSensorStatus.RUNNING,
        target=None,
        description="Reloads the code location when a build has met new event_names, so that each becomes an asset.",
    )
    def new_event_names() -> SkipReason:
        known = read_event_names(home.event_names)
        if known == loaded:
            return SkipReason(f"all {len(known)} event_names are assets")
        answer = reload_location(os.environ.get("NACRE_DAGSTER_URL", DEFAULT_URL))
        return SkipReason(f"{len(known) - len(loaded)} new event_names; the webserver answered {answer}")

    return new_event_names


def safety_net(home: Home) -> ScheduleDefinition:
    """Return the schedule that builds what a sensor has missed, such as after a run that died."""

    @schedule(
        name="safety_net",
        job_name=JOB,
        cron_schedule="*/15 * * * *",
        default_status=DefaultScheduleStatus.RUNNING,
        description="Every 15 minutes: builds what is still waiting, such as after a run that died.",
    )
    def every_quarter(context: ScheduleEvaluationContext) -> RunRequest | SkipReason:
        if context.instance.get_runs_count(RunsFilter(job_name=JOB, statuses=UNFINISHED)):
            return SkipReason("a build is running")
        waiting = whats_pending(home)
        return RunRequest() if waiting.reason else SkipReason("everything in the lake is published")

    return every_quarter


def lake_digest(home: Home) -> str:
    """Return a short hash of the lake's listing; opens no file of it."""
    lake = Lake(home.root)
    names = "\n".join(found.name for kind in KINDS for found in lake.segments(kind))
    return hashlib.sha256(names.encode()).hexdigest()[:24]


def reload_location(url: str) -> str:
    """Ask the webserver at `url` to load the definitions anew; return what it answered."""
    answer = httpx.post(
        f"{url}/graphql", json={"query": RELOAD, "variables": {"location": LOCATION}}, timeout=60
    ).raise_for_status()
    return str(answer.json()["data"]["reloadRepositoryLocation"]["__typename"])

"""The lake is compacted by Dagster's schedule: each night, and within a day of many segments."""

from datetime import UTC, datetime, timedelta
from typing import Any

from dagster import DagsterInstance, build_schedule_context

from ingest.lake import Lake
from ingest.lake.compaction import Policy
from pipelines import upkeep
from pipelines.graph import definitions
from pipelines.home import Home


def test_the_schedule_compacts(home: Home, plant: Any) -> None:
    """The nightly schedule starts a job that leaves one segment of a closed day, and says how many there were."""
    for number in range(3):
        plant(home, (number, "notes.note_added", {"n": number}), first=number - 1_000_000)
    graph = definitions(home)
    schedule = graph.resolve_schedule_def("lake_compaction")
    with DagsterInstance.ephemeral() as instance:
        at = datetime(2026, 11, 24, 0, 20, tzinfo=UTC)
        asked = schedule.evaluate_tick(build_schedule_context(instance, scheduled_execution_time=at)).run_requests
        done = graph.resolve_job_def(schedule.job_name).execute_in_process(instance=instance)
        made = [event.step_materialization_data.materialization for event in done.all_events
                if event.is_step_materialization]  # fmt: skip
    counts = [(one.metadata["segments_before"].value, one.metadata["segments_after"].value) for one in made]
    assert (len(asked or []), done.success, counts, len(Lake(home.root).segments())) == (1, True, [(3, 1)], 1)


def test_a_day_of_many_segments_is_compacted_before_it_ends(home: Home, plant: Any, monkeypatch: Any) -> None:
    """Within the day the schedule runs nothing, until there are many segments."""
    for number in range(3):
        plant(home, (number, "notes.note_added", {"n": number}), first=number)
    [planted] = {segment.received_date for segment in Lake(home.root).segments()}
    at = datetime.fromisoformat(planted).replace(tzinfo=UTC) + timedelta(hours=12, minutes=20)
    asked = []
    for many in (3, 2):
        monkeypatch.setattr(upkeep, "POLICY", Policy(today_segments=many))
        schedule = definitions(home).resolve_schedule_def("lake_compaction")
        with DagsterInstance.ephemeral() as instance:
            tick = schedule.evaluate_tick(build_schedule_context(instance, scheduled_execution_time=at))
        asked.append(len(tick.run_requests or []))
    assert asked == [0, 1]

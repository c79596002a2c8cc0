"""`nacre build`: the same job as the sensor's and the schedule's, run in this process on the persisted instance."""

import shutil
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from pipelines.build_lock import build_lock
from pipelines.few_collections import few_collections
from pipelines.home import Home
from pipelines.instance import opened
from pipelines.pending import whats_pending
from pipelines.progress import Listener, listening

if TYPE_CHECKING:
    from dagster import ExecuteInProcessResult

COUNTS = ("segments", "delivered", "events", "duplicates", "conflicts", "quarantined", "damaged_segments")


LEAST_BYTES = 32 * 2**20
"""Bytes that must be free before a build begins. With none, SQLite does not fail: touching the index of its log, which
it maps into memory, ends the process (SIGBUS on ext4)."""


class NoSpace(Exception):  # noqa: N818 - it names the state of the disk
    """Too little is free on the disk of the home for a build to begin."""

    def __init__(self, folder: Path, free: int) -> None:
        """Say what is left, and what to do."""
        left = f"only {free / 2**20:.1f} MiB are free on the disk of {folder}, {LEAST_BYTES >> 20} MiB are the least"
        super().__init__(f"A build did not begin: {left}. Free space, then build again; the lake holds everything.")


@dataclass(frozen=True)
class Outcome:
    """What a build did. `built` is false where there was nothing new; `failures` are sentences."""

    built: bool
    reason: str
    counts: dict[str, int] = field(default_factory=dict)
    tables: int = 0
    published: bool = False
    seconds: float = 0.0
    run_id: str = ""
    failures: list[str] = field(default_factory=list)


def build(
    home: Home, listener: Listener, *, wait: bool = True, on_wait: Callable[[str], None] | None = None
) -> Outcome:
    """Build and publish everything new; raises `BuildBusy` where another build runs and `wait` is false."""
    started = time.monotonic()
    if not whats_pending(home).reason:
        return Outcome(built=False, reason="nothing new", seconds=time.monotonic() - started)
    with build_lock(home.lock, wait=wait, on_wait=on_wait):
        waiting = whats_pending(home)
        if not waiting.reason:
            return Outcome(built=False, reason="another build has just done it", seconds=time.monotonic() - started)
        _need_space(home)
        with listening(listener):
            result = _run(home)
    return _outcome(result, waiting.reason, time.monotonic() - started)


def _need_space(home: Home) -> None:
    free = shutil.disk_usage(home.root).free
    if free < LEAST_BYTES:
        raise NoSpace(home.root, free)


def _run(home: Home) -> "ExecuteInProcessResult":
    from pipelines.ahead import going_ahead  # noqa: PLC0415 - most builds have nothing to do

    with few_collections(), going_ahead(home):
        from ingest.settings import load_settings  # noqa: PLC0415 - it takes a while: see `ahead`

        load_settings()  # what an asset reads at the end is refused now
        from pipelines.build_graph import JOB, build_definitions  # noqa: PLC0415 - it takes seconds

        job = build_definitions(home).resolve_job_def(JOB)
        quiet = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
        with opened(home.dagster) as instance:
            return job.execute_in_process(instance=instance, run_config=quiet, raise_on_error=False)


def _outcome(result: "ExecuteInProcessResult", reason: str, seconds: float) -> Outcome:
    made = {
        event.asset_key.to_user_string(): event.step_materialization_data.materialization.metadata
        for event in result.all_events
        if event.is_step_materialization and event.asset_key
    }
    loaded = made.get("core/events", {})
    return Outcome(
        built=True,
        reason=reason,
        counts={name: _number(loaded[name]) for name in COUNTS if name in loaded},
        tables=sum("event_name" in metadata for metadata in made.values()),
        published="ops/publications" in made,
        seconds=seconds,
        run_id=result.run_id,
        failures=[*_failures(result), *_failed_checks(result)],
    )


def _number(value: Any) -> int:
    return int(value.value)


def _failures(result: "ExecuteInProcessResult") -> list[str]:
    sentences = []
    for event in result.all_events:
        if event.is_step_failure:
            data = event.step_failure_data
            described = data.user_failure_data.description if data.user_failure_data else None
            cause = data.error.cause or data.error if data.error else None
            sentences.append(f"{event.step_key}: {described or (cause.message.strip() if cause else 'failed')}")
    return sentences


def _failed_checks(result: "ExecuteInProcessResult") -> list[str]:
    return [
        f"check {found.check_name} of {found.asset_key.to_user_string()}: {found.metadata['wrong'].value} wrong"
        for found in result.get_asset_check_evaluations()
        if not found.passed and found.blocking
    ]

"""Dagster's launcher of runs, which also tells whether the process of a run still lives.

A process that is killed says nothing of its end, and who would say it may have ended too: the whole machine, or the
server that started it. Dagster would show such a run as running for ever, and no sensor asks for a build while one
runs. So its run monitoring asks here, and fails what runs no more.
"""

from dagster import DagsterEventType, DagsterRun, DefaultRunLauncher
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus

from pipelines.processes import lives


class RunLauncher(DefaultRunLauncher):
    """Launches runs as Dagster does by itself, and looks after them."""

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Yes."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process that wrote the start of a run lives.

        That is written before a run counts as started; a power cut may take it, and takes the process too.
        """
        started = self._instance.all_logs(run.run_id, of_type=DagsterEventType.RUN_START)
        if any(lives(event.get_dagster_event().pid or 0, event.timestamp) for event in started):
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        return CheckRunHealthResult(WorkerStatus.NOT_FOUND, "the process of the run has ended without a word")

"""Dagster's launcher of runs, which also tells whether the process of a run still lives.

A process that is killed says nothing of its end, and who would say it may have ended too: the whole machine, or the
server that started it. Dagster would show such a run as running for ever, and no sensor asks for a build while one
runs. So its run monitoring asks here, and fails what runs no more.
"""

import os
from pathlib import Path

from dagster import DagsterEventType, DagsterRun, DefaultRunLauncher
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus

PROC = Path("/proc")
ENDED = {"Z", "X"}
YOUNGER = 5.0
"""Seconds by which a process may seem younger than what it wrote: its own clock counts from the machine's start."""


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


def lives(process: int, at: float) -> bool:
    """Whether a process lives that was there at a time, in seconds since 1970; where no kernel tells, it does.

    (proc(5): the state is the third of the fields, the start the 22nd, in clock ticks since the machine's.)
    """
    if not PROC.is_dir():
        return True
    try:
        status = (PROC / str(process) / "stat").read_text(encoding="utf-8", errors="replace")
    except (FileNotFoundError, ProcessLookupError):
        return False
    state, *numbers = status.rpartition(")")[2].split()
    began = _machine_began() + int(numbers[18]) / os.sysconf("SC_CLK_TCK")
    return state not in ENDED and began <= at + YOUNGER


def _machine_began() -> int:
    """In seconds since 1970."""
    lines = (PROC / "stat").read_text(encoding="utf-8").splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("btime "))

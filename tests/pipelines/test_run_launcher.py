"""Runs whose process was killed: they are seen as ended, so that the next build is asked for."""

import logging
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from dagster import DagsterInstance, DagsterRunStatus, RunRecord
from dagster._daemon.monitoring.run_monitoring import monitor_started_run

from pipelines.home import Home
from pipelines.processes import lives

WAITS = """
import sys
from dagster import DagsterInstance, in_process_executor, job, op
@op
def wait():
    print("started", flush=True)
    sys.stdin.read()
@job(executor_def=in_process_executor)
def waiting():
    wait()
with DagsterInstance.from_config(sys.argv[1]) as instance:
    waiting.execute_in_process(instance=instance)
"""
"""A run in a process of its own, which lasts until its input ends."""


@pytest.fixture
def instance(home: Home) -> Iterator[DagsterInstance]:
    with DagsterInstance.from_config(str(home.dagster)) as opened:
        yield opened


@contextmanager
def a_run(home: Home) -> Iterator[subprocess.Popen[str]]:
    """The process of a run that has started."""
    command = [sys.executable, "-c", WAITS, str(home.dagster)]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "started\n"
        yield process
        process.kill()


def looked_after(instance: DagsterInstance) -> DagsterRunStatus:
    """The status of the one run after Dagster has looked after it, as its daemon does each half minute."""
    (record,) = instance.get_run_records()
    assert isinstance(record, RunRecord)
    monitor_started_run(instance, None, record, logging.getLogger("monitoring"))  # type: ignore[arg-type] # not used
    (run,) = instance.get_runs()
    return run.status


def test_a_run_whose_process_was_killed_fails(home: Home, instance: DagsterInstance) -> None:
    """While its process lives a run goes on; once that is killed Dagster fails it, as by its settings in a home."""
    with a_run(home) as process:
        assert looked_after(instance) is DagsterRunStatus.STARTED
        process.send_signal(signal.SIGKILL)
        process.wait()
        assert looked_after(instance) is DagsterRunStatus.FAILURE


def test_a_process_that_has_the_number_of_an_earlier_one_is_another() -> None:
    """One that began after the run is not the run's; one that has ended and is not taken away yet lives no more."""
    assert lives(os.getpid(), time.time())
    assert not lives(os.getpid(), 0.0)
    with subprocess.Popen([sys.executable, "-c", ""]) as ended:
        os.waitid(os.P_PID, ended.pid, os.WEXITED | os.WNOWAIT)
        assert not lives(ended.pid, time.time())
    assert not lives(ended.pid, time.time())

"""What is left of Dagster's history after an erasure still lets Dagster build."""

from dagster import DagsterInstance

from pipelines import history
from pipelines.assets.events import POOL
from pipelines.home import Home


def test_runs_still_begin_after_the_history_is_emptied(home: Home) -> None:
    """The pool of builds has its slot again: without it Dagster would keep every later build in its queue."""
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        instance.event_log_storage.initialize_concurrency_limit_to_default(POOL)
    history.empty(home.dagster)
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        slots = {
            pool.name: instance.event_log_storage.get_concurrency_info(pool.name).slot_count
            for pool in instance.event_log_storage.get_pool_limits()
        }
    assert slots in ({}, {POOL: 1})

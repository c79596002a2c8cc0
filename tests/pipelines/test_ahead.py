"""The stages that begin before their run: done once, recorded by the run, and failing with it."""

import shutil
import threading
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

import pipelines.ahead
import pipelines.stages
from pipelines.build_graph import JOB, build_definitions
from pipelines.home import Home
from pipelines.instance import opened
from pipelines.run_build import Outcome
from warehouse.build import open_build

CREATED = "expenses.expense_created"


@pytest.fixture
def loads(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """One entry for each load: whether it was in a thread of its own."""
    found: list[bool] = []
    real = pipelines.stages.load

    def noted(*arguments: Any, **options: Any) -> Any:
        found.append(threading.current_thread() is not threading.main_thread())
        return real(*arguments, **options)

    monkeypatch.setattr(pipelines.stages, "load", noted)
    return found


@pytest.fixture
def broken_and_mended(home: Home, plant: Any, build_home: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """Build where a stage fails, and again where it does not: both outcomes."""

    def build(
        stage: str, called: Callable[[], object] = lambda: None, then: Callable[[], object] = lambda: None
    ) -> tuple[Outcome, Outcome]:
        def broken(*_: Any, **__: Any) -> Any:
            called()
            message = "planted"
            raise OSError(message)

        plant(home, (1, CREATED, {"expenseId": "e1"}))
        with monkeypatch.context() as patched:
            patched.setattr(pipelines.stages, stage, broken)
            failed = build_home(home)
        then()
        return failed, build_home(home)

    return build


def test_the_command_loads_once_and_before_its_run(home: Home, plant: Any, build_home: Any, loads: list[bool]) -> None:
    """`nacre build` loads in a thread while Dagster is made ready, and its run records that load."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))
    outcome = build_home(home)
    assert (outcome.failures, outcome.counts["events"], loads) == ([], 1, [True])


@pytest.mark.thorough
def test_a_run_of_dagster_loads_by_itself(home: Home, plant: Any, loads: list[bool]) -> None:
    """Where no command has begun one, as under the sensor, the run takes the lock, opens the build file and loads."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))
    with opened(home.dagster) as instance:
        result = build_definitions(home).resolve_job_def(JOB).execute_in_process(instance=instance)
    assert (result.success, loads, home.published.exists()) == (True, [False], True)


@pytest.mark.thorough
def test_a_load_that_fails_fails_its_run(broken_and_mended: Any) -> None:
    """An error of the early load is the failure of core/events in Dagster's history; the next build mends it."""
    failed, healed = broken_and_mended("load")
    assert (failed.published, "planted" in " ".join(failed.failures)) == (False, True)
    assert (healed.published, healed.failures) == (True, [])


@pytest.mark.parametrize(
    ("stage", "later"),
    [
        ("load", "select view_name from duckdb_views() where schema_name = 'analytics'"),
        ("flatten_each", "from core.process_events"),
    ],
)
def test_who_leaves_early_does_not_wait(
    home: Home, plant: Any, monkeypatch: pytest.MonkeyPatch, stage: str, later: str
) -> None:
    """Where Dagster cannot be made ready, the stage is broken off, none follows, and the cause is told."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))

    def endless(connection: Any, *_: Any, **__: Any) -> Any:
        begun.set()
        connection.execute("select count(*) from range(10000000000) a, range(1000) b")

    def left() -> None:
        with pipelines.ahead.going_ahead(home):
            begun.wait(30)
            message = "planted"
            raise ImportError(message)

    begun = threading.Event()
    followed: list[Any] = []
    monkeypatch.setattr(pipelines.stages, stage, endless)
    monkeypatch.setattr(pipelines.stages, "advance", followed.append)
    with pytest.raises(ImportError, match="planted"):
        left()
    assert followed == []
    with open_build(home.build) as connection:
        assert connection.execute(later).fetchall() == []


@pytest.mark.thorough
def test_views_that_fail_while_it_loads_fail_by_themselves(home: Home, broken_and_mended: Any) -> None:
    """The views are made during the load: their error is that of their own asset, and what was loaded stays."""
    made_in: list[str] = []
    there: list[bool] = []

    def called() -> None:
        made_in.append("load" if "load_new" in {frame.name for frame in traceback.extract_stack()} else "later")

    failed, healed = broken_and_mended("refresh", called, lambda: there.append(home.published.exists()))
    assert (made_in, [failure.split(":")[0] for failure in failed.failures]) == (["load"], ["views"])
    assert (failed.counts["events"], failed.published, there) == (1, False, [False])
    assert (healed.published, healed.failures) == (True, [])


@pytest.mark.thorough
@pytest.mark.parametrize("stage", ["load", "judge", "advance", "refresh"])
def test_what_a_run_would_not_publish_is_not_published(home: Home, broken_and_mended: Any, stage: str) -> None:
    """Where a stage fails that the publication depends on, there is no file either: not before the next build."""
    there: list[bool] = []
    failed, healed = broken_and_mended(stage, then=lambda: there.append(home.published.exists()))
    assert (failed.published, there) == (False, [False])
    assert (healed.published, home.published.exists()) == (True, True)


def test_a_long_load_outlives_its_process(
    home: Home, plant: Any, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """A new build file has no log, so what took long to load is in the file itself when the load ends."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))
    monkeypatch.setattr(pipelines.stages, "LONG", 0.0)
    with pipelines.stages.opened_build(home) as connection:
        pipelines.stages.load_new(connection, home)
        left = shutil.copy(home.build, tmp_path / "left.duckdb")
    with open_build(left) as connection:
        assert connection.execute("select count(*) from core.event_store").fetchall() == [(1,)]

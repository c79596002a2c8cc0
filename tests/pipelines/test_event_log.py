"""Dagster's history as a build writes it: what Dagster itself would have written, in fewer transactions."""

import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from alembic.script import ScriptDirectory
from dagster import (
    AssetCheckResult,
    AssetExecutionContext,
    AssetKey,
    DagsterEventType,
    DagsterInstance,
    Definitions,
    EventLogRecord,
    MaterializeResult,
    asset,
    asset_check,
    define_asset_job,
    in_process_executor,
)
from dagster_shared.serdes import deserialize_value, serialize_value

from pipelines.event_log import GroupedEventLog
from pipelines.instance import opened, prepare_instance

EVENTS = "select dagster_event_type, step_key, asset_key from event_logs order by id"


def definitions(seen: list[int] | None = None) -> Any:
    """A job of two assets and a check; it notes how many events others can read while a step runs."""

    @asset
    def sand() -> MaterializeResult[None]:
        return MaterializeResult(metadata={"grains": 1})

    @asset(deps=[sand])
    def pearl(context: AssetExecutionContext) -> MaterializeResult[None]:
        if seen is not None:
            seen.append(len(events_of(Path(context.instance.root_directory), context.run.run_id)))
        return MaterializeResult(metadata={"layers": 2})

    @asset_check(asset=sand)
    def is_fine() -> AssetCheckResult:
        return AssetCheckResult(passed=True)

    job = define_asset_job("lay", executor_def=in_process_executor)
    return Definitions(assets=[sand, pearl], asset_checks=[is_fine], jobs=[job]).resolve_job_def("lay")


def events_of(folder: Path, shard: str) -> list[Any]:
    """What another process reads in a file of the event log."""
    with closing(sqlite3.connect(folder / "history" / "runs" / f"{shard}.db")) as connection:
        return connection.execute(EVENTS).fetchall()


def quiet() -> dict[str, Any]:
    return {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "ours"
    prepare_instance(folder)
    return folder


@pytest.mark.thorough
def test_the_history_is_what_dagster_would_have_written(folder: Path, tmp_path: Path) -> None:
    """A run leaves the same events in the same order, in the run's file and in the index, and the same revision."""
    theirs = tmp_path / "theirs"
    prepare_instance(theirs)
    with opened(folder) as instance:
        assert isinstance(instance.event_log_storage, GroupedEventLog)
        ours = definitions().execute_in_process(instance=instance, run_config=quiet()).run_id
    with DagsterInstance.from_config(str(theirs)) as instance:
        other = definitions().execute_in_process(instance=instance, run_config=quiet()).run_id
    assert [events_of(folder, shard) for shard in (ours, "index")] == [
        events_of(theirs, shard) for shard in (other, "index")
    ]
    revision = "select version_num from alembic_version"
    for shard, name in ((ours, other), ("index", "index")):
        with closing(sqlite3.connect(folder / "history" / "runs" / f"{shard}.db")) as connection:
            found = connection.execute(revision).fetchall()
        with closing(sqlite3.connect(theirs / "history" / "runs" / f"{name}.db")) as connection:
            assert found == connection.execute(revision).fetchall()


def test_dagster_reads_what_was_written(folder: Path) -> None:
    """Dagster's own storage finds materializations with their metadata, and the check."""
    with opened(folder) as instance:
        definitions().execute_in_process(instance=instance, run_config=quiet())
    with DagsterInstance.from_config(str(folder)) as instance:
        event = instance.get_latest_materialization_event(AssetKey("pearl"))
        assert not isinstance(instance.event_log_storage, GroupedEventLog)
        assert event is not None
        assert event.asset_materialization is not None
        assert event.asset_materialization.metadata["layers"].value == 2
        assert {key.to_user_string() for key in instance.all_asset_keys()} == {"sand", "pearl"}
        assert [run.status.value for run in instance.get_runs()] == ["SUCCESS"]


def test_an_asset_s_entry_holds_what_dagster_would_have_serialized(folder: Path) -> None:
    """The text of an asset's last materialization is the one that Dagster makes of the record it reads there."""
    with opened(folder) as instance:
        definitions().execute_in_process(instance=instance, run_config=quiet())
    with closing(sqlite3.connect(folder / "history" / "runs" / "index.db")) as connection:
        rows = connection.execute("select asset_key, last_materialization from asset_keys").fetchall()
        written = "select id, event from event_logs where dagster_event_type = 'ASSET_MATERIALIZATION'"
        events = dict(connection.execute(written).fetchall())
    assert sorted(key for key, _ in rows) == ['["pearl"]', '["sand"]']
    for _, text in rows:
        record = deserialize_value(text, EventLogRecord)
        assert text == serialize_value(record)
        assert serialize_value(record.event_log_entry) == events.pop(record.storage_id)
    assert events == {}


def test_an_asset_s_entry_is_of_its_own_event(folder: Path) -> None:
    """An entry that is written again, after other events, holds the event it is asked for."""
    with opened(folder) as instance:
        definitions().execute_in_process(instance=instance, run_config=quiet())
        event = instance.get_latest_materialization_event(AssetKey("sand"))
        assert event is not None
        log = instance.event_log_storage
        assert isinstance(log, GroupedEventLog)
        log.store_asset_event(event, 7)
        (record,) = log.get_asset_records([AssetKey("sand")])
        assert record.asset_entry.last_materialization_record == EventLogRecord(7, event)


def test_all_is_written_when_a_step_begins(folder: Path) -> None:
    """What happened before a step that may take long is there to be read while it runs."""
    seen: list[int] = []
    with opened(folder) as instance:
        run = definitions(seen).execute_in_process(instance=instance, run_config=quiet()).run_id
    begun = [kind for kind, _, _ in events_of(folder, run)].index("STEP_START")
    assert len(seen) == 1
    assert seen[0] > begun


def test_an_event_that_cannot_be_written_leaves_no_half(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where writing fails, nothing of the group stays in either file, and the failure is told."""
    with opened(folder) as instance:
        log: Any = instance.event_log_storage
        run = definitions().execute_in_process(instance=instance, run_config=quiet()).run_id
        before = [events_of(folder, shard) for shard in (run, "index")]
        event = instance.all_logs(run, of_type=DagsterEventType.ASSET_MATERIALIZATION)[0]

        def broken(*_: Any) -> None:
            message = "planted"
            raise OSError(message)

        monkeypatch.setattr(GroupedEventLog, "_store_asset_event", broken)
        log.store_event(event)
        with pytest.raises(OSError, match="planted"):
            log.write_held()
    assert [events_of(folder, shard) for shard in (run, "index")] == before


def test_settings_that_name_a_storage_are_kept(folder: Path, tmp_path: Path) -> None:
    """Where dagster.yaml says where history goes, it goes there, as Dagster writes it."""
    elsewhere = tmp_path / "elsewhere"
    with (folder / "dagster.yaml").open("a") as settings:
        settings.write(f"\nstorage:\n  sqlite:\n    base_dir: {elsewhere}\n")
    with opened(folder) as instance:
        assert not isinstance(instance.event_log_storage, GroupedEventLog)
    assert (elsewhere / "history" / "runs" / "index.db").exists()


def test_migrations_are_read_once(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A new instance reads Dagster's migrations once for all its databases."""
    read: list[str] = []
    real = ScriptDirectory.from_config

    def counted(config: Any) -> ScriptDirectory:
        read.append(config.get_main_option("script_location"))
        return real(config)

    monkeypatch.setattr(ScriptDirectory, "from_config", counted)
    with opened(folder) as instance:
        definitions().execute_in_process(instance=instance, run_config=quiet())
    assert len(read) == 1

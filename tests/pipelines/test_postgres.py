"""The way into PostgreSQL as far as it goes without a server; tests/test_bi_postgres.py goes all of it."""

import sys
from pathlib import Path

import pytest
from dagster import DagsterInstance, Definitions

from pipelines.graph import definitions
from pipelines.home import Home
from pipelines.postgres import NoDriver, lines, load_postgres, views
from pipelines.reading import published
from tests.pipelines.report_pages import publish_empty, tell

ODD = r'submitted 10:00 id=wh_odd {"expenseId": "a\"b,c\nd\u0000", "category": "", "amount": 1}'


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A published warehouse with one odd expense."""
    path = publish_empty(tmp_path)
    tell(path, ODD)
    return path


def test_asset_is_there_where_it_is_wanted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NACRE_POSTGRES_URL brings the asset with its job and sensor, and no build makes it; without it there is none."""
    without = definitions(Home(tmp_path))
    monkeypatch.setenv("NACRE_POSTGRES_URL", "postgresql://db.example/bi")
    found = definitions(Home(tmp_path))
    Definitions.validate_loadable(found)
    built = found.resolve_job_def("build").asset_layer.executable_asset_keys
    keys = [{key.to_user_string() for key in one.resolve_all_asset_keys()} for one in (without, found)]
    assert keys[1] - keys[0] == {"postgres/analytics"}
    assert "postgres/analytics" not in {key.to_user_string() for key in built}
    assert found.resolve_sensor_def("load_postgres_follows").job_name == "load_postgres"


def test_run_that_cannot_load_says_why(warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without psycopg the run fails with the sentence that says how to install it."""
    monkeypatch.setenv("NACRE_POSTGRES_URL", "postgresql://db.example/bi")
    monkeypatch.setitem(sys.modules, "psycopg", None)
    with pytest.raises(NoDriver) as raised:
        load_postgres(warehouse, "postgresql://db.example/bi")
    with DagsterInstance.ephemeral() as instance:
        job = definitions(Home(warehouse.parent)).resolve_job_def("load_postgres")
        result = job.execute_in_process(instance=instance, raise_on_error=False)
    (failed,) = result.get_step_failure_events()
    assert "pip install -e '.[postgres]'" in str(raised.value)
    assert failed.step_failure_data.user_failure_data.description == str(raised.value)


def test_rows_are_lines_that_postgres_reads(warehouse: Path) -> None:
    """Texts stand in quotes, without character 0; NULL is nothing; clocks say that they are UTC."""
    with published(warehouse) as con:
        (view,) = [one for one in views(con) if one.name == "pending_expenses"]
        (told,) = lines(con, view)
    expected = b'"C1","a""b,c\nd","submitted",2026-03-02 10:00:00.000000Z,%s,,,"",\n'
    assert told == expected % told.split(b",")[5]


def test_every_type_of_the_views_has_a_name_in_postgres(warehouse: Path) -> None:
    """No column of a view is text in PostgreSQL that is not text, or a list of texts, in DuckDB."""
    with published(warehouse) as con:
        types = {(one.data_type, one.postgres_type) for view in views(con) for one in view.columns}
    assert {data_type for data_type, postgres_type in types if postgres_type == "text"} <= {"VARCHAR", "VARCHAR[]"}
    assert ("DECIMAL(38,9)", "numeric(38,9)") in types

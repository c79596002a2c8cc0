"""`nacre publish`: a partner's file from the command line."""

import json
from pathlib import Path
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from pipelines.cli import nacre
from pipelines.home import Home
from tests.warehouse.lakes import delivery, warehouse
from warehouse.processes import advance
from warehouse.publish import publish
from warehouse.views import refresh


def run(*arguments: object) -> Any:
    return CliRunner().invoke(nacre, ["publish", *map(str, arguments)])


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home whose environment is set, nothing in it."""
    home = Home(tmp_path / "home")
    monkeypatch.setenv("NACRE_HOME", str(home.root))
    return home


@pytest.mark.thorough
def test_a_company_gets_a_file_of_its_own(home: Home) -> None:
    """The file stands in the home under the company's id, opens read-only, and its views answer."""
    with warehouse(home.root, [delivery(1, "expenses.expense_created", '{"expenseId": "e1"}')]) as connection:
        advance(connection)
        refresh(connection)
        publish(connection, home.build, home.published)
    told = json.loads(run("--company", "ABC1234", "--json").output)
    path = home.root / "company_ABC1234.duckdb"
    expected = {"path": str(path), "company_id": "ABC1234", "bytes": path.stat().st_size, "events": 1, "tables": 1}
    assert told == expected
    with duckdb.connect(str(path), read_only=True) as connection:
        timeline = "select company_id, expense_id, stage from analytics.expense_approval_timeline"
        assert connection.execute(timeline).fetchall() == [("ABC1234", "e1", "created")]
    views = json.loads(run("--without-personal-data", "--json").output)
    path = home.root / "warehouse_views.duckdb"
    assert views == {"path": str(path), "company_id": None, "bytes": path.stat().st_size, "events": 1}
    with duckdb.connect(str(path), read_only=True) as connection:
        assert connection.execute(timeline).fetchall() == [("ABC1234", "e1", "created")]
    absent = CliRunner().invoke(nacre, ["sql", "--restricted", "from analytics.people"])
    assert (absent.exit_code, absent.output.rstrip()[-39:]) == (1, "there; nacre publish --restricted writes it"[-39:])
    restricted = json.loads(run("--restricted", "--json").output)
    assert restricted == {"path": str(home.restricted), "bytes": home.restricted.stat().st_size, "events": 1}
    asked = CliRunner().invoke(
        nacre, ["sql", "--restricted", "--json", "select count(*) as people from analytics.people"]
    )
    assert json.loads(asked.output) == [{"people": 0}]
    unknown = run("--company", "OTHER")
    assert (unknown.exit_code, unknown.output.startswith("Error: No event of company 'OTHER'")) == (1, True)


def test_a_file_is_not_called_as_a_schema_in_it(home: Home) -> None:
    """DuckDB would take `expenses.expense_created` for either of them, and refuse it."""
    with warehouse(home.root, [delivery(1, "expenses.expense_created", '{"expenseId": "e1"}')]) as connection:
        publish(connection, home.build, home.published)
    target = home.root / "Expenses.duckdb"
    answers = [run(*what, "--out", target) for what in (("--company", "ABC1234"), ("--restricted",))]
    assert [(answer.exit_code, target.exists()) for answer in answers] == [(2, False)] * 2
    assert "Expenses is a schema in it: choose another" in answers[0].output


def test_what_cannot_be_written_is_said_first(home: Home) -> None:
    """A home without a warehouse ends with 1; an id that makes an odd path, or the warehouse's own file, with 2."""
    answers = [
        run("--company", "ABC1234"),
        run("--company", "../up"),
        run("--company", "ABC1234", "--out", home.published),
        run("--without-personal-data", "--out", "analytics.duckdb"),
        run("--restricted", "--company", "ABC1234"),
        run(),
    ]
    assert [answer.exit_code for answer in answers] == [1, 2, 2, 2, 2, 2]
    assert "nothing is published" in answers[0].output
    assert not home.root.exists()

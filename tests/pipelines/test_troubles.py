"""What a user can mend is told in a sentence: a place that is none, a disk that is full, a history that is damaged."""

import contextlib
from pathlib import Path
from typing import Any
from unittest.mock import Mock

import duckdb
import pytest
from click.testing import CliRunner, Result

from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.reading import published
from tests.faults import disks
from tests.short_form import shortened

CREATED = "expenses.expense_created"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(nacre, list(arguments))


def told(result: Result, *parts: str) -> bool:
    """Whether a command failed with one sentence that holds all this."""
    last = result.output.strip().splitlines()[-1]
    ours = isinstance(result.exception, SystemExit) and result.exit_code == 1
    return ours and last.startswith("Error: ") and all(part in last for part in parts)


@pytest.mark.parametrize("command", shortened(["build", "rebuild", "compact", "status", "quarantine list"], 2))
def test_a_home_that_cannot_be_is_named(command: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the home is a file, or below one, the command says which path the file system refuses, and why."""
    (tmp_path / "file").touch()
    monkeypatch.setenv("NACRE_HOME", str(tmp_path / "file"))
    assert told(run(*command.split()), str(tmp_path / "file"), "Check the path")


def test_a_file_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    """`--out` in a folder that is not there."""
    place = str(tmp_path / "none" / "traffic.ndjson")
    assert told(run("simulate", "--events", "10", "--out", place), place, "No such file or directory")


def test_a_bug_still_shows_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What no user can mend keeps its traceback."""
    monkeypatch.setattr("pipelines.cli.simulate.write_ndjson", lambda *_, **__: {}["missing"])
    assert isinstance(run("simulate", "--out", str(tmp_path / "x")).exception, KeyError)


@pytest.mark.parametrize("error", [duckdb.TransactionException, duckdb.FatalException, duckdb.IOException])
def test_a_full_disk_is_named_whatever_duckdb_calls_it(
    error: type[duckdb.Error], tmp_path: Path, monkeypatch: Any
) -> None:
    """DuckDB gives what the disk refused to the error of a commit, or of a database that it gives up."""
    refusal = error('TransactionContext Error: Failed to commit: Could not write file "b": No space left on device')
    monkeypatch.setattr("pipelines.cli.simulate.write_ndjson", Mock(side_effect=refusal))
    assert told(run("simulate", "--out", str(tmp_path / "x")), "Failed to commit", "Free space")


@pytest.mark.parametrize("name", shortened(["index.db", "runs.db"], 1))
@pytest.mark.thorough
def test_a_damaged_history_is_named(home: Home, plant: Any, name: str) -> None:
    """Bytes that are no SQLite in Dagster's folder: which folder it is and what to do, and after that it builds."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))
    (damaged,) = home.dagster.rglob(name)
    damaged.write_bytes(b"no database" * 1000)
    assert told(run("build"), str(home.dagster), "move the folder away")
    home.dagster.rename(home.root / "aside")
    assert run("build").exit_code == 0


@pytest.mark.thorough
def test_a_history_that_cannot_be_begun_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`nacre dev` where Dagster's folder cannot be made: which it is, and what the system said."""
    monkeypatch.setenv("NACRE_HOME", str(tmp_path))
    monkeypatch.setenv("NACRE_SECRETS", "known")
    (tmp_path / "dagster").touch()
    assert told(run("dev"), str(tmp_path / "dagster"), "File exists")


def fill(path: Path) -> None:
    """Leave nothing of the disk."""
    with contextlib.suppress(OSError), path.open("wb", buffering=0) as file:
        while file.write(bytes(1024 * 1024)):
            pass


@pytest.mark.thorough
def test_a_full_disk_is_named_and_nothing_is_lost(tmp_path: Path, plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing more can be written each command says so; with space again the next build publishes all."""
    if why_not := disks.why_not():
        pytest.skip(why_not)
    with disks.disk(tmp_path) as small:
        home = Home(small.mount_point / "home")
        monkeypatch.setenv("NACRE_HOME", str(home.root))
        plant(home, *((number, CREATED, {"expenseId": f"e{number}"}) for number in range(3)))
        fill(small.mount_point / "filler")
        for command in ("build", "rebuild"):
            assert told(run(command), "pace"), command
        (small.mount_point / "filler").unlink()
        assert run("build").exit_code == 0
        with published(home.published) as connection:
            assert connection.execute("select count(*) from core.events").fetchall() == [(3,)]

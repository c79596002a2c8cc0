"""The nacre command: what each prints, how it ends, what it refuses."""

import fcntl
import json
import os
import re
import shutil
import struct
import subprocess
import sys
import termios
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from pipelines.build_lock import build_lock
from pipelines.cli import COMMANDS, nacre
from pipelines.home import Home

CREATED = "expenses.expense_created"
FORMULA = "=1+1"


def run(*arguments: str, given: str | None = None) -> Result:
    return CliRunner().invoke(nacre, list(arguments), input=given)


@pytest.fixture(scope="session")
def built_once(tmp_path_factory: pytest.TempPathFactory, instance_folder: Path, plant: Any, build_home: Any) -> Home:
    """A published home with two expenses, to be copied; the name of one is a spreadsheet formula."""
    home = Home(tmp_path_factory.mktemp("built") / "home")
    shutil.copytree(instance_folder, home.dagster)
    plant(
        home,
        (1, CREATED, {"expenseId": "e1", "amount": {"decimal": "10.10", "currencyCode": "EUR"}, "name": FORMULA}),
        (2, CREATED, {"expenseId": "e2", "amount": {"decimal": "5", "currencyCode": "EUR"}, "name": "a|b"}),
    )
    build_home(home)
    return home


@pytest.fixture
def built(home: Home, built_once: Home) -> Home:
    """A copy of the published home, which the environment names."""
    shutil.copytree(built_once.root, home.root, dirs_exist_ok=True)
    return home


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_listed_and_shows_an_example(name: str) -> None:
    """Every command is listed by `nacre --help`, and its own help shows an example."""
    shown = run(name, "--help")
    told = run("--help").output
    text = " ".join(shown.output.split())
    assert (shown.exit_code, f"  {name} " in told, "Example:" in text) == (0, True, True)


def test_unknown_command_is_a_usage_error() -> None:
    """A command that does not exist ends with 2."""
    assert run("frobnicate").exit_code == 2


def test_expected_errors_are_one_sentence(home: Home) -> None:
    """Where nothing is published, `nacre sql` ends with 1 and says what to do, without a traceback."""
    answer = run("sql", "select 1")
    assert (answer.exit_code, answer.output) == (
        1,
        f"Error: nothing is published at {home.published} yet; run nacre build, or set NACRE_HOME to another home\n",
    )


def test_unusable_setting_is_named(home: Home, plant: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A setting that cannot be used is named by its variable, and nothing is published."""
    plant(home, (1, "expenses.expense_created", {"expenseId": "e1"}))
    monkeypatch.setenv("NACRE_PORT", "many")
    answer = run("build")
    assert (home.published.exists(), answer.exit_code, "NACRE_PORT" in answer.output) == (False, 1, True)


def test_an_unusable_home_is_named_by_every_command(monkeypatch: pytest.MonkeyPatch) -> None:
    """A home that DuckDB could not name is refused in the same words, whether all settings are read or it alone."""
    monkeypatch.setenv("NACRE_HOME", "what?")
    answers = [run(*words) for words in (["status"], ["build"], ["import", "-"])]
    assert [answer.exit_code for answer in answers] == [1, 1, 1]
    assert len({answer.output for answer in answers}) == 1
    assert answers[0].output.startswith("Error: NACRE_HOME cannot be used: ")


def test_sql_formats(built: Home, tmp_path: Path) -> None:
    """Each format holds the same rows; csv is safe in a spreadsheet, money is exact."""
    query = 'from expenses.expense_created select "expenseId", amount_decimal, name order by 1'
    parquet = tmp_path / "rows.parquet"
    assert run("sql", query, "--format", "csv").output == (
        "expenseId,amount_decimal,name\ne1,10.100000000,'=1+1\ne2,5.000000000,a|b\n"
    )
    assert json.loads(run("sql", query, "--json").output) == [
        {"expenseId": "e1", "amount_decimal": "10.100000000", "name": FORMULA},
        {"expenseId": "e2", "amount_decimal": "5.000000000", "name": "a|b"},
    ]
    assert run("sql", query, "--format", "markdown").output == (
        "| expenseId | amount_decimal | name |\n| --- | ---: | --- |\n"
        "| e1 | 10.100000000 | =1+1 |\n| e2 | 5.000000000 | a\\|b |\n"
    )
    assert run("sql", query, "--format", "parquet", "--out", str(parquet)).exit_code == 0
    assert pq.read_table(parquet).column("name").to_pylist() == [FORMULA, "a|b"]
    assert "2 rows" in run("sql", "-", given=query).output
    assert run("sql", query, "--format", "parquet").exit_code == 2
    assert built.published.exists()


def test_sql_shows_the_result_of_each_statement(built: Home, tmp_path: Path) -> None:
    """Several statements are answered one after the other; what only prepares another has nothing to show."""
    query = "set variable given = 2; select 1 as a; select getvariable('given') as b"
    parquet = tmp_path / "rows.parquet"
    table = run("sql", query).output
    assert (table.count("1 row\n"), "Success" in table) == (2, False)
    assert run("sql", query, "--format", "csv").output == "a\n1\nb\n2\n"
    assert run("sql", query, "--format", "markdown").output == "| a |\n| ---: |\n| 1 |\n\n| b |\n| ---: |\n| 2 |\n"
    refused = run("sql", query, "--format", "parquet", "--out", str(parquet))
    assert (refused.exit_code, "ask for one at a time" in refused.output, parquet.exists()) == (1, True, False)
    assert "no result" in run("sql", "set variable given = 2").output
    assert built.published.exists()


@pytest.mark.parametrize("comment", ["-- note\n", "--note\n", "-- a = b\n", "---- x\n"])
def test_sql_takes_a_query_that_begins_with_a_comment(built: Home, comment: str) -> None:
    """A comment in front is part of the query, wherever the options stand; a mistyped option is still one."""
    answers = [run("sql", f"{comment}select 1 as a", "--json"), run("sql", "--json", f"{comment}select 1 as a")]
    assert [json.loads(answer.output) for answer in answers] == [[{"a": 1}]] * 2
    assert "No such option" in run("sql", "--jsn", "select 1").output
    assert built.published.exists()


@pytest.mark.parametrize(("rows", "paged"), [(5, False), (100, True)])
def test_sql_pages_what_is_longer_than_the_terminal(built: Home, tmp_path: Path, rows: int, paged: bool) -> None:
    """On a terminal a long result goes through the pager, whole; a short one does not."""
    seen = tmp_path / "paged"
    master, terminal = os.openpty()
    fcntl.ioctl(terminal, termios.TIOCSWINSZ, struct.pack("HHHH", 24, 80, 0, 0))
    environment = {**os.environ, "PAGER": f"tee {seen}", "TERM": "xterm"}
    command = [sys.executable, "-m", "pipelines.cli", "sql", f"select range as n from range({rows})"]
    root = Path(__file__).parents[2]
    with subprocess.Popen(command, stdin=terminal, stdout=terminal, env=environment, cwd=root) as running:
        os.close(terminal)
        shown = b"".join(iter(lambda: read_from(master), b"")).decode()
    os.close(master)
    assert (running.returncode, seen.exists(), f"{rows} rows" in shown, built.published.exists()) == (
        0,
        paged,
        True,
        True,
    )
    assert not paged or f"{rows} rows" in seen.read_text()


def read_from(master: int) -> bytes:
    """What the terminal shows next; nothing when the last one who writes to it has ended."""
    try:
        return os.read(master, 65536)
    except OSError:
        return b""


def test_sql_without_a_query_lists_what_there_is(built: Home) -> None:
    """Every view, macro and table is there, each with what one row of it is."""
    told = {row["name"]: row for row in json.loads(run("sql", "--json").output)}
    assert told["expenses.expense_created"] == {
        "name": "expenses.expense_created", "kind": "table", "rows": 2, "one_row_per": f"event {CREATED}",
    }  # fmt: skip
    assert told["analytics.expense_approval_timeline"]["one_row_per"] == "company and expense"
    assert told["analytics.expenses_as_of(ts, known_at)"]["kind"] == "macro"
    assert built.published.exists()


def test_sql_reads_the_published_file_and_nothing_else(built: Home) -> None:
    """Writing, other files, other databases and unlocking are refused with one sentence and exit 1."""
    refused = [
        "create table x as select 1",
        "delete from core.event_store",
        "copy (select 1) to 'stolen.csv'",
        "from read_csv('stolen.csv')",
        "attach 'other.duckdb'",
        "set enable_external_access = true",
        "install httpfs",
        "selec 1",
    ]
    before = built.published.read_bytes()
    answers = [run("sql", query) for query in refused]
    assert [(answer.exit_code, answer.output[:7]) for answer in answers] == [(1, "Error: ")] * len(refused)
    assert built.published.read_bytes() == before


def test_status_as_json(built: Home, plant: Any) -> None:
    """`nacre status --json` tells lake, ledger, tables and what waits, while the build file is locked by another."""
    plant(built, (3, CREATED, {"expenseId": "e3"}), first=10)
    with build_lock(built.lock), duckdb.connect(str(built.build)):
        state = json.loads(run("status", "--json").output)
    ledger = {name: state["ledger"][name] for name in ("delivered", "events", "duplicates", "conflicts", "quarantined")}
    assert (state["lake"]["segments"], ledger, state["tables"], state["pending"]["segments"]) == (
        2,
        {"delivered": 2, "events": 2, "duplicates": 0, "conflicts": 0, "quarantined": 0},
        [
            {
                "schema_name": "expenses",
                "table_name": "expense_created",
                "event_name": CREATED,
                "json_path": None,
                "rows": 2,
            }
        ],
        1,
    )


def test_status_counts_damaged_segments_of_every_kind(built: Home) -> None:
    """A damaged segment of quarantine is as much to look at as one of events, and counts among no events' segments."""
    before = json.loads(run("status", "--json").output)["ledger"]
    with duckdb.connect(str(built.published)) as con:
        con.execute(
            "insert into ops.segments by name select * replace ('quarantine' as kind, 'damaged' as status)"
            " from ops.segments limit 1"
        )
    assert json.loads(run("status", "--json").output)["ledger"] == before | {"damaged": 1}
    assert "1 damaged segments" in run("status").output


def test_status_of_a_publication_to_come(built: Home) -> None:
    """Where the clock was set back since the last publication, status says so instead of a negative age."""
    with duckdb.connect(str(built.published)) as con:
        con.execute("update ops.publications set published_at = now() + interval 3 days")
    assert "(3.0 days ahead of this machine's clock)" in run("status").output


def test_status_of_an_empty_home(home: Home) -> None:
    """`nacre status` on an empty home says what to do next."""
    answer = run("status")
    assert (
        home.published.exists(),
        answer.exit_code,
        "nothing is published yet: run nacre build" in answer.output,
    ) == (
        False,
        0,
        True,
    )


def test_build_without_waiting(home: Home, plant: Any) -> None:
    """`nacre build --no-wait` ends with one sentence and exit 1 while another process builds."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))
    with home.lock.open("w") as other:
        fcntl.flock(other, fcntl.LOCK_EX)
        answer = run("build", "--no-wait")
    assert (answer.exit_code, answer.output.startswith("Error: another build is running")) == (1, True)


def test_build_of_nothing_new(built: Home) -> None:
    """Where nothing is new, `nacre build` says so and leaves the published file alone."""
    before = built.published.stat().st_ino
    answer = json.loads(run("build", "--json").output)
    assert (answer["built"], answer["reason"], built.published.stat().st_ino == before) == (False, "nothing new", True)


@pytest.mark.parametrize("lost", ["published", "publication"])
@pytest.mark.thorough
def test_lost_publication_is_made_again(built: Home, build_home: Any, lost: str) -> None:
    """Where the build is fine but its publication is missing or did not finish, the next build publishes again."""
    getattr(built, lost).unlink()
    outcome = build_home(built)
    assert (outcome.built, outcome.published, outcome.counts["segments"], built.published.exists()) == (
        True,
        True,
        0,
        True,
    )


@pytest.mark.thorough
def test_simulate_import_build(home: Home, tmp_path: Path) -> None:
    """Simulated traffic goes by file through import and build; a bad line is in quarantine with its place."""
    file = tmp_path / "traffic.ndjson"
    assert run("simulate", "--events", "50", "--out", str(file)).exit_code == 0
    with file.open("a") as lines:
        lines.write("{bad\n")
    report = json.loads(run("import", str(file), "--json").output)
    assert (report["quarantined"], report["files"][0]["error"]) == (1, None)
    outcome = json.loads(run("build", "--json").output)
    assert (outcome["counts"]["events"], outcome["counts"]["quarantined"], outcome["failures"]) == (50, 1, [])
    assert home.published.exists()


def test_import_of_a_missing_file(home: Home) -> None:
    """A file that cannot be read is named, and the command ends with 1."""
    answer = run("import", str(home.root / "absent.ndjson"))
    assert (answer.exit_code, "absent.ndjson" in answer.output) == (1, True)


def test_each_question_of_the_readme_is_one_query(built: Home) -> None:
    """Every `nacre sql` that the README shows runs as it stands there."""
    readme = (Path(__file__).parents[2] / "README.md").read_text(encoding="utf-8")
    queries = re.findall(r'nacre sql "([^"]+)"', readme)
    answers = [run("sql", query) for query in queries]
    assert (built.published.exists(), [answer.exit_code for answer in answers]) == (True, [0] * len(queries))
    assert len(queries) >= 1

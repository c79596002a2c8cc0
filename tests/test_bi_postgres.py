"""PostgreSQL: the views of analytics arrive whole, at one instant, and tools that speak its protocol read them."""

import re
import subprocess
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest
from dagster import DagsterInstance, Definitions

from pipelines.assets.postgres import JOB, URL
from pipelines.graph import definitions
from pipelines.home import Home
from pipelines.postgres import NotLoaded, load_postgres
from pipelines.reading import published
from tests.bi_environments import library, packages, program, told
from tests.bi_page import block, blocks
from tests.bi_postgres import server
from tests.pipelines.report_pages import publish_empty, tell
from tests.pipelines.test_report_numbers import given

pytestmark = [pytest.mark.long, pytest.mark.bi]

TIMELINE = "analytics.expense_approval_timeline"
ODD = r'submitted 10:00 id=wh_odd {"expenseId": "a\"b,c\nd", "category": "", "engagementId": "x\u0000y"}'
AGES = {"age_seconds", "seconds", "seconds_to_decision", "working_days", "working_days_open"}


@pytest.fixture(scope="module")
def port() -> Iterator[int]:
    """The port of a server that all tests of this file share."""
    with server() as found:
        yield found


@pytest.fixture
def driver(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let psycopg be found, behind everything of ours."""
    monkeypatch.setattr(sys, "path", [*sys.path, str(packages("psycopg[binary]==3.3.9"))])


@pytest.fixture
def url(port: int, driver: None) -> str:  # noqa: ARG001 - it must be there
    """A database of its own."""
    name = "bi"
    for line in (f"drop database if exists {name}", f"create database {name}"):
        psql(port, "postgres", line)
    return f"postgresql://postgres@127.0.0.1:{port}/{name}"


@pytest.fixture
def warehouse(tmp_path: Path) -> Path:
    """A published warehouse of forty expenses and an odd one."""
    path = publish_empty(tmp_path)
    tell(path, f"{given()}\n{ODD}")
    return path


def psql(port: int, database: str, *lines: str) -> str:
    command = ["psql", "-XAtq", "-v", "ON_ERROR_STOP=1", "-h", "127.0.0.1", "-p", str(port), "-U", "postgres", database]
    done = subprocess.run(
        [*command, *(part for line in lines for part in ("-c", line))], capture_output=True, text=True, check=True
    )
    return done.stdout


def asked(url: str, text: str) -> list[Any]:
    import psycopg  # noqa: PLC0415 - the fixture brings it

    with psycopg.connect(url) as connection:
        connection.execute("set time zone 'UTC'")
        return connection.execute(text).fetchall()


def test_every_view_arrives_row_for_row(url: str, warehouse: Path) -> None:
    """What PostgreSQL holds are the rows of the views, each value the same but for character 0 and ages."""
    loaded = load_postgres(warehouse, url)
    with published(warehouse) as con:
        for name in loaded.rows:
            relation = con.view(f"analytics.{name}")
            steady = ", ".join(f'"{column}"' for column in relation.columns if column not in AGES)
            wanted = told_apart(relation.project(steady).fetchall())
            found = told_apart(asked(url, f"select {steady} from analytics.{name}"))
            assert (found, loaded.rows[name]) == (wanted, len(wanted))
    odd = asked(url, f"select expense_id, category, engagement_id from {TIMELINE} where first_event_id = 'wh_odd'")
    assert ([row[:2] for row in odd], len(loaded.rows) > 10) == ([('a"b,c\nd', "")], True)


def told_apart(rows: list[Any]) -> list[str]:
    """Rows to compare: clocks as text, texts without character 0, lists as text, in one order."""
    plain: dict[type, Any] = {datetime: datetime.isoformat, str: lambda text: text.replace("\0", ""), list: as_text}
    return sorted(repr([plain.get(type(one), lambda same: same)(one) for one in row]) for row in rows)


def as_text(values: list[str]) -> str:
    return f"[{', '.join(values)}]"


def test_columns_say_what_they_mean(url: str, warehouse: Path) -> None:
    """Types are PostgreSQL's own, and comments come along."""
    load_postgres(warehouse, url)
    columns = asked(
        url,
        "select attname, format_type(atttypid, atttypmod), col_description(attrelid, attnum) from pg_attribute"
        " where attrelid = 'analytics.pending_expenses'::regclass"
        " and attname in ('company_id', 'amount', 'waiting_since') order by attnum",
    )
    assert [row[:2] for row in columns] == [
        ("company_id", "text"), ("waiting_since", "timestamp with time zone"), ("amount", "numeric(38,9)"),
    ]  # fmt: skip
    assert columns[0][2] == "Oyster's id of the company."


def test_readers_keep_reading_and_grants_stay(url: str, port: int, warehouse: Path) -> None:
    """While the next publication is loaded a reader sees the last one without waiting, and its grant is not lost."""
    load_postgres(warehouse, url)
    for line in blocks("Grafana, Power BI, Tableau, Metabase", "sql")[0].split(";\n"):
        psql(port, "bi", line) if line.strip() else None
    counted = f"select count(*) from {TIMELINE}"
    reader = f"postgresql://grafana:choose-one@127.0.0.1:{port}/bi"
    import psycopg  # noqa: PLC0415 - the fixture brings it

    with psycopg.connect(reader) as reading:
        before = reading.execute(counted).fetchall()
        tell(warehouse, 'created 10:00 id=wh_more {"expenseId": "more"}')
        load_postgres(warehouse, url)
        after = reading.execute(counted).fetchall()
    assert [before, after, asked(reader, counted)] == [[(43,)], [(44,)], [(44,)]]
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        asked(reader, f"delete from {TIMELINE}")


def test_what_cannot_be_loaded_leaves_all_as_it_was(url: str, port: int, warehouse: Path) -> None:
    """Where PostgreSQL refuses one table, none is touched, and the sentence says why; nor where there is no server."""
    load_postgres(warehouse, url)
    psql(
        port, "bi",
        "drop table analytics.time_in_stage",
        "create table analytics.time_in_stage (other int)",
        "create view mine as select * from analytics.time_in_stage",
    )  # fmt: skip
    tell(warehouse, 'created 10:00 id=wh_more {"expenseId": "more"}')
    with pytest.raises(NotLoaded) as refused:
        load_postgres(warehouse, url)
    assert (asked(url, f"select count(*) from {TIMELINE}"), "mine depends on" in str(refused.value)) == ([(43,)], True)
    with pytest.raises(NotLoaded) as away:
        load_postgres(warehouse, "postgresql://postgres:hidden@127.0.0.1:9/bi")
    assert ("Connection refused" in str(away.value), "hidden" in str(away.value)) == (True, False)


def test_asset_is_there_where_it_is_wanted(url: str, warehouse: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """NACRE_POSTGRES_URL brings the asset and its job, which says what it loaded where; without it there is none."""
    home = Home(warehouse.parent)
    without = {key.to_user_string() for key in definitions(home).resolve_all_asset_keys()}
    monkeypatch.setenv(URL, url)
    found = definitions(home)
    Definitions.validate_loadable(found)
    with DagsterInstance.ephemeral() as instance:
        result = found.resolve_job_def(JOB).execute_in_process(instance=instance)
    (made,) = [event for event in result.all_events if event.is_step_materialization]
    metadata = made.step_materialization_data.materialization.metadata
    assert ("postgres/analytics" in without, metadata["database"].value) == (False, url.partition("@")[2])
    assert metadata["rows"].value == sum(metadata["tables"].value.values()) > 40


def test_psql_and_odbc_read_it(url: str, port: int, warehouse: Path, tmp_path: Path) -> None:
    """psql, by the line of the page, and unixODBC with PostgreSQL's driver, the way of Power BI, give each expense."""
    load_postgres(warehouse, url)
    line = block("Grafana, Power BI, Tableau, Metabase", "sh").splitlines()[-1]
    printed = told(tmp_path, "sh", "-c", line.replace("db.example:5432", f"127.0.0.1:{port}"))
    program("isql", "unixodbc")
    library("lib/*/odbc/psqlodbcw.so", "odbc-postgresql")
    source = f"Driver=PostgreSQL Unicode;Servername=127.0.0.1;Port={port};Database=bi;Username=postgres"
    asking = subprocess.run(
        ["isql", "-k", source, "-b", "-d,"], input=f"select stage, count(*) from {TIMELINE} group by 1\n",
        capture_output=True, text=True, check=True,
    )  # fmt: skip
    wanted = sorted(asked(url, f"select stage, count(*) from {TIMELINE} group by 1"))
    odbc = [(stage, int(number)) for stage, number in re.findall(r"^(\w+),(\d+)$", asking.stdout, re.MULTILINE)]
    shown = [tuple(cell.strip() for cell in row.split("|")) for row in printed.splitlines() if "|" in row][1:]
    assert (sorted(odbc), sorted((stage, int(number)) for stage, number in shown)) == (wanted, wanted)


def test_jdbc_reads_it(url: str, port: int, warehouse: Path, tmp_path: Path) -> None:
    """PostgreSQL's JDBC driver, the way of Tableau and Metabase, lists the tables with comments and reads them."""
    load_postgres(warehouse, url)
    java = program("java", "openjdk-17-jdk-headless")
    jar = library("share/java/postgresql.jar", "libpostgresql-jdbc-java")
    (tmp_path / "Read.java").write_text(JAVA)
    printed = told(tmp_path, java, "-cp", str(jar), "Read.java", f"jdbc:postgresql://127.0.0.1:{port}/bi?user=postgres")
    assert printed.splitlines() == ["43", "timestamptz Oyster's id of the company."]


JAVA = """
import java.sql.*;
class Read {
    public static void main(String[] args) throws Exception {
        try (Connection con = DriverManager.getConnection(args[0])) {
            ResultSet counted = con.createStatement().executeQuery(
                "select count(*) from analytics.expense_approval_timeline");
            counted.next();
            System.out.println(counted.getInt(1));
            DatabaseMetaData about = con.getMetaData();
            ResultSet clock = about.getColumns(null, "analytics", "expense_approval_timeline", "created_at");
            ResultSet company = about.getColumns(null, "analytics", "expense_approval_timeline", "company_id");
            clock.next();
            company.next();
            System.out.println(clock.getString("TYPE_NAME") + " " + company.getString("REMARKS"));
        }
    }
}
"""

"""docs/bi.md: each tool, installed in an environment of its own, runs its blocks as they stand on the page."""

import json
import re
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.bi_environments import environment, told
from tests.bi_page import block, blocks, sections, warehouse_at
from warehouse.objects import objects

pytestmark = [pytest.mark.long, pytest.mark.bi]

DUCKDB_15 = ("duckdb==1.5.6", "duckdb-cli==1.5.6", "pytz==2026.6")
CLIENTS = (
    "duckdb==2.0.0", "duckdb-engine==0.17.0", "sqlalchemy==2.0.58", "adbc-driver-manager==1.13.0", "pyarrow==26.0.1",
    "pandas==3.1.1", "pytz==2026.6",
)  # fmt: skip
DBT = ("duckdb==2.0.0", "dbt-duckdb==1.11.1", "dbt-core==1.11.16", "pytz==2026.6")
JUPYTER = ("nbclient==0.11.0", "nbformat==5.11.1", "ipykernel==7.4.0", "duckdb==2.0.0", "pandas==3.1.1", "pytz==2026.6")
NOTEBOOK = """
from pathlib import Path
import nbformat
from nbclient import NotebookClient

notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(Path("cell.py").read_text())])
done = NotebookClient(notebook, kernel_name="python3").execute()
shown = done.cells[0].outputs[-1].data
print(shown["text/html"].count("<tr") - 1)
"""
EVERYTHING = """
import duckdb, json, sys

counted = {}
with duckdb.connect("data/warehouse.duckdb", read_only=True) as con:
    tables = "select schema_name || '.' || table_name from duckdb_tables()"
    views = "select schema_name || '.' || view_name from duckdb_views() where not internal"
    names = [name for (name,) in con.execute(f"{tables} union all {views}").fetchall()] + sys.argv[1:]
    for name in names:
        counted[name] = len(con.execute(f"select * from {name}").fetchall())
print(json.dumps([duckdb.__version__, counted]))
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with data/warehouse.duckdb in it: three expenses."""
    warehouse_at(tmp_path / "data", 3)
    return tmp_path


def test_duckdb_15_reads_all_of_the_file(folder: Path) -> None:
    """DuckDB 1.5 reads every table, view and macro to the same number of rows, and runs the block of Python."""
    calls = [f"{one.full_name}(now())" for one in objects() if one.kind == "macro"]
    old = environment(*DUCKDB_15) / "python"
    read = [json.loads(told(folder, python, "-c", EVERYTHING, *calls)) for python in (old, sys.executable)]
    assert (read[0][0], read[0][1], len(calls) > 2) == ("1.5.6", read[1][1], True)
    assert told(folder, old, "-c", block("Python", "python") + "\nprint(len(rows))") == "3\n"


def test_the_command_line_of_duckdb(folder: Path) -> None:
    """Both lines run; one prints the expenses, the other writes them as CSV."""
    printed = told(folder, "sh", "-e", "-c", block("DuckDB's command line", "sh"), bin_=environment(*DUCKDB_15))
    written = (folder / "open_items.csv").read_text().splitlines()
    assert (printed.count("ABC1234"), len(written), written[0][:19]) == (3, 4, "process,company_id,")


def test_a_session_of_the_command_line_sees_the_next_publication(folder: Path) -> None:
    """A session keeps its publication until it opens the file again as the page says, and cannot write then either."""
    (opening,) = re.findall(r"`(\.open [^`]+)`", sections()["DuckDB's command line"])
    counted = "select count(*) from analytics.expense_approval_timeline;"
    command = [environment(*DUCKDB_15) / "duckdb", "-csv", "-noheader", "-readonly", "data/warehouse.duckdb"]
    with subprocess.Popen(
        command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as session:
        assert session.stdin is not None
        assert session.stdout is not None
        session.stdin.write(f"{counted}\n")
        session.stdin.flush()
        first = session.stdout.readline()
        warehouse_at(folder / "data", 4)
        printed, complained = session.communicate(f"{counted}\n{opening}\n{counted}\ncreate table own (a int);\n")
    assert ([first, *printed.splitlines()], "read-only" in complained) == (["3\n", "3", "4"], True)


@pytest.mark.parametrize(
    ("title", "counted"),
    [("Jupyter, notebooks and pandas", "frame"), ("Arrow", "table"), ("ADBC", "table"), ("SQLAlchemy", "rows")],
)
def test_python_clients(folder: Path, title: str, counted: str) -> None:
    """The block reads what is published."""
    code = f"{block(title, 'python')}\nprint(len({counted}))"
    rows = "1\n" if title == "Jupyter, notebooks and pandas" else "3\n"
    assert told(folder, environment(*CLIENTS) / "python", "-c", code) == rows


def test_jupyter_runs_the_block(folder: Path) -> None:
    """As a cell of a notebook, run by Jupyter's own client and kernel, the block shows its frame."""
    (folder / "cell.py").write_text(f"{block('Jupyter, notebooks and pandas', 'python')}\nframe")
    assert told(folder, environment(*JUPYTER) / "python", "-c", NOTEBOOK) == "1\n"


def test_adbc_cannot_write(folder: Path) -> None:
    """Through the page's ADBC connection nothing can be written."""
    code = block("ADBC", "python").replace(
        "select * from analytics.expense_approval_timeline", "create table own (a int)"
    )
    done = subprocess.run(
        [environment(*CLIENTS) / "python", "-c", code], capture_output=True, text=True, cwd=folder, check=False
    )
    assert (done.returncode, "read-only" in done.stderr) == (1, True)


def test_adbc_sees_each_publication(folder: Path) -> None:
    """A new connection sees the newest publication, also beside one that is open."""
    code = (
        f"{block('ADBC', 'python')}\nimport sys\n"
        "def ask():\n"
        "    found = dbapi.connect(driver=driver, entrypoint='duckdb_adbc_init', db_kwargs=read_only)\n"
        "    cursor = found.cursor()\n"
        "    cursor.execute('select count(*) from analytics.expense_approval_timeline')\n"
        "    return found, cursor, cursor.fetchone()[0]\n"
        "kept = ask()\n"
        "print(kept[2], flush=True)\n"
        "sys.stdin.readline()\n"
        "again = ask()\n"
        "print(again[2])\n"
        "for one in (*kept[1::-1], *again[1::-1]):\n"
        "    one.close()\n"
    )
    assert before_and_after(folder, [environment(*CLIENTS) / "python", "-c", code]) == ["3\n", "4\n"]


def before_and_after(folder: Path, command: Sequence[str | Path]) -> list[str]:
    """What a program prints before and after a publication that it is told of by a line."""
    with subprocess.Popen(command, cwd=folder, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdin is not None
        assert process.stdout is not None
        before = process.stdout.readline()
        warehouse_at(folder / "data", 4)
        process.stdin.write("\n")
        process.stdin.close()
        return [before, process.stdout.read()]


def test_sqlalchemy_sees_each_publication(folder: Path) -> None:
    """The same engine sees the next publication, and lists the views with what their columns mean."""
    code = (
        block("SQLAlchemy", "python")
        + "\nimport sys\nfrom sqlalchemy import inspect\nprint(len(rows), flush=True)\nsys.stdin.readline()\n"
        + "with engine.connect() as con:\n"
        + "    print(con.scalar(text('select count(*) from analytics.expense_approval_timeline')))\n"
        + "print(inspect(engine).get_columns('pending_expenses', schema='analytics')[0]['comment'])\n"
    )
    told_twice = before_and_after(folder, [environment(*CLIENTS) / "python", "-c", code])
    assert told_twice == ["3\n", "4\nOyster's id of the company.\n"]


def test_dbt_builds_on_top_of_the_file(folder: Path) -> None:
    """The project of the page runs, and its model gives the expenses by stage; the next run those of then."""
    for text in [*blocks("dbt", "yaml"), *blocks("dbt", "sql")]:
        name = re.match(r"(?:#|--) (\S+)\n", text)
        assert name is not None
        file = folder / name[1]
        file.parent.mkdir(exist_ok=True)
        file.write_text(text)
    bin_ = environment(*DBT)
    code = (
        "import duckdb; con = duckdb.connect('reports.duckdb')\n"
        "con.execute(\"attach 'data/warehouse.duckdb' as warehouse (read_only)\")\n"
        "print(con.execute('from expenses_by_stage').fetchall())"
    )
    found = []
    for expenses in (3, 4):
        warehouse_at(folder / "data", expenses)
        told(folder, "sh", "-e", "-c", block("dbt", "sh"), bin_=bin_)
        found.append(told(folder, bin_ / "python", "-c", code))
    assert found == [f"[('ABC1234', 'created', {expenses})]\n" for expenses in (3, 4)]

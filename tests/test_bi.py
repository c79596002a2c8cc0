"""docs/bi.md: what needs nothing but nacre's own environment runs as it stands on the page."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.bi_page import PAGE, RUN_ELSEWHERE, block, sections, warehouse_at

PARTLY = {"Grafana, Power BI, Tableau, Metabase"}
"""Entries that name beside what is tested what is not."""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with data/warehouse.duckdb in it, where the page's blocks run."""
    warehouse_at(tmp_path / "data", 3)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def ran(code: str) -> dict[str, Any]:
    names: dict[str, Any] = {}
    exec(compile(code, "docs/bi.md", "exec"), names)  # noqa: S102 - the page is ours
    return names


def test_every_entry_is_run_or_says_that_it_is_not() -> None:
    """Each entry with a block says what it was tested with and is run by a test; each other says whether it is."""
    unsaid = [title for title, text in sections().items() if not re.search(r"Tested |Not tested", text)]
    run_here = {"Python", "Staying connected"}
    with_blocks = {title for title, text in sections().items() if "```" in text}
    assert (unsaid, with_blocks) == ([], run_here | RUN_ELSEWHERE)
    assert not re.search("(?i)not tested", "".join(sections()[title] for title in with_blocks if title not in PARTLY))


def test_python_reads_the_file(folder: Path) -> None:
    """The block of the entry gives every expense."""
    assert (len(ran(block("Python", "python"))["rows"]), folder.exists()) == (3, True)


@pytest.mark.thorough
def test_a_connection_that_stays_sees_the_next_publication(folder: Path) -> None:
    """The recipe shows the new publication, however often; without it the connection keeps the old one."""
    names = ran(block("Staying connected", "python"))
    counted = "select count(*) from analytics.expense_approval_timeline"
    seen = [names["stages"]]
    for count in (4, 5):
        warehouse_at(folder / "data", count)
        seen.append(names["con"].execute(counted).fetchall())
        names["see_latest"]()
        seen.append(names["con"].execute(counted).fetchall())
    names["con"].close()
    assert seen == [[("created", 3)], [(3,)], [(4,)], [(4,)], [(5,)]]


@pytest.mark.thorough
def test_what_the_recipe_avoids_is_true(folder: Path) -> None:
    """Beside an open connection a second one shows the old state, and so does attach or replace."""
    import duckdb  # noqa: PLC0415 - beside what it tests

    counted = "select count(*) from analytics.expense_approval_timeline"
    attached = "attach or replace 'data/warehouse.duckdb' as warehouse (read_only)"
    with duckdb.connect() as attaching, duckdb.connect("data/warehouse.duckdb", read_only=True) as first:
        attaching.execute(attached)
        warehouse_at(folder / "data", 4)
        attaching.execute(attached)
        with duckdb.connect("data/warehouse.duckdb", read_only=True) as second:
            seen = [con.execute(counted).fetchall() for con in (first, second)]
        seen.append(attaching.execute("use warehouse").execute(counted).fetchall())
    assert seen == [[(3,)]] * 3


@pytest.mark.thorough
def test_python_needs_pytz(folder: Path) -> None:
    """Without pytz the block fails by the sentence on the page, and Arrow works."""
    without, told = "import sys; sys.modules['pytz'] = None\n", {"capture_output": True, "text": True, "cwd": folder}
    found = [
        subprocess.run([sys.executable, "-c", without + block(title, "python")], check=False, **told)
        for title in ("Python", "Arrow")
    ]
    assert [done.returncode for done in found] == [1, 0]
    said = re.search(r"`(Required module[^`]+)`", PAGE)
    assert said is not None
    assert said[1] in found[0].stderr

"""docs/bi.md taken apart, and a small published warehouse for what it says to read."""

import re
from pathlib import Path

from tests.warehouse.lakes import build, delivery, segment
from warehouse.build import open_build
from warehouse.processes import advance
from warehouse.publish import publish
from warehouse.views import refresh

PAGE = (Path(__file__).parents[1] / "docs" / "bi.md").read_text(encoding="utf-8")
RUN_ELSEWHERE = {
    "DuckDB's command line", "Jupyter, notebooks and pandas", "Arrow", "ADBC", "SQLAlchemy", "dbt",
    "Apache Superset", "Grafana, Power BI, Tableau, Metabase",
}  # fmt: skip
"""The entries whose blocks tests/test_bi_tools.py runs."""


def sections() -> dict[str, str]:
    """The entries of the page, by title."""
    return {part.partition("\n")[0]: part for part in PAGE.split("\n## ")[1:]}


def blocks(title: str, language: str) -> list[str]:
    """The blocks of an entry in one language."""
    return re.findall(rf"```{language}\n(.*?)```", sections()[title], re.DOTALL)


def block(title: str, language: str) -> str:
    """The one block of an entry in one language."""
    (found,) = blocks(title, language)
    return found


def warehouse_at(folder: Path, expenses: int) -> Path:
    """Publish a warehouse of so many expenses in the folder, or add to the one that is there."""
    events = [
        delivery(number, "expenses.expense_created", f'{{"expenseId": "e{number}"}}', id_=f"wh_n{number}")
        for number in range(expenses)
    ]
    with open_build(folder / "build.duckdb", memory_limit="300MB", threads=1) as con:
        build(con, [segment(folder / "lake", events)])
        advance(con)
        refresh(con)
        return publish(con, folder / "build.duckdb", folder / "warehouse.duckdb").path

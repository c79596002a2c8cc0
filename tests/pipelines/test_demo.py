"""`nacre demo`: the whole of it on little traffic."""

from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.reading import published

HEADS = (
    "analytics.expense_approval_timeline",
    "analytics.overdue_items",
    "analytics.pending_expenses",
    "5 Late event the approval of ",
    "analytics.expenses_as_of(ts, known_at := …)",
    "as we knew it then",
    "analytics.late_corrections",
    "report.html: open it in a browser",
    "Three things to try:",
)


def carried() -> list[bool]:
    """Run the demo; whether it shows each thing that it should."""
    result = CliRunner().invoke(nacre, ["demo", "--events", "800"])
    assert result.exit_code == 0, result.output
    return [head in result.output for head in HEADS]


def told(home: Home) -> tuple[Any, Any]:
    """The events that moved a published number, and all events."""
    with published(home.published) as connection:
        moved = connection.execute("select list_distinct(flatten(list(because_of))) from analytics.late_corrections")
        return moved.fetchall()[0][0], connection.execute("from core.events order by event_id").fetchall()


@pytest.mark.thorough
def test_demo_shows_what_people_come_for(home: Home) -> None:
    """Timeline, overdue and pending items, as-of at two dates, why numbers moved because of one event, the report."""
    assert carried() == [True] * len(HEADS)
    assert (len(told(home)[0]), home.report.stat().st_size > 100_000) == (1, True)


@pytest.mark.long
def test_demo_again_adds_nothing(home: Home) -> None:
    """The same seed again brings duplicates alone, shows the same, and chooses the same late event."""
    assert carried() == [True] * len(HEADS)
    before = told(home)
    assert carried() == [True] * len(HEADS)
    assert told(home) == before

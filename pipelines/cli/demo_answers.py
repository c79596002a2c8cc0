"""What the demo shows of the published warehouse: small tables, each the answer to a question."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rich import box
from rich.table import Table
from rich.text import Text

from pipelines.cli.console import duration, out
from pipelines.cli.demo_late import LateApproval
from pipelines.home import Home
from pipelines.reading import published
from pipelines.statements import rows_of

RIGHT = {"decided", "paid", "amount", "days", "before", "after"}
COLOURS = {
    "created": "dim",
    "submitted": "yellow",
    "approved": "green",
    "declined": "red",
    "reimbursed": "bold green",
    "deleted": "dim red",
}
Cell = Text | str


def show_timeline(home: Home) -> None:
    """Show some expenses of each stage, and the whole in one sentence."""
    with published(home.published) as connection:
        rows, summary = rows_of(connection, "demo_timeline"), rows_of(connection, "demo_summary")[0]
    names = ("company", "expense", "stage", "submitted", "decided", "paid", "amount")
    _table("Expense approval timeline: analytics.expense_approval_timeline", names, [_approval(row) for row in rows])
    out().print(
        f"{summary['expenses']:,} expenses; decided after {_span(summary, 'decision')}"
        f" and paid after {_span(summary, 'reimbursement')} (medians);"
        f" {summary['declined_at_least_once']:,} declined at least once.",
        highlight=False,
        soft_wrap=True,
    )


def show_overdue(home: Home) -> None:
    """Show what is stuck, and with whom."""
    with published(home.published) as connection:
        rows, summary = rows_of(connection, "demo_overdue"), rows_of(connection, "demo_summary")[0]
    names = ("expense", "stage", "with", "since", "days", "due", "amount")
    cells: list[list[Cell]] = [
        [
            row["entity_id"],
            _stage(row["stage"]),
            f"{row['with_role']} {row['with_whom']}",
            f"{row['waiting_since']:%d %b}",
            f"{row['working_days']:,}",
            f"{row['due_on']:%d %b}",
            _amount(row),
        ]
        for row in rows
    ]
    _table("Overdue, in working days, and with whom: analytics.overdue_items", names, cells)
    out().print(
        f"{summary['pending']:,} expenses wait for a decision (analytics.pending_expenses);"
        f" {summary['overdue']:,} are overdue in their stage.\n",
        highlight=False,
        soft_wrap=True,
    )


def show_as_of(home: Home, ends: tuple[datetime, datetime], known_at: datetime | None = None) -> None:
    """Show how many expenses stood where at two moments; at the second also as it was known by `known_at`."""
    first, second = ends
    values = {"first": first, "second": second, "known_at": known_at or datetime.max.replace(tzinfo=first.tzinfo)}
    with published(home.published) as connection:
        rows = rows_of(connection, "demo_as_of", values)
    heads = [f"on {first:%d %b %Y}", f"on {second:%d %b %Y}"]
    names = ["stage", *heads, *(["as we knew it then"] if known_at else [])]
    columns = ["first", "second", "known_then"][: len(names) - 1]
    cells: list[list[Cell]] = [[_stage(row["stage"]), *(f"{row[column]:,}" for column in columns)] for row in rows]
    _table("Where expenses stood: analytics.expenses_as_of(ts, known_at := …)", names, cells)


def show_corrections(home: Home, late: LateApproval) -> None:
    """Show which published numbers moved because of the late event."""
    with published(home.published) as connection:
        rows = rows_of(connection, "demo_corrections", {"event_id": late.event_id})
    cells: list[list[Cell]] = [
        [
            f"{row['day']:%d %b %Y}",
            row["measure"].replace("seconds", "time"),
            _number(row, "before"),
            _number(row, "after"),
        ]
        for row in rows
    ]
    title = "Why did the numbers change: analytics.late_corrections"
    _table(title, ("day", "measure", "before", "after"), cells)
    out().print(f"Because of {late.event_id}; nacre trace {late.event_id} shows it.\n", highlight=False, soft_wrap=True)


def _table(title: str, names: Sequence[str], rows: Sequence[Sequence[Cell]]) -> None:
    table = Table(
        header_style="bold",
        box=box.SIMPLE_HEAD,
        pad_edge=False,
        collapse_padding=True,
    )
    for name in names:
        right = name in RIGHT or name.startswith(("on ", "as "))
        table.add_column(name, justify="right" if right else "left", no_wrap=True)
    for row in rows:
        table.add_row(*row)
    console = out()
    console.print(f"\n[italic]{title}[/]", highlight=False, soft_wrap=True)
    console.print(table)


def _approval(row: dict[str, Any]) -> list[Cell]:
    submitted = row["submitted_at"]
    return [
        row["company_id"],
        row["expense_id"],
        _stage(row["stage"]),
        submitted.strftime("%d %b %H:%M") if submitted else "",
        "" if row["seconds_to_decision"] is None else duration(row["seconds_to_decision"]),
        "" if row["seconds_to_reimbursement"] is None else duration(row["seconds_to_reimbursement"]),
        _amount(row),
    ]


def _stage(stage: str) -> Text:
    return Text(stage, style=COLOURS.get(stage, ""))


def _amount(row: dict[str, Any]) -> str:
    return "" if row["amount"] is None else f"{row['amount']:,.2f} {row['currency'] or ''}".rstrip()


def _number(row: dict[str, Any], name: str) -> str:
    value = row[name]
    if value is None:
        return "none"
    if "seconds" in row["measure"]:
        return duration(float(value))
    return f"{value:,.2f} {row['currency']}" if row["currency"] else f"{value:,.0f}"


def _span(summary: dict[str, Any], what: str) -> str:
    seconds = summary[f"median_seconds_to_{what}"]
    return "an unknown time" if seconds is None else duration(seconds)

"""What it costs, by category and month: within one currency, never across."""

from collections.abc import Sequence
from datetime import date
from decimal import Decimal
from itertools import groupby

from pipelines.report.facts import Facts, Row
from pipelines.report.figures import Chart, Figure, Section, Table
from pipelines.report.wording import count, listed, money, month, text

TITLE = "What does it cost?"
OTHERS = "all other categories"


def spend(facts: Facts) -> Section:
    """Return one figure for each currency."""
    rows, left_out = facts.rows["spend"], facts.one("spend_left_out")
    if not rows:
        return Section("spend", TITLE, "No event tells an amount.")
    notes = listed(
        (left_out["without_amount"], "expense without a known amount", "expenses without a known amount"),
        (left_out["mistaken"], "amount too large to be true", "amounts too large to be true"),
        (left_out["more_currencies"], "more currency", "more currencies"),
    )
    words = "By the month of the first submission, UTC; sums stay within one currency. Deleted expenses are left out."
    categories = dict(sorted({row["place"]: _category(row) for row in rows}.items()))
    figures = [_currency(place, list(found), categories) for place, (_, found) in enumerate(_by_currency(rows), 1)]
    return Section("spend", TITLE, f"{words} Not shown: {notes}." if notes else words, figures, is_paired=True)


def _by_currency(rows: Sequence[Row]) -> "groupby[str, Row]":
    return groupby(rows, key=lambda row: str(row["currency"]))


def _category(row: Row) -> str:
    return OTHERS if row["is_other"] else text(row["category"])


def _currency(position: int, rows: list[Row], categories: dict[int, str]) -> Figure:
    currency = rows[0]["currency"]
    months = sorted({row["month"] for row in rows})
    claimed: dict[tuple[date, int], Decimal | None] = {(row["month"], row["place"]): row["claimed"] for row in rows}
    series = [(name, [float(claimed.get((when, place)) or 0) for when in months]) for place, name in categories.items()]
    return Figure(
        f"spend-{position}",
        f"Claimed in {currency}, by category and month",
        Table(
            ("month", "category", "expenses", f"claimed, {currency}", "approved", "reimbursed"),
            [
                (
                    month(row["month"]),
                    _category(row),
                    count(row["expenses"]),
                    money(row["claimed"]),
                    money(row["approved"]),
                    money(row["reimbursed"]),
                )
                for row in rows
            ],
            frozenset({2, 3, 4, 5}),
        ),
        chart=Chart("dates", [month(when) for when in months], series, str(currency), stacked=True),
    )

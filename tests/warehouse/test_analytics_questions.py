"""docs/analytics.md: every question is one query, and the query answers it."""

import re
from datetime import date
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.short_form import shortened
from tests.warehouse.given import at, rows, warehouse

PAGE = (Path(__file__).parents[2] / "docs" / "analytics.md").read_text(encoding="utf-8")
QUESTIONS = dict(re.findall(r"## ([^\n]+\?)\n+```sql\n(.+?)```", PAGE, re.DOTALL))

GIVEN = """
    engagements.engagement_created 9:00 {"engagementId": "n1", "countryCode": "ES"}
    submitted 10:00 {"expenseId": "e1", "engagement": {"engagementId": "n1"}, "category": "CAR"}
    declined 11:00 {"expenseId": "e1"}
    submitted 13:00 {"expenseId": "e1"}
    approved 16:00 {"expenseId": "e1", "amount": {"decimal": "9.90", "currencyCode": "EUR"}}
    paid 60+10:00 {"expenseId": "e1", "receiptAmount": {"decimal": "9.50", "currencyCode": "EUR"}}
    approved 12:00 {"expenseId": "hole"}
"""

ANSWERS: dict[str, list[dict[str, Any]]] = {
    "How long do approvals take in Spain?": [{"spells": 2, "median_hours": 2.0, "p90_hours": 2.8}],
    "What did we know at the end of the month?": [{"stage": "approved", "expenses": 2}],
    "Which events never came?": [
        {
            "entity_id": "hole", "stage": "approved", "missing": "created or submitted", "shown_by": "wh_7",
            "occurred_at": at("12:00"),
        }
    ],
    "How much comes back for rework, and how long does it take?": [
        {"company_id": "C1", "declines": 1, "submitted_again": 1, "median_hours": 2.0}
    ],
    "Why did last month's number change?": [
        {
            "day": date(2026, 5, 1), "measure": measure, "currency": currency, "before": 0, "after": change,
            "change": change, "because_of": ["wh_6"],
        }
        for measure, currency, change in [
            ("expense amount reimbursed", "EUR", Decimal("9.9")), ("expense reimbursed", None, 1),
        ]
    ],
    "Which events is a number made of?": [
        {
            "event_id": f"wh_{number}", "event_name": f"expenses.expense_{verb}", "stage": stage,
            "occurred_at": at(clock), "received_at": at(clock), "amount": amount, "currency": amount and "EUR",
            "echo_of": None,
        }
        for number, verb, stage, clock, amount in [
            (2, "submitted", "submitted", "10:00", None), (3, "declined", "declined", "11:00", None),
            (4, "submitted", "submitted", "13:00", None), (5, "approved", "approved", "16:00", Decimal("9.9")),
            (6, "paid", "reimbursed", "60+10:00", None),
        ]
    ],
    "Do receipts cover what was paid?": [
        {
            "expense_id": "e1", "reimbursed": Decimal("9.9"), "currency": "EUR", "receipt_amount": Decimal("9.5"),
            "receipt_currency": "EUR", "difference": Decimal("0.4"), "difference_converted": None,
        }
    ],
}  # fmt: skip


def answer(question: str) -> list[dict[str, Any]]:
    """What the page's query says of the given events, published before and after the last but one of them."""
    con = warehouse(GIVEN)
    con.execute("update core.process_events set load_no = 2 where event_id = 'wh_6'")
    con.execute("insert into ops.publications values (?, 1, 6), (?, 2, 7)", [at("70+0:00"), at("71+0:00")])
    return rows(con, QUESTIONS[question])


@pytest.mark.parametrize("question", shortened(QUESTIONS, 2))
def test_each_question_is_one_query_that_runs(question: str) -> None:
    """The query of each question runs as it stands on the page and answers something."""
    assert answer(question) != []


@pytest.mark.parametrize("question", shortened(ANSWERS, 3))
def test_the_answers_are_right(question: str) -> None:
    """The query answers its question."""
    assert answer(question) == ANSWERS[question]


def test_what_is_stuck_is_named_with_whom() -> None:
    """The approved expense that nobody pays is overdue."""
    found = answer("What is stuck, and with whom?")
    assert [(row["entity_id"], row["stage"], row["with_whom"], row["due_on"]) for row in found] == [
        ("hole", "approved", "C1", date(2026, 3, 16))
    ]

"""What waits for a decision: for how long, with whom, and which ones longest."""

from pipelines.report.facts import Facts, Row
from pipelines.report.figures import Chart, Figure, Section, Table
from pipelines.report.wording import NOTHING, apart, count, counted, minute, money, span, text


def pending(facts: Facts) -> Section:
    """Return the ages of what waits, what is overdue, and the oldest ones by id."""
    waiting, rows = facts.one("headline")["pending"], facts.rows["ageing"]
    if not waiting:
        return Section("pending", "What is waiting, and for how long?", "Nothing waits for a decision.")
    overdue = ", ".join(
        f"{count(row['expenses'])} {row['stage']} for more than {row['target_working_days']} working days"
        for row in facts.rows["overdue"]
    )
    ages = Figure(
        "ageing",
        "Pending expenses by the time they have been waiting",
        Table(
            ("waiting", "created", "submitted", "expenses"),
            [
                (row["span"], count(row["created"]), count(row["submitted"]), count(row["created"] + row["submitted"]))
                for row in rows
            ],
            frozenset({1, 2, 3}),
        ),
        f"{counted(waiting, 'expense waits', 'expenses wait')}. Over their target: {overdue or 'none'}.",
        Chart(
            "spans",
            [row["span"] for row in rows],
            [(name, [row[name] for row in rows]) for name in ("created", "submitted")],
            "expenses",
            stacked=True,
            tints=(7, 1),
        ),
    )
    return Section(
        "pending",
        "What is waiting, and for how long?",
        figures=[ages, *_with_whom(facts.rows["with_whom"]), _oldest(facts.rows["oldest"])],
    )


def _with_whom(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    more = rows[0]["queues"] - len(rows)
    return [
        Figure(
            "with-whom",
            "With whom pending expenses wait",
            Table(
                ("with", "who is", "company", "overdue", "in time", "oldest"),
                [
                    (
                        text(row["with_whom"]),
                        f"the {row['with_role']}",
                        text(row["company_id"]),
                        count(row["overdue"]),
                        count(row["in_time"]),
                        span(row["oldest_seconds"]),
                    )
                    for row in rows
                ],
                frozenset({3, 4, 5}),
            ),
            "A created expense waits for its claimant, a submitted one for whoever decides for that person; where no"
            f" event tells who, for the company. {f'{count(more)} more are not shown.' if more else ''}",
            Chart(
                "sideways",
                apart([text(row["with_whom"]) for row in rows], [text(row["company_id"]) for row in rows]),
                [(name, [row[key] for row in rows]) for key, name in (("overdue", "overdue"), ("in_time", "in time"))],
                "expenses",
                stacked=True,
                tints=(2, 1),
            ),
        )
    ]


def _oldest(rows: list[Row]) -> Figure:
    return Figure(
        "oldest",
        "Waiting longest",
        Table(
            ("expense", "company", "engagement", "stage", "waiting since, UTC", "for", "amount", "currency"),
            [
                (
                    text(row["expense_id"]),
                    text(row["company_id"]),
                    text(row["engagement_id"]),
                    row["stage"],
                    minute(row["waiting_since"]),
                    span(row["age_seconds"]),
                    money(row["amount"]),
                    row["currency"] or NOTHING,
                )
                for row in rows
            ],
            frozenset({5, 6}),
            frozenset({4}),
        ),
    )

"""How long approvals take, where expenses get to, and who decides."""

from pipelines.report.facts import Facts, Row
from pipelines.report.figures import Chart, Figure, Section, Table
from pipelines.report.wording import apart, count, counted, day, share, span, text

HOUR, DAY = 3600, 86_400
DAYS_FROM = 4 * DAY


NOBODY = (
    "No event tells who decided. Where payloads name the approver otherwise than as reviewedBy, the catalogue can say"
    " so (facts, approver)."
)


def times(facts: Facts) -> Section:
    """Return the distribution and the trend of the time to a decision."""
    if not facts.one("headline")["decided"]:
        return Section("times", "How long do approvals take?", "No expense is decided yet.")
    return Section("times", "How long do approvals take?", figures=[_distribution(facts), _trend(facts)])


def _distribution(facts: Facts) -> Figure:
    rows, head = facts.rows["decision_times"], facts.one("headline")
    outcomes = {"approved": "approved", "declined": "declined"}
    if any(row["not_told"] for row in rows):
        outcomes["not_told"] = "reviewed, outcome not told"
    totals = [sum(row[key] for key in outcomes) for row in rows]
    return Figure(
        "decision-times",
        "Time from the first submission to the last decision",
        Table(
            ("time", *outcomes.values(), "expenses", "share"),
            [
                (row["span"], *(count(row[key]) for key in outcomes), count(total), share(total, head["decided"]))
                for row, total in zip(rows, totals, strict=True)
            ],
            frozenset(range(1, len(outcomes) + 3)),
        ),
        f"{counted(head['decided'], 'expense', 'expenses')}; half of them within {span(head['median_seconds'])},"
        f" nine of ten within {span(head['p90_seconds'])}.",
        Chart(
            "spans",
            [row["span"] for row in rows],
            [(name, [row[key] for row in rows]) for key, name in outcomes.items()],
            "expenses",
            stacked=True,
            tints=(1, 2, 7),
        ),
    )


def _trend(facts: Facts) -> Figure:
    weeks = facts.rows["decision_weeks"]
    unit, length = _unit([row["p90_seconds"] for row in weeks])
    return Figure(
        "decision-weeks",
        "Time to a decision, by the week of the decision",
        Table(
            ("week from", "decisions", "median", "nine of ten within"),
            [
                (day(row["week"]), count(row["decisions"]), span(row["median_seconds"]), span(row["p90_seconds"]))
                for row in weeks
            ],
            frozenset({1, 2, 3}),
        ),
        "Weeks begin on Monday, UTC; the newest 53, of which the last one may not be over.",
        Chart(
            "line",
            [day(row["week"]) for row in weeks],
            [
                ("median", [_in(row["median_seconds"], length) for row in weeks]),
                ("nine of ten within", [_in(row["p90_seconds"], length) for row in weeks]),
            ],
            unit,
        ),
    )


def _unit(seconds: list[float | None]) -> tuple[str, int]:
    """Return the unit in which a chart of these spans is read best."""
    longest = max((one for one in seconds if one is not None), default=0)
    return ("days", DAY) if longest > DAYS_FROM else ("hours", HOUR)


def _in(seconds: float | None, length: int) -> float | None:
    return None if seconds is None else round(seconds / length, 2)


def funnel(facts: Facts) -> Section:
    """Return how far expenses got, with those that were declined on the way."""
    steps, known = facts.rows["funnel"], facts.one("headline")["expenses"]
    if not known:
        return Section("funnel", "How far do expenses get?", "No expense is known yet.")
    steps_figure = Figure(
        "funnel-steps",
        "Expenses that got to each step",
        Table(
            ("step", "never declined", "declined at least once", "expenses", "share of known"),
            [
                (
                    row["step"],
                    count(row["never_declined"]),
                    count(row["declined_before"]),
                    count(row["expenses"]),
                    share(row["expenses"], known),
                )
                for row in steps
            ],
            frozenset({1, 2, 3, 4}),
        ),
        _reached(steps, known),
        Chart(
            "sideways",
            [row["step"] for row in steps],
            [
                ("never declined", [row["never_declined"] for row in steps]),
                ("declined at least once", [row["declined_before"] for row in steps]),
            ],
            "expenses",
            stacked=True,
        ),
    )
    return Section("funnel", "How far do expenses get?", figures=[steps_figure, *_rework(facts.one("rework"))])


def _reached(steps: list[Row], known: int) -> str:
    """Say the funnel in words."""
    reached = {row["step"]: share(row["expenses"], known) for row in steps}
    declined = share(steps[0]["declined_before"], known)
    return (
        f"Of {counted(known, 'known expense', 'known expenses')} {reached['decided']} were decided at least once,"
        f" {reached['approved']} approved, {reached['reimbursed']} reimbursed; {declined} were declined at least once."
    )


def _rework(row: Row) -> list[Figure]:
    if not row["declines"]:
        return []
    names = {
        "declines": "all declines",
        "submitted_again": "submitted again",
        "then_approved": "submitted again, then approved",
        "then_declined": "submitted again, then declined once more",
        "undecided": "submitted again, not decided yet",
    }
    return [
        Figure(
            "rework",
            "What becomes of a decline",
            Table(
                ("what followed", "declines", "share of all declines"),
                [(name, count(row[key]), share(row[key], row["declines"])) for key, name in names.items()],
                frozenset({1, 2}),
            ),
            f"Of those submitted again, half were so within {span(row['median_seconds'])}."
            if row["submitted_again"]
            else "",
        )
    ]


def approvers(facts: Facts) -> Section:
    """Return who decides most, and whose decisions take longest."""
    known, rows = facts.one("approvers_known"), facts.rows["approvers"]
    if not rows:
        return Section("approvers", "Who decides?", NOBODY if known["decisions"] else "No expense is decided yet.")
    words = (
        f"{count(known['with_approver'])} of {counted(known['decisions'], 'decision', 'decisions')} tell who made them."
        " Time counts from the submission that was decided. Only ids are shown: a name or an address is replaced by a"
        " code."
    )
    slowest = sorted((row for row in rows if row["is_slowest"]), key=lambda row: row["slowest"])
    figures = [_people("busiest", "Busiest approvers", [row for row in rows if row["is_busiest"]])]
    if slowest:
        figures.append(_people("slowest", "Slowest approvers with at least 5 decisions", slowest))
    return Section("approvers", "Who decides?", words, figures, is_paired=True)


def _people(key: str, title: str, rows: list[Row]) -> Figure:
    labels = apart([text(row["approver"]) for row in rows], [text(row["company_id"]) for row in rows])
    by_time = key == "slowest"
    unit, length = _unit([row["median_seconds"] for row in rows]) if by_time else ("decisions", 1)
    values = [_in(row["median_seconds"], length) if by_time else row["decisions"] for row in rows]
    return Figure(
        key,
        title,
        Table(
            ("approver", "company", "decisions", "declined", "median", "nine of ten within"),
            [
                (
                    text(row["approver"]),
                    text(row["company_id"]),
                    count(row["decisions"]),
                    count(row["declined"]),
                    span(row["median_seconds"]),
                    span(row["p90_seconds"]),
                )
                for row in rows
            ],
            frozenset({2, 3, 4, 5}),
        ),
        chart=Chart("sideways", labels, [("median" if by_time else "decisions", values)], unit),
    )

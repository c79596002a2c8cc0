"""nacre report: every number in its tables, reckoned again from the views, row by row and without its queries."""

import statistics
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime
from pathlib import Path
from typing import Any

import duckdb
import pytest

from pipelines.reading import published
from pipelines.report.facts import read_facts
from pipelines.report.page import page
from pipelines.report.wording import NOTHING, minute, money, share, span, text
from tests.pipelines.report_pages import Cells, Page, publish_empty, tell
from tests.short_form import shortened
from tests.warehouse.given import rows

HOUR, DAY = 3600, 86400
TIMES = [
    ("under 1 hour", HOUR), ("1 to 4 hours", 4 * HOUR), ("4 to 24 hours", DAY), ("1 to 2 days", 2 * DAY),
    ("2 to 3 days", 3 * DAY), ("3 to 5 days", 5 * DAY), ("5 to 7 days", 7 * DAY), ("1 to 2 weeks", 14 * DAY),
    ("2 to 4 weeks", 28 * DAY), ("over 4 weeks", float("inf")),
]  # fmt: skip
AGES = [
    ("under 1 day", DAY), ("1 to 3 days", 3 * DAY), ("3 to 7 days", 7 * DAY), ("1 to 2 weeks", 14 * DAY),
    ("2 to 4 weeks", 28 * DAY), ("4 to 12 weeks", 84 * DAY), ("over 12 weeks", float("inf")),
]  # fmt: skip
CATEGORIES = ("CAR", "MEALS", "TRAVEL", "PHONE", "BOOKS", "RENT", "GIFTS", "OTHER")
DECIDED = ("approved", "declined")

Rows = list[dict[str, Any]]
Oracle = Callable[[duckdb.DuckDBPyConnection, datetime], Cells]


def given() -> str:
    """Forty expenses of two companies: decided, declined and submitted again, waiting, paid, deleted, thin and rich."""
    lines = []
    for n in range(40):
        days = n * 3
        amount = {"decimal": f"{n}.{n:02}", "currencyCode": "USD" if n % 2 else "EUR"}
        rich = {"category": CATEGORIES[n % 8], "amount": amount}
        first = told(n, **rich) if n % 5 else told(n)
        lines += [f"created {days}+8:00 {first}", f"submitted {days}+{9 + n % 3}:00 {first}"]
        if n % 4 == 1:
            lines += [f"declined {days + 1}+9:30 {told(n, reviewedBy='r9')}", f"submitted {days + 2}+10:00 {told(n)}"]
        if n % 3:
            lines.append(f"approved {days + n % 9 + 2}+15:{n:02} {told(n, reviewedBy=f'r{n % 3}')}")
        if n % 6 == 2:
            lines.append(f"reimbursed {days + 30}+12:00 {told(n)}")
        if n % 17 == 3:
            lines.append(f"deleted {days + 40}+12:00 {told(n)}")
        if n % 13 == 4:
            lines.append(f"declined {days + 41}+12:00 {told(n)}")
    lines += [f"approved 1+9:00 {told(98)}", f"reimbursed 2+9:00 {told(99)}", "new.name 1+1:00 {}"]
    return "\n".join(company(number, line) for number, line in enumerate(lines))


def told(number: int, **more: Any) -> str:
    return str({"expenseId": f"e{number}", "engagementId": f"n{number % 7}"} | more).replace("'", '"')


def company(number: int, line: str) -> str:
    name, at, data = line.split(" ", 2)
    of = "C1" if '"n1"' in data or '"n2"' in data else "C2"
    return f"{name} {at} id=wh_{number:04} company={of} {data}"


SEGMENTS = """
    insert into ops.segments values
        ('s1', 'events', '2026-03-01', 1000, 9, 'a', 1, now(), 'loaded', null),
        ('s2', 'events', '2026-03-04', 200, 9, 'b', 1, now(), 'loaded', null),
        ('s3', 'events', '2026-03-04', 34, 9, 'c', 1, now(), 'damaged', 'hash'),
        ('s4', 'quarantine', '2026-03-04', 3, 9, 'd', 1, now(), 'loaded', null)
"""
LEDGER = (
    SEGMENTS,
    "insert into ops.duplicates select 'wh_0001', now(), 's1' from range(5)",
    "insert into ops.conflicts select 'wh_0001', now(), 's1', 'a', 'b', '{}', 1, now(), 's1' from range(3)",
    "insert into ops.misfits select 'wh_0001', 'a', 'b', 'c', '$', 'x' from range(7)",
    "insert into ops.quarantine select 'q' || n, now(), if(n < 4, 'late', 'odd'), null, null, 's4' from range(6) r(n)",
)


PUBLISHED = "insert into ops.publications select '{at}', max(load_no), count(*) from core.event_store"
LATE = """
    approved 5+11:00 id=wh_late company=C2 received=183+12:00 {"expenseId": "e0", "engagementId": "n0"}
    approved 5+12:00 id=wh_later company=C2 received=183+12:00 {"expenseId": "e98", "engagementId": "n0"}
"""


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Page, duckdb.DuckDBPyConnection, datetime]]:
    """The page of a published warehouse, the warehouse itself, and the moment of the page."""
    path: Path = publish_empty(tmp_path_factory.mktemp("numbers"))
    tell(path, given(), (*LEDGER, PUBLISHED.format(at="2026-09-01")))
    tell(path, LATE, (PUBLISHED.format(at="2026-09-02"),))
    with published(path) as con:
        facts = read_facts(con, lambda _count: None)
        yield Page(page(facts)), con, facts.at


def timeline(con: duckdb.DuckDBPyConnection) -> Rows:
    return rows(con, "from analytics.expense_approval_timeline")


def placed(value: float, spans: Sequence[tuple[str, float]]) -> str:
    return next(name for name, until in spans if value < until)


def ninth(values: Sequence[float]) -> float:
    """The ninth decile, between the two values that it lies between."""
    ordered, place = sorted(values), 0.9 * (len(values) - 1)
    low = int(place)
    high = min(low + 1, len(ordered) - 1)
    return ordered[low] + (place - low) * (ordered[high] - ordered[low])


def spread(values: Sequence[float]) -> list[str]:
    return [span(statistics.median(values)), span(ninth(values))] if values else [NOTHING, NOTHING]


def decision_times(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    decided = [row for row in timeline(con) if row["seconds_to_decision"] is not None]
    found = Counter((placed(row["seconds_to_decision"], TIMES), row["decision"]) for row in decided)
    return [
        [name, *(str(found[name, one]) for one in DECIDED), str(total), share(total, len(decided))]
        for name, _ in TIMES
        for total in [sum(found[name, one] for one in DECIDED)]
    ]


def decision_weeks(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    weeks: dict[int, list[float]] = {}
    for row in (row for row in timeline(con) if row["seconds_to_decision"] is not None):
        monday = (row["decided_at"].date().toordinal() - 1) // 7 * 7 + 1
        weeks.setdefault(monday, []).append(row["seconds_to_decision"])
    return [
        [datetime.fromordinal(week).date().isoformat(), str(len(found)), *spread(found)]
        for week in range(min(weeks), max(weeks) + 1, 7)
        for found in [weeks.get(week, [])]
    ]


def funnel(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    known = timeline(con)
    paid = [row for row in known if row["reimbursed_at"]]
    steps = {
        "known": known,
        "submitted": [row for row in known if row["submitted_at"]],
        "decided": [row for row in known if row["declines"] or row["decision"] or row in paid],
        "approved": [row for row in known if row["decision"] == "approved" or row in paid],
        "reimbursed": paid,
    }
    cells = []
    for name, found in steps.items():
        declined = sum(row["declines"] > 0 for row in found)
        counts = [len(found) - declined, declined, len(found)]
        cells.append([name, *map(str, counts), share(len(found), len(known))])
    return cells


def rework(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    loops = rows(con, "from analytics.rework_loops where process = 'expense'")
    again = [row for row in loops if row["resubmitted_at"]]
    counts = {
        "all declines": len(loops),
        "submitted again": len(again),
        "submitted again, then approved": sum(row["decision"] == "approved" for row in again),
        "submitted again, then declined once more": sum(row["decision"] == "declined" for row in again),
        "submitted again, not decided yet": sum(row["decision"] is None for row in again),
    }
    return [[name, str(count), share(count, len(loops))] for name, count in counts.items()]


def ageing(con: duckdb.DuckDBPyConnection, now: datetime) -> Cells:
    waiting = rows(con, "from analytics.pending_expenses")
    found = Counter((placed((now - row["waiting_since"]).total_seconds(), AGES), row["stage"]) for row in waiting)
    return [
        [name, *map(str, counts), str(sum(counts))]
        for name, _ in AGES
        for counts in [[found[name, stage] for stage in ("created", "submitted")]]
    ]


def oldest(con: duckdb.DuckDBPyConnection, now: datetime) -> Cells:
    waiting = rows(con, "from analytics.pending_expenses order by waiting_since, company_id, expense_id limit 15")
    return [
        [
            row["expense_id"], row["company_id"], text(row["engagement_id"]), row["stage"],
            minute(row["waiting_since"]), span((now - row["waiting_since"]).total_seconds()),
            money(row["amount"]), row["currency"] or NOTHING,
        ]
        for row in waiting
    ]  # fmt: skip


def with_whom(con: duckdb.DuckDBPyConnection, now: datetime) -> Cells:
    waiting = rows(con, "from analytics.open_items where process = 'expense' and stage in ('created', 'submitted')")
    queues: dict[tuple[str, str, str], Rows] = {}
    for row in waiting:
        queues.setdefault((row["company_id"], row["with_role"], row["with_whom"]), []).append(row)
    found = []
    for (of, role, whom), queue in sorted(queues.items()):
        overdue = sum(row["is_overdue"] for row in queue)
        oldest = max((now - row["waiting_since"]).total_seconds() for row in queue)
        found.append([whom, f"the {role}", of, str(overdue), str(len(queue) - overdue), span(oldest)])
    return sorted(found, key=lambda cells: (-int(cells[3]), -int(cells[4])))[:10]


def moved(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    found = rows(
        con,
        "from analytics.late_corrections where process = 'expense'"
        " order by corrected_at desc, day desc, company_id, measure, currency",
    )
    return [
        [
            row["day"].isoformat(), row["measure"].replace("seconds", "time"), row["company_id"],
            *(of_measure(row["measure"], row[name]) for name in ("before", "after")),
            str(len(row["because_of"])), minute(row["corrected_at"]),
        ]
        for row in found
    ]  # fmt: skip


def of_measure(measure: str, value: Any) -> str:
    if value is None:
        return NOTHING
    return span(float(value)) if "seconds" in measure else str(int(value))


def spend(con: duckdb.DuckDBPyConnection, currency: str) -> Cells:
    told = [row for row in timeline(con) if row["currency"] and row["stage"] != "deleted"]
    common = sorted(Counter(row["category"] for row in told).items(), key=lambda one: (-one[1], one[0]))
    largest = [category for category, _ in common[:6]]
    sums: dict[tuple[str, int], list[Any]] = {}
    for row in (row for row in told if row["currency"] == currency):
        place = largest.index(row["category"]) if row["category"] in largest else 6
        of = sums.setdefault((f"{row['submitted_at']:%Y-%m}", place), [0, None, None, None])
        is_paid = row["stage"] == "reimbursed"
        is_approved = row["stage"] == "approved" or (is_paid and row["decision"] != "declined")
        of[0] += 1
        for slot, counts in ((1, True), (2, is_approved), (3, is_paid)):
            of[slot] = (of[slot] or 0) + row["amount"] if counts else of[slot]
    return [
        [month, [*largest, "all other categories"][place], str(count), *map(money, amounts)]
        for (month, place), (count, *amounts) in sorted(sums.items())
    ]


def people(con: duckdb.DuckDBPyConnection) -> list[tuple[int, float, list[str]]]:
    log = rows(con, "from analytics.stage_log where process = 'expense'")
    by: dict[tuple[str, str], Rows] = {}
    for row in log:
        if row["stage"] in ("created", "submitted") and row["next_stage"] in DECIDED and row["approver"]:
            by.setdefault((row["company_id"], row["approver"]), []).append(row)
    found = []
    for (of, approver), decided in sorted(by.items()):
        seconds = [row["seconds"] for row in decided]
        declined = sum(row["next_stage"] == "declined" for row in decided)
        cells = [approver, of, str(len(decided)), str(declined), *spread(seconds)]
        found.append((len(decided), statistics.median(seconds), cells))
    return found


def event_names(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    stored = rows(con, "from core.events")
    counts = sorted(Counter(row["event_name"] for row in stored).items(), key=lambda one: (-one[1], one[0]))
    return [
        [name, str(count), *(minute(max(row[at] for row in stored if row["event_name"] == name)) for at in CLOCKS)]
        for name, count in counts
    ]


CLOCKS = ("occurred_at", "received_at")


def missing(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    found = rows(con, "from analytics.missing_events")
    groups = Counter((row["process"], row["stage"], row["missing"]) for row in found)
    return [
        [*group, str(count), minute(max(row["occurred_at"] for row in found if row["stage"] == group[1]))]
        for group, count in sorted(groups.items(), key=lambda one: (-one[1], one[0]))
    ]


def accounting(con: duckdb.DuckDBPyConnection, _now: datetime) -> Cells:
    stored = len(rows(con, "from core.events"))
    names = {"deliveries": 1234, "events": stored, "duplicates": 5, "conflicts": 3, "in quarantine": 6, "misfits": 7}
    return [[name, f"{count:,}"] for name, count in (names | {"damaged segments": 1}).items()]


ORACLES: dict[str, Oracle] = {
    "decision-times": decision_times,
    "decision-weeks": decision_weeks,
    "funnel-steps": funnel,
    "rework": rework,
    "ageing": ageing,
    "oldest": oldest,
    "with-whom": with_whom,
    "moved": moved,
    "spend-1": lambda con, _now: spend(con, "EUR"),
    "spend-2": lambda con, _now: spend(con, "USD"),
    "busiest": lambda con, _now: [cells for *_, cells in sorted(people(con), key=lambda one: -one[0])],
    "slowest": lambda con, _now: [c for n, _, c in sorted(people(con), key=lambda one: -one[1]) if n >= 5],
    "accounting": accounting,
    "arrivals": lambda _con, _now: [
        ["2026-03-01", "1,000"], ["2026-03-02", "0"], ["2026-03-03", "0"], ["2026-03-04", "234"],
    ],
    "event-names": event_names,
    "missing": missing,
    "quarantine": lambda _con, _now: [["late", "4"], ["odd", "2"]],
}  # fmt: skip


def test_every_table_has_an_oracle(reported: Any) -> None:
    """The page shows the tables that are reckoned again here, and no other one."""
    assert sorted(reported[0].tables) == sorted(ORACLES)


@pytest.mark.parametrize("figure", shortened(ORACLES, 4))
def test_each_table_says_what_the_views_say(reported: Any, figure: str) -> None:
    """Every number in a table is what the rows of the views give."""
    shown, con, now = reported
    expected = ORACLES[figure](con, now)
    width = len(expected[0])
    assert (len(expected) > 1, [row[:width] for row in shown.rows(figure)]) == (True, expected)


def test_charts_draw_what_the_tables_say(reported: Any) -> None:
    """The values of a chart of counts are the columns of the table behind it."""
    shown = reported[0]
    for figure in ("decision-times", "funnel-steps", "ageing", "with-whom", "arrivals", "busiest"):
        chart, head = shown.charts()[figure], shown.tables[figure][0]
        for series in chart["series"]:
            column = head.index(series["label"])
            assert [f"{value:,}" for value in series["values"]] == [row[column] for row in shown.rows(figure)]
        assert [label.partition(" in ")[0] for label in chart["labels"]] == [row[0] for row in shown.rows(figure)]


def test_charts_of_money_add_up_to_their_tables(reported: Any) -> None:
    """What a chart of money draws in a month is what the table says of the month, and each category keeps its place."""
    shown = reported[0]
    named = {figure: [one["label"] for one in shown.charts()[figure]["series"]] for figure in ("spend-1", "spend-2")}
    assert named["spend-1"] == named["spend-2"]
    for figure in named:
        chart = shown.charts()[figure]
        for position, month in enumerate(chart["labels"]):
            drawn = {s["label"]: s["values"][position] for s in chart["series"] if s["values"][position]}
            said = {row[1]: float(row[3].replace(",", "")) for row in shown.rows(figure) if row[0] == month}
            assert drawn == said

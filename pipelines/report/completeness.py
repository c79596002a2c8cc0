"""How fresh the page is, and what of the deliveries is in it: nothing is dropped silently."""

from decimal import Decimal

from pipelines.report.facts import Facts, Row
from pipelines.report.figures import Chart, Figure, Section, Table, Tile
from pipelines.report.wording import NOTHING, count, counted, day, listed, minute, moment, money, span, text


def tiles(facts: Facts) -> list[Tile]:
    """Return the numbers at the top."""
    head, ledger = facts.one("headline"), facts.one("status_ledger")
    worries = _worries(facts)
    total = sum(number for number, *_ in worries)
    published, received = ledger["last_published_at"], ledger["last_received_at"]
    return [
        Tile("Expenses", count(head["expenses"]), f"of {counted(head['companies'], 'company', 'companies')}"),
        Tile("Waiting for a decision", count(head["pending"]), link="pending"),
        Tile("Median time to a decision", span(head["median_seconds"]), f"{count(head['decided'])} decided"),
        Tile(
            "Time since the publication",
            "never published" if published is None else span((facts.at - published).total_seconds()),
            moment="" if published is None else moment(published),
        ),
        Tile(
            "Events",
            count(ledger["events"]),
            "none received yet" if received is None else "last received",
            moment="" if received is None else moment(received),
        ),
        Tile(
            "To look at",
            count(total) if total else "nothing",
            listed(*worries),
            is_worry=bool(total),
            link="completeness" if total else "",
        ),
    ]


def _worries(facts: Facts) -> list[tuple[int, str, str]]:
    ledger = facts.one("status_ledger")
    return [
        (ledger["quarantined"], "in quarantine", "in quarantine"),
        (ledger["misfits"], "misfit", "misfits"),
        (ledger["conflicts"], "conflict", "conflicts"),
        (ledger["damaged"], "damaged segment", "damaged segments"),
        (sum(row["entities"] for row in facts.rows["missing"]), "missing event", "missing events"),
    ]


def completeness(facts: Facts) -> Section:
    """Return the accounting, what came when, and what did not come."""
    figures = [_accounting(facts), *_arrivals(facts.rows["arrivals"]), *_names(facts.rows["event_names"])]
    figures += [
        *_missing(facts.rows["missing"]),
        *_moved(facts.rows["moved"]),
        *_quarantine(facts.rows["status_quarantine"]),
    ]
    return Section("completeness", "Is everything here?", figures=figures)


def _accounting(facts: Facts) -> Figure:
    ledger = facts.one("status_ledger")
    rows = {
        "deliveries": (ledger["delivered"], "requests answered 202, and imported lines"),
        "events": (ledger["events"], "one for each id"),
        "duplicates": (ledger["duplicates"], "the same id and body once more"),
        "conflicts": (ledger["conflicts"], "the same id with another body: the first one counts"),
        "in quarantine": (ledger["quarantined"], "authenticated but unusable, kept with the reason"),
        "misfits": (ledger["misfits"], "values that their declared column cannot hold, kept verbatim"),
        "damaged segments": (ledger["damaged"], "files of the lake that are not what they were"),
    }
    sums = ledger["events"] + ledger["duplicates"] + ledger["conflicts"]
    holds = "This holds." if ledger["delivered"] == sums else "This does not hold: run nacre verify."
    return Figure(
        "accounting",
        "The accounts",
        Table(("what", "count", "meaning"), [(name, count(n), why) for name, (n, why) in rows.items()], frozenset({1})),
        f"Deliveries = events + duplicates + conflicts. {holds}",
    )


def _arrivals(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    days, deliveries = [day(row["day"]) for row in rows], [row["deliveries"] for row in rows]
    return [
        Figure(
            "arrivals",
            "Deliveries by day of receipt",
            Table(
                ("day", "deliveries"),
                list(zip(days, map(count, deliveries), strict=True)),
                frozenset({1}),
            ),
            "UTC; the newest 60 days.",
            Chart("dates", days, [("deliveries", deliveries)], "deliveries"),
        )
    ]


def _names(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    more = rows[0]["event_names"] - len(rows)
    return [
        Figure(
            "event-names",
            "Events by name",
            Table(
                ("event_name", "events", "last occurred, UTC", "last received, UTC"),
                [
                    (
                        text(r["event_name"]),
                        count(r["events"]),
                        minute(r["last_occurred_at"]),
                        minute(r["last_received_at"]),
                    )
                    for r in rows
                ],
                frozenset({1}),
                frozenset({2, 3}),
            ),
            f"{counted(more, 'more name', 'more names')} with fewer events not shown." if more else "",
        )
    ]


def _missing(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    return [
        Figure(
            "missing",
            "Events that never came",
            Table(
                ("process", "reached", "without being", "entities", "last one, UTC"),
                [
                    (row["process"], row["stage"], row["missing"], count(row["entities"]), minute(row["last_at"]))
                    for row in rows
                ],
                frozenset({3}),
                frozenset({4}),
            ),
            "A stage was reached although no event of one that comes before is known.",
        )
    ]


def _moved(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    return [
        Figure(
            "moved",
            "Numbers that moved after they were published",
            Table(
                ("day", "measure", "company", "was", "is", "late events", "moved at, UTC"),
                [
                    (
                        day(row["day"]),
                        row["measure"].replace("seconds", "time"),
                        text(row["company_id"]),
                        _measured(row, row["before"]),
                        _measured(row, row["after"]),
                        count(row["events"]),
                        minute(row["corrected_at"]),
                    )
                    for row in rows
                ],
                frozenset({3, 4, 5}),
                frozenset({0, 6}),
            ),
            f"{counted(rows[0]['moved'], 'number has', 'numbers have')} moved because events came late; the newest are"
            " here, all of them with the ids of those events in analytics.late_corrections.",
        )
    ]


def _measured(row: Row, value: Decimal | None) -> str:
    """Return a number of a day in the unit of its measure: money, a span of time, or a count."""
    if value is None:
        return NOTHING
    if row["currency"] is not None:
        return f"{money(value)} {row['currency']}"
    return span(float(value)) if row["measure"].endswith("seconds to decision") else f"{value:,.0f}"


def _quarantine(rows: list[Row]) -> list[Figure]:
    if not rows:
        return []
    return [
        Figure(
            "quarantine",
            "Quarantine by reason",
            Table(
                ("reason", "deliveries", "last received, UTC"),
                [(text(row["reason"]), count(row["deliveries"]), minute(row["last_received_at"])) for row in rows],
                frozenset({1}),
                frozenset({2}),
            ),
        )
    ]

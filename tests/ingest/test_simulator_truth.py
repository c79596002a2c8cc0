"""The ground truth of simulated expenses, and the figures that make them believable."""

import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from ingest.simulator import UNTIL, ExpenseTruth, Traffic, truth
from ingest.simulator.clock import ALPHABET, milliseconds_of
from ingest.simulator.network import Told
from ingest.simulator.truth import fold

START = datetime(2026, 3, 1, 12, 0, tzinfo=UTC)
SAID = ("10.00", "EUR", "MEALS", "person01")


def told(seconds: float, verb: str, event_id: str = "", *, echo: bool = False, rich: Any = None) -> Told:
    """An event of one expense, so many seconds after the start."""
    at = milliseconds_of(START + timedelta(seconds=seconds))
    return Told(at, event_id or f"wh_{at}{verb}", "ABC1234", ("expense1", verb, rich), echo)


def expected(**columns: Any) -> ExpenseTruth:
    """A row of the timeline in which nothing is known but what is given."""
    nothing: dict[str, Any] = dict.fromkeys(ExpenseTruth.__slots__)
    counts = {"submissions": 0, "declines": 0, "company_id": "ABC1234", "expense_id": "expense1"}
    return ExpenseTruth(**nothing | counts | columns)


def after(seconds: float) -> datetime:
    """The start, so many seconds later."""
    return START + timedelta(seconds=seconds)


def decoded(event_id: str) -> int:
    """The milliseconds in an id."""
    milliseconds = 0
    for letter in event_id[3:13]:
        milliseconds = milliseconds * 32 + ALPHABET.index(letter)
    return milliseconds


def test_a_whole_life_in_one_row() -> None:
    """Created, submitted, declined, submitted, approved, paid: durations count from the first submission."""
    events = [
        told(0, "created", "wh_a"),
        told(10, "submitted"),
        told(20.5, "declined"),
        told(40, "submitted"),
        told(70.25, "approved", rich=(*SAID, None, None)),
        told(71, "approved", "wh_echo", echo=True),
        told(100, "reimbursed", "wh_z"),
    ]
    assert fold(reversed(events)) == [
        expected(
            stage="reimbursed",
            decision="approved",
            created_at=after(0),
            submitted_at=after(10),
            last_submitted_at=after(40),
            decided_at=after(70.25),
            reimbursed_at=after(100),
            submissions=2,
            declines=1,
            seconds_to_decision=60.25,
            seconds_to_reimbursement=90.0,
            amount="10.00",
            currency="EUR",
            category="MEALS",
            engagement_id="person01",
            events=6,
            first_event_id="wh_a",
            last_event_id="wh_z",
        )
    ]


def test_a_submission_opens_a_declined_expense_again() -> None:
    """After a decline and a new submission there is no decision."""
    (row,) = fold([told(0, "submitted"), told(5, "declined"), told(9, "submitted")])
    assert (row.stage, row.decision, row.decided_at, row.seconds_to_decision, row.declines) == (
        "submitted",
        None,
        None,
        None,
        1,
    )


@pytest.mark.parametrize(
    ("events", "submitted", "submissions"),
    [
        ([told(0, "created"), told(9, "approved")], after(0), 1),
        ([told(9, "approved", rich=(*SAID, milliseconds_of(after(4)), None))], after(4), 0),
        ([told(0, "created"), told(9, "approved", rich=(*SAID, milliseconds_of(after(4)), None))], after(0), 1),
        ([told(9, "approved")], None, 0),
    ],
)
def test_what_stands_for_a_lost_submission(events: list[Told], submitted: datetime | None, submissions: int) -> None:
    """Without a submission the creation stands for it, without that what a payload tells, else nothing."""
    (row,) = fold(events)
    assert (row.submitted_at, row.last_submitted_at, row.submissions) == (submitted, submitted, submissions)


@pytest.mark.parametrize(
    ("verbs", "stage"),
    [
        (["flagged"], "unknown"),
        (["created", "flagged"], "created"),
        (["created", "updated", "deleted", "flagged"], "deleted"),
        (["submitted", "declined", "deleted"], "deleted"),
        (["submitted", "declined"], "declined"),
        (["submitted", "reimbursed"], "reimbursed"),
        (["updated"], "unknown"),
    ],
)
def test_stages(verbs: list[str], stage: str) -> None:
    """The stage follows from the order of the events of known stage."""
    (row,) = fold([told(number, verb) for number, verb in enumerate(verbs)])
    assert (row.stage, row.events) == (stage, len(verbs))


def test_the_truth_agrees_with_the_bodies() -> None:
    """What the truth counts is what a reader of the delivered bodies counts, for every expense."""
    seen: dict[tuple[str, str], set[tuple[int, str, str]]] = {}
    for day in Traffic(8000, 5).bodies():
        for body in day:
            event = json.loads(body)
            if ".expense_" in event["event_name"]:
                data, verb = event["data"], event["event_name"].rpartition("_")[2]
                inner = data.get("expense", data)
                expense_id = inner.get("expenseId") or inner.get("expense_id") or inner["id"]
                seen.setdefault((event["company_id"], expense_id), set()).add((decoded(event["id"]), event["id"], verb))
    rows = {(row.company_id, row.expense_id): row for row in truth(8000, 5)}
    assert rows.keys() == seen.keys()
    for key, history in seen.items():
        kept: list[tuple[int, str, str]] = []
        for event in sorted(history):
            if not any(event[2] == other[2] and event[0] - other[0] <= 4000 for other in kept):
                kept.append(event)
        verbs = Counter(verb for _, _, verb in kept)
        row = rows[key]
        assert (row.events, row.first_event_id, row.last_event_id, row.declines) == (
            len(kept),
            kept[0][1],
            kept[-1][1],
            verbs["declined"],
        )
        assert row.submissions == (verbs["submitted"] or verbs["created"])
        firsts = {verb: at for at, _, verb in reversed(kept)}
        told_at = [row.created_at, row.reimbursed_at]
        assert [moment and milliseconds_of(moment) for moment in told_at] == [
            firsts.get("created"),
            firsts.get("reimbursed"),
        ]


@pytest.mark.thorough
def test_durations_and_rework_are_those_of_real_claims() -> None:
    """Quantiles of time to approval and to payment, and the shares of rework, are those measured in a public log."""
    settled = UNTIL - timedelta(days=150)
    rows = [row for row in truth(60_000, 11, days=400) if row.submitted_at and row.submitted_at < settled]
    approvals = [row.seconds_to_decision or 0.0 for row in rows if row.decision == "approved"]
    payments = [row.seconds_to_reimbursement for row in rows if row.seconds_to_reimbursement is not None]

    def shares(seconds: list[float], *days: float) -> list[float]:
        return [sum(each <= limit * 86_400 for each in seconds) / len(seconds) for limit in days]

    assert shares(approvals, 0.005, 0.12, 1.5, 4.9, 8.8, 54) == pytest.approx(
        [0.1, 0.25, 0.5, 0.75, 0.9, 0.99], abs=0.02
    )
    assert shares(payments, 3.3, 7.4, 12, 19, 70) == pytest.approx([0.1, 0.5, 0.75, 0.9, 0.99], abs=0.02)
    total = len(rows)
    assert sum(row.declines > 0 for row in rows) / total == pytest.approx(0.12, abs=0.012)
    assert sum(row.submissions > 1 for row in rows) / total == pytest.approx(0.10, abs=0.012)
    assert sorted(row.events for row in rows)[total // 2] == 5
    assert 15 <= max(row.events for row in rows) <= 24
    unlogged = sum(row.submissions == 0 or (row.submitted_at == row.created_at and bool(row.decision)) for row in rows)
    assert unlogged / total == pytest.approx(0.013, abs=0.005)


def test_payments_never_come_before_approvals() -> None:
    """However the chances fall, money follows the decision, and a decision the submission."""
    for row in truth(20_000, 4):
        moments = [row.submitted_at, row.decided_at, row.reimbursed_at]
        known = [moment for moment in moments if moment is not None]
        assert known == sorted(known)


@pytest.mark.thorough
def test_some_claims_take_two_steps_within_one_second() -> None:
    """Now and then a submission is approved within the same second, as automatic approvals are."""
    rows = [row for row in truth(60_000, 2) if row.decided_at and row.submitted_at]
    quick = [row for row in rows if row.decided_at.replace(microsecond=0) == row.submitted_at.replace(microsecond=0)]
    assert 0 < len(quick) / len(rows) < 0.005

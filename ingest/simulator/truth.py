"""What the expense timeline must say about simulated traffic: the rules of the timeline in plain Python."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from .clock import datetime_of
from .network import Told
from .traffic import DAYS, UNTIL, Traffic


@dataclass(frozen=True, slots=True)
class ExpenseTruth:
    """One row of the timeline, column by column, as the simulation knows it."""

    company_id: str
    expense_id: str
    stage: str
    decision: str | None
    created_at: datetime | None
    submitted_at: datetime | None
    last_submitted_at: datetime | None
    decided_at: datetime | None
    reimbursed_at: datetime | None
    deleted_at: datetime | None
    submissions: int
    declines: int
    seconds_to_decision: float | None
    seconds_to_reimbursement: float | None
    amount: str | None
    currency: str | None
    category: str | None
    engagement_id: str | None
    events: int
    first_event_id: str
    last_event_id: str


def truth(events: int, seed: int = 0, *, until: datetime = UNTIL, days: int = DAYS) -> list[ExpenseTruth]:
    """The timeline of `Traffic(events, seed, until=until, days=days)`, ordered by company and expense."""
    return fold(Traffic(events, seed, until=until, days=days).told())


def fold(told: Iterable[Told]) -> list[ExpenseTruth]:
    """One row for each company and expense, from the events told about them; echoes count once."""
    by_expense: dict[tuple[str, str], list[Told]] = {}
    for event in told:
        if not event.echo:
            by_expense.setdefault((event.company_id, event.fact[0]), []).append(event)
    return [
        _row(company_id, expense_id, sorted(history, key=lambda event: (event.at, event.event_id)))
        for (company_id, expense_id), history in sorted(by_expense.items())
    ]


def _row(company_id: str, expense_id: str, history: list[Told]) -> ExpenseTruth:
    """The row of one expense from its events in order."""
    first, last = _times(history)
    verbs = [event.fact[1] for event in history]
    submitted = first.get("submitted", first.get("created", _told_submission(history)))
    decision, decided = _decision(history)
    reimbursed = first.get("reimbursed")
    amount, currency, category, engagement_id = _said(history)
    return ExpenseTruth(
        company_id=company_id,
        expense_id=expense_id,
        stage=_stage(verbs, decision),
        decision=decision,
        created_at=_moment(first.get("created")),
        submitted_at=_moment(submitted),
        last_submitted_at=_moment(last.get("submitted", submitted)),
        decided_at=_moment(decided),
        reimbursed_at=_moment(reimbursed),
        deleted_at=_moment(last.get("deleted")),
        submissions=verbs.count("submitted") or int("created" in verbs),
        declines=verbs.count("declined"),
        seconds_to_decision=_seconds(submitted, decided),
        seconds_to_reimbursement=_seconds(submitted, reimbursed),
        amount=amount,
        currency=currency,
        category=category,
        engagement_id=engagement_id,
        events=len(history),
        first_event_id=history[0].event_id,
        last_event_id=history[-1].event_id,
    )


def _times(history: list[Told]) -> tuple[dict[str, int], dict[str, int]]:
    """The first and the last time of each verb."""
    first: dict[str, int] = {}
    last: dict[str, int] = {}
    for event in history:
        first.setdefault(event.fact[1], event.at)
        last[event.fact[1]] = event.at
    return first, last


def _told_submission(history: list[Told]) -> int | None:
    """The first submission that payloads tell: it fills in what no event tells."""
    for event in history:
        if event.fact[2] is not None and event.fact[2][4] is not None:
            return event.fact[2][4]
    return None


def _decision(history: list[Told]) -> tuple[str | None, int | None]:
    """The last approval or decline, unless a submission followed it: then the expense is open again."""
    for event in reversed(history):
        verb = event.fact[1]
        if verb == "submitted":
            return None, None
        if verb in {"approved", "declined"}:
            return verb, event.at
    return None, None


def _stage(verbs: list[str], decision: str | None) -> str:
    """Where the expense stands."""
    known = [verb for verb in verbs if verb != "flagged"]
    if known and known[-1] == "deleted":
        return "deleted"
    if "reimbursed" in known:
        return "reimbursed"
    if decision is not None:
        return decision
    for stage in ("submitted", "created"):
        if stage in known:
            return stage
    return "unknown"


def _said(history: list[Told]) -> tuple[str | None, str | None, str | None, str | None]:
    """Amount, currency, category and engagement, as the last rich payload tells them."""
    for event in reversed(history):
        if event.fact[2] is not None:
            return event.fact[2][:4]
    return None, None, None, None


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else datetime_of(milliseconds)


def _seconds(start: int | None, end: int | None) -> float | None:
    return None if start is None or end is None else (end - start) / 1000

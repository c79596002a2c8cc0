"""The timeline against the rules told a second time in plain Python, for any events in any order and batching."""

import os
from datetime import datetime, timedelta
from itertools import groupby
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.warehouse.given import DAY, Event, advance, empty_warehouse, load, rows

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "10"))

VERBS = {
    "created": "created", "submitted": "submitted", "updated": "updated", "approved": "approved",
    "declined": "declined", "rejected": "declined", "reimbursed": "reimbursed", "paid": "reimbursed",
    "deleted": "deleted", "withdrawn": "deleted", "flagged": None,
}  # fmt: skip
TOLD = ["amount", "currency", "category", "engagement_id", "country", "approver", "last_event_at"]
DATA = ['{"expenseId": "e1"}', '{"id": "e1"}', '{"expense": {"id": "e2"}}', '{"expense_id": "e2", "note": 1}']


@st.composite
def histories(draw: st.DrawFn) -> list[Event]:
    """Events of few expenses within few minutes, so that ties and echoes are common."""
    drawn = draw(
        st.lists(
            st.tuples(
                st.sampled_from(sorted(VERBS)),
                st.sampled_from(["expense", "expenses"]),
                st.sampled_from(["C1", "C1", "C2"]),
                st.integers(0, 16),
                st.integers(0, 20),
                st.sampled_from(DATA),
            ),
            max_size=14,
        )
    )
    order = draw(st.permutations(range(len(drawn))))
    return [
        Event(
            event_id=f"wh_{number:02}",
            event_name=f"{namespace}.expense_{verb}",
            company_id=company,
            occurred_at=DAY + timedelta(seconds=20 * step),
            received_at=DAY + timedelta(seconds=20 * (step + delay)),
            data=data,
        )
        for number, (verb, namespace, company, step, delay, data) in zip(order, drawn, strict=True)
    ]


def without_echoes(history: list[Event]) -> list[Event]:
    """Of each run of equal events, each at most a minute after the one before, the first."""
    kept: list[Event] = []
    same = sorted(history, key=lambda e: (e.event_name, e.company_id, e.data, e.occurred_at, e.event_id))
    for _, run in groupby(same, key=lambda e: (e.event_name, e.company_id, e.data)):
        before: datetime | None = None
        for event in run:
            if before is None or event.occurred_at - before > timedelta(seconds=60):
                kept.append(event)
            before = event.occurred_at
    return sorted(kept, key=lambda e: (e.occurred_at, e.event_id))


def entity(event: Event) -> str:
    """The expense of one of DATA."""
    return "e1" if "e1" in event.data else "e2"


def expected(history: list[Event]) -> list[dict[str, Any]]:
    """The timeline by the rules."""
    counted = without_echoes(history)
    keys = sorted({(event.company_id, entity(event)) for event in counted})
    return [expected_row(key, [e for e in counted if (e.company_id, entity(e)) == key]) for key in keys]


def expected_row(key: tuple[str, str], history: list[Event]) -> dict[str, Any]:
    """One expense, step by step."""
    stages = [VERBS[event.event_name.rpartition("_")[2]] for event in history]
    times: dict[str | None, list[datetime]] = {stage: [] for stage in (*VERBS.values(), None)}
    decision, decided_at = None, None
    for event, stage in zip(history, stages, strict=True):
        times[stage].append(event.occurred_at)
        if stage in {"approved", "declined"}:
            decision, decided_at = stage, event.occurred_at
        if stage == "submitted":
            decision, decided_at = None, None
    known = [stage for stage in stages if stage]
    submissions = times["submitted"] or times["created"][:1]
    paid = times["reimbursed"][0] if times["reimbursed"] else None
    if known and known[-1] == "deleted":
        where = "deleted"
    else:
        order = [
            "reimbursed" if paid else None,
            decision,
            *(s if s in known else None for s in ("submitted", "created")),
        ]
        where = next((stage for stage in order if stage), "unknown")
    return {
        "company_id": key[0], "expense_id": key[1], "stage": where, "decision": decision,
        "created_at": times["created"][0] if times["created"] else None,
        "submitted_at": submissions[0] if submissions else None,
        "last_submitted_at": submissions[-1] if submissions else None,
        "decided_at": decided_at, "reimbursed_at": paid,
        "deleted_at": times["deleted"][-1] if times["deleted"] else None,
        "submissions": len(submissions), "declines": len(times["declined"]),
        "seconds_to_decision": (decided_at - submissions[0]).total_seconds() if decided_at and submissions else None,
        "seconds_to_reimbursement": (paid - submissions[0]).total_seconds() if paid and submissions else None,
        "events": len(history), "first_event_id": history[0].event_id, "last_event_id": history[-1].event_id,
    }  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None)
@given(history=histories(), cuts=st.sets(st.integers(1, 13), max_size=3), moment=st.integers(0, 36))
def test_the_timeline_follows_the_rules(history: list[Event], cuts: set[int], moment: int) -> None:
    """Any events, in any order and any batches, follow the rules; so does what was known at any moment."""
    con = empty_warehouse()
    for start, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(history) + 14], strict=True):
        load(con, history[start:end])
        advance(con)
    timeline = "select * exclude (" + ", ".join(TOLD) + ") from analytics.expenses_as_of('infinity', known_at := ?)"
    timeline += " order by all"
    assert rows(con, timeline, None) == expected(history)
    then = DAY + timedelta(seconds=20 * moment)
    assert rows(con, timeline, then) == expected([event for event in history if event.received_at <= then])

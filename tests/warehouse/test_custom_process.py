"""A process that a user adds: declared once in a file, it has everything that expenses have."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.given import advance, at, empty_warehouse, events, load
from warehouse import catalogue

DECLARED = """
family: equipment
description: Laptops and chairs, from the wish to the desk.
namespaces: [equipment]
roots: [$]
process:
  name: equipment
  stages:
    submitted: [requested]
    approved: [granted]
    declined: [refused, returned]
    shipped: [shipped]
    received: [received]
  facts:
    entity_id: [requestId]
    amount: [price.decimal]
    currency: [price.currencyCode]
    category: [kind]
    engagement_id: [engagementId]
    country: [country]
    approver: [grantedBy]
  ends: [received]
  targets: {submitted: 2, shipped: 5}
  expects: {shipped: [approved]}
fields:
  requestId: {description: Id of the request., personal: none}
  kind: {description: What is wanted., personal: none}
  country: {description: Where to., personal: none}
  price.decimal: {description: What it costs., personal: none}
  price.currencyCode: {description: In which currency., personal: none}
  grantedBy: {description: Who decided., personal: personal}
  engagementId: {description: Who wants it., personal: personal}
"""
TOLD = """
    equipment.laptop_requested 10:00 {"requestId": "r1", "kind": "LAPTOP", "country": "ES", "engagementId": "n1"}
    equipment.laptop_refused 11:00 {"requestId": "r1", "grantedBy": "b2"}
    equipment.laptop_requested 12:00 {"requestId": "r1", "price": {"decimal": "990.50", "currencyCode": "EUR"}}
    equipment.laptop_granted 14:00 {"requestId": "r1", "grantedBy": "b2"}
    equipment.laptop_shipped 1+10:00 {"requestId": "r1"}
    equipment.chair_shipped 1+10:00 {"requestId": "r2"}
    equipment.chair_received 2+10:00 {"requestId": "r2"}
    equipment.chair_requested 10:00 {"requestId": "r3"}
    equipment.chair_polished 11:00 {"requestId": "r3"}
"""


@pytest.fixture
def con(tmp_path: Path) -> duckdb.DuckDBPyConnection:
    """A warehouse whose catalogue declares equipment alone."""
    (tmp_path / "equipment.yaml").write_text(DECLARED)
    con = empty_warehouse()
    load(con, events(TOLD))
    advance(con, tmp_path)
    return con


def test_its_timeline_and_current_state(con: duckdb.DuckDBPyConnection) -> None:
    """One row per entity, in a stage of its own where it stands in one, with its decision, money and numbers."""
    query = """
        select entity_id, stage, decision, submitted_at, decided_at, submissions, declines, seconds_to_decision, amount,
            currency, category, country, approver, events
        from analytics.process_timeline order by entity_id
    """
    assert con.execute(query).fetchall() == [
        (
            "r1", "shipped", "approved", at("10:00"), at("14:00"), 2, 1, 14400.0, Decimal("990.5"), "EUR", "LAPTOP",
            "ES", "b2", 5,
        ),
        ("r2", "received", None, None, None, 0, 0, None, None, None, None, None, None, 2),
        ("r3", "submitted", None, at("10:00"), None, 1, 0, None, None, None, None, None, None, 2),
    ]  # fmt: skip


def test_its_state_as_of_a_moment(con: duckdb.DuckDBPyConnection) -> None:
    """What was true at a moment, and what was known then."""
    query = "select entity_id, stage from analytics.process_as_of(?, known_at := ?) order by entity_id"
    assert con.execute(query, [at("12:30"), None]).fetchall() == [("r1", "submitted"), ("r3", "submitted")]
    assert con.execute(query, [at("9+0:00"), at("11:30")]).fetchall() == [("r1", "declined"), ("r3", "submitted")]


def test_its_stage_log_and_rework(con: duckdb.DuckDBPyConnection) -> None:
    """Each stage entered with its duration, and each refusal with what became of it."""
    log = "select stage, seconds, visit, approver from analytics.stage_log where entity_id = 'r1' order by entry"
    assert con.execute(log).fetchall() == [
        ("submitted", 3600.0, 1, "b2"), ("declined", 3600.0, 1, None), ("submitted", 7200.0, 2, "b2"),
        ("approved", 72000.0, 1, None), ("shipped", None, 1, None),
    ]  # fmt: skip
    loops = "select entity_id, resubmitted_at, decision, decided_at from analytics.rework_loops"
    assert con.execute(loops).fetchall() == [("r1", at("12:00"), "approved", at("14:00"))]


def test_its_open_and_overdue_items(con: duckdb.DuckDBPyConnection) -> None:
    """What has not ended is open; overdue is what has passed its stage's target in working days."""
    query = """
        select entity_id, stage, working_days, target_working_days, due_on, is_overdue
        from analytics.open_items_as_of(?) order by entity_id
    """
    assert con.execute(query, [at("4+12:00")]).fetchall() == [
        ("r1", "shipped", 3, 5, date(2026, 3, 10), False),
        ("r3", "submitted", 4, 2, date(2026, 3, 4), True),
    ]
    assert con.execute("select entity_id from analytics.overdue_items order by all").fetchall() == [("r1",), ("r3",)]


def test_its_throughput_percentiles_and_holes(con: duckdb.DuckDBPyConnection) -> None:
    """Entries by week, time in stage by each dimension, and the grant that never came."""
    week = "select stage, entries, entities, rework_entries from analytics.throughput_by_week order by stage"
    assert con.execute(week).fetchall() == [
        ("approved", 1, 1, 0), ("declined", 1, 1, 0), ("received", 1, 1, 0), ("shipped", 2, 2, 0),
        ("submitted", 3, 2, 1),
    ]  # fmt: skip
    times = (
        "select dimension, value, spells, median from analytics.time_in_stage where stage = 'submitted' order by all"
    )
    assert con.execute(times).fetchall() == [
        ("all", None, 2, 5400.0), ("approver", "b2", 2, 5400.0), ("category", "LAPTOP", 2, 5400.0),
        ("company", "C1", 2, 5400.0), ("country", "ES", 2, 5400.0),
    ]  # fmt: skip
    holes = "select entity_id, stage, missing from analytics.missing_events"
    assert con.execute(holes).fetchall() == [("r2", "shipped", "approved")]
    days = "select measure, currency, value from analytics.daily_measures where day = '2026-03-02' order by measure"
    assert con.execute(days).fetchall() == [
        ("equipment amount approved", "EUR", Decimal("990.5")), ("equipment amount submitted", "EUR", Decimal("990.5")),
        ("equipment approved", None, 1), ("equipment declined", None, 1),
        ("equipment mean seconds to decision", None, 9000), ("equipment median seconds to decision", None, 9000),
        ("equipment submitted", None, 3),
    ]  # fmt: skip


def test_the_page_shows_a_declaration_that_loads(tmp_path: Path) -> None:
    """The file in docs/analytics.md is one that the catalogue takes."""
    page = (Path(__file__).parents[2] / "docs" / "analytics.md").read_text(encoding="utf-8")
    (tmp_path / "equipment.yaml").write_text(page.partition("```yaml\n")[2].partition("```")[0])
    (family,) = catalogue.load(tmp_path).families
    assert family.process is not None
    assert [*family.process.stages] == ["submitted", "approved", "declined", "shipped", "received"]

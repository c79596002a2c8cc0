"""`nacre compact`: the command, and a warehouse that follows it."""

import json
from typing import Any

import duckdb
import pytest
from click.testing import CliRunner

from ingest.lake import Lake
from pipelines.cli import nacre
from pipelines.home import Home
from pipelines.pending import whats_pending
from pipelines.stages import load_new, opened_build

NAMES = "select segment, deliveries, status from ops.segments order by all"
EVENTS = "select * exclude (segment) from core.events order by all"


@pytest.fixture
def small(home: Home, plant: Any) -> Home:
    """A home whose lake has five segments of one event on a closed day."""
    for number in range(5):
        plant(home, (number, "notes.note_added", {"n": number}), first=number - 1_000_000)
    return home


def run(*arguments: str) -> Any:
    return CliRunner().invoke(nacre, ["compact", *arguments])


def asked(home: Home, query: str) -> list[tuple[Any, ...]]:
    with duckdb.connect(str(home.published), read_only=True) as con:
        return con.execute(query).fetchall()


def test_a_dry_run_changes_nothing(small: Home) -> None:
    """A dry run tells the day and the count, and leaves every segment where it is."""
    before = Lake(small.root).segments()
    told = json.loads(run("--dry-run", "--json").output)
    assert [(one["segments"], one["segment"]) for one in told["made"]] == [(5, "")]
    assert Lake(small.root).segments() == before


@pytest.mark.thorough
def test_the_warehouse_follows(small: Home, build_home: Any) -> None:
    """After a compaction the next build loads nothing, takes the new name over, and then nothing is pending."""
    build_home(small)
    before = asked(small, EVENTS)
    shown = run()
    (segment,) = Lake(small.root).segments()
    outcome = build_home(small)
    assert (shown.exit_code, "are now one of" in shown.output, outcome.failures) == (0, True, [])
    assert outcome.counts["delivered"] == 0
    assert (asked(small, NAMES), asked(small, EVENTS)) == ([(segment.name, 5, "loaded")], before)
    assert (whats_pending(small).reason, "Nothing to compact" in run().output) == ("", True)


def test_what_came_before_a_compaction_is_told_by_the_load_after_it(small: Home, plant: Any) -> None:
    """A load tells the deliveries that it takes out of a rewritten segment, of which the warehouse had the others."""
    with opened_build(small) as connection:
        load_new(connection, small)
    plant(small, (7, "notes.note_added", {"n": 7}), (7, "notes.other", {"n": 8}), first=-900_000)
    run("--grace", "0")
    with opened_build(small) as connection:
        loaded = load_new(connection, small)
    told = loaded.report
    assert (loaded.segments, loaded.followed, told.load_no, told.delivered) == (1, 1, 2, 2)
    assert (told.events, told.conflicts, told.damaged) == (1, 1, [])


@pytest.mark.thorough
def test_works_without_a_warehouse(small: Home, build_home: Any) -> None:
    """A lake that was never built is compacted as well, and built afterwards with every event."""
    run()
    assert build_home(small).counts["events"] == 5


@pytest.mark.thorough
def test_old_segments_stay_for_a_while(small: Home, build_home: Any) -> None:
    """A build while old and new segments are both there counts each delivery once; a later run removes the old ones."""
    run()
    both = [len(list(small.root.rglob("lake/**/*.parquet"))), json.loads(run("--json").output)["resumed"]]
    counts = build_home(small).counts
    told = json.loads(run("--grace", "0", "--json").output)
    left = list(small.root.rglob("lake/**/*.parquet"))
    assert (both, counts["events"], counts["duplicates"], told["resumed"], len(left)) == ([6, 0], 5, 0, 1, 1)


def test_a_damaged_segment_is_named(small: Home) -> None:
    """A damaged segment makes the command end with 1 and is named; the rest is compacted."""
    victim = Lake(small.root).segments()[0]
    victim.path.write_bytes(b"PAR1")
    shown = run()
    assert (shown.exit_code, victim.path.name in shown.stderr.replace("\n", "")) == (1, True)
    assert len(Lake(small.root).segments()) == 2

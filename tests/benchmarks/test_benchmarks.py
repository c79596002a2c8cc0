"""The benchmarks measure what they say, and their page says what was measured."""

import json
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from tests.benchmarks import __main__ as command
from tests.benchmarks import builds, endpoint, lake
from tests.benchmarks.figures import Budget, Row, Samples, Section
from tests.benchmarks.processes import ROOT, Child, ChildFailed, python
from tests.benchmarks.report import BOUNDS, Run, cells, page, read_bounds
from tests.benchmarks.sizes import QUICK
from tests.benchmarks.workplace import fill, forget_warehouse, traffic

OURS, THEIRS = Samples((3.0, 8.0, 4.0)), Samples((1.0, 2.0, 4.0))
RUN = Run("2026-11-23 10:00 UTC", "make bench", "a machine", "nacre 1", 0.25)


def test_ratio_is_that_of_each_round() -> None:
    """A ratio divides the two sides of each round, and is told by its median, least and greatest."""
    ratio = OURS.over(THEIRS)
    assert (ratio.values, ratio.median, ratio.low, ratio.high) == ((3.0, 4.0, 1.0), 3.0, 1.0, 4.0)


@pytest.mark.parametrize(
    ("budget", "verdict"),
    [(Budget(3, at_most=True), "holds"), (Budget(2.9, at_most=True), "missed"), (Budget(3.1, at_most=False), "missed")],
)
def test_verdict_follows_from_the_median(budget: Budget, verdict: str) -> None:
    """Whether a budget holds is computed from the measured median alone."""
    assert Row("x", "x", "s", OURS, THEIRS, budget).verdict == verdict


def test_row_without_figures_says_why() -> None:
    """What could not be measured has no figure and no verdict but `not measured`, and its reason is on the page."""
    row = Row("dlt-speed", "speed", "1/s", None, None, Budget(60, at_most=False), "no network here")
    text = page([Section("dlt", "Against dlt", [row])], RUN)
    assert (cells(row), "Not measured: no network here" in text) == (
        ("speed", "", "", "", "≥ 60", "not measured"),
        True,
    )


def test_page_tells_the_run_and_its_figures() -> None:
    """The page holds the run's date, command and machine, each figure as measured, the notes, and what bounds them."""
    section = Section(
        "builds", "Builds", [Row("x", "ours ÷ theirs", "s", OURS, THEIRS, Budget(3, at_most=True))], ["Note."]
    )
    lines = page([section], RUN).splitlines()
    assert lines[5:10] == [
        "- Date: 2026-11-23 10:00 UTC",
        "- Command: `make bench`",
        "- Machine: a machine",
        "- Versions: nacre 1",
        "- Load average before the run: 0.2",
    ]
    assert lines[11:18] == [
        "## Builds",
        "",
        "| what | ours | rival | ratio | budget | |",
        "|---|---|---|---|---|---|",
        "| ours ÷ theirs | 4 s (3-8) | 2 s (1-4) | 3 (1-4) | ≤ 3 | holds |",
        "",
        "- Note.",
    ]
    assert "\n".join(lines[19:]) == read_bounds(BOUNDS.read_text(encoding="utf-8"))["builds"]


def test_every_section_says_what_bounds_it() -> None:
    """There is one paragraph on the bounds of each section that can be measured."""
    assert list(read_bounds(BOUNDS.read_text(encoding="utf-8"))) == list(command.SECTIONS)


@pytest.mark.thorough
def test_builds_are_measured_on_real_children(tmp_path: Path) -> None:
    """The library child publishes every event of the lake, the rival loads as many lines, and their ratio is theirs."""
    home = tmp_path / "home"
    home.mkdir()
    file = traffic(tmp_path, 60, seed=3)
    delivered = fill(home, file)
    sides = {side: [builds.measured(side, home, file)] for side in ("library", "envelope", "line", "typed")}
    sides["build"] = [Child(2.0, 1.0, 3_000_000, "")]
    section = builds.section_of(sides, delivered, file.stat().st_size)
    rival = sides["envelope"][0].seconds
    assert json.loads(sides["library"][0].output)["delivered"] == delivered
    assert [int(sides[side][0].output) for side in ("envelope", "line", "typed")] == [delivered] * 3
    assert (home / "warehouse.duckdb").exists()
    ratios = [row.figure for row in section.rows[:2]]
    assert ratios == [Samples((2.0 / rival,)), Samples((sides["library"][0].seconds / rival,))]
    forget_warehouse(home)
    assert [path.name for path in home.iterdir()] == ["lake"]


@pytest.mark.thorough
def test_load_is_counted_by_answers() -> None:
    """The generator counts the 202s of the no-op route, and leaves the server the machine."""
    with endpoint.noop() as port:
        found = endpoint.load(port, 8, 0.3)
    assert found["rate"] == pytest.approx(found["accepted"] / 0.3)
    assert (found["accepted"] > 50, found["other"], found["lost"], 0 < found["p50"] <= found["p99"]) == (
        True,
        0,
        0,
        True,
    )


def test_failed_child_ends_the_run() -> None:
    """A measured process that fails is never a figure: the run ends with what it said."""
    with pytest.raises(ChildFailed, match=r"tests\.benchmarks\.bare .* ended with 1: .*ValueError"):
        python("tests.benchmarks.bare", "x")


def test_partial_run_writes_no_page() -> None:
    """The help is there, and `--quick` and `--only` say that they leave docs/benchmarks.md alone."""
    shown = CliRunner().invoke(command.main, ["--help"]).output
    assert shown.count("writes no page") == 2
    assert command.PAGE == ROOT / "docs" / "benchmarks.md"


@pytest.mark.long
def test_day_is_the_same_before_and_after_compaction() -> None:
    """The day of single segments, the compacted day and the one written at once hold the same rows, in fewer files."""
    section = lake.measure(replace(QUICK, day_events=60, day_rounds=1), lambda _: None)
    assert [row.key for row in section.rows] == ["day-left", "day-raw", "day-load"]
    assert section.notes[0].startswith("The day has 60 segments with ")
    assert section.notes[1].endswith("s and left 1 segments.")


def test_lakes_of_different_rows_are_not_compared() -> None:
    """A reading that finds other rows than the one next to it is an error, never a figure."""
    one, other = ({"seconds": 1.0, "rows": rows} for rows in (60, 59))
    with pytest.raises(ValueError, match="not all hold the same rows"):
        lake.section_of([one], [one], [other], (1.0, 1.0), [])

"""The result of a run: a table for the terminal, and the page docs/benchmarks.md."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from rich.table import Table

from .figures import Row, Samples, Section

BOUNDS = Path(__file__).with_name("bounds.md")
STYLES = {"holds": "green", "missed": "bold red", "not measured": "yellow"}


@dataclass(frozen=True, slots=True)
class Run:
    """When, where and by which command the figures came about."""

    date: str
    command: str
    machine: str
    versions: str
    load_before: float


def number(value: float) -> str:
    """A figure with three digits that count, or as a whole number."""
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"


def span(samples: Samples | None, unit: str = "") -> str:
    """The median, with least and greatest where there are several."""
    if samples is None:
        return ""
    text = number(samples.median) + (f" {unit}" if unit else "")
    if len(samples.values) == 1:
        return text
    return f"{text} ({number(samples.low)}-{number(samples.high)})"


def cells(row: Row) -> tuple[str, str, str, str, str, str]:
    """What, ours, the rival's, the ratio, the budget, and whether it holds."""
    ratio = span(row.figure) if row.rival is not None else ""
    budget = str(row.budget) if row.budget else ""
    return (row.what, span(row.ours, row.unit), span(row.rival, row.unit), ratio, budget, row.verdict)


HEAD = ("what", "ours", "rival", "ratio", "budget", "")


def table(sections: Sequence[Section]) -> Table:
    """The table for a terminal."""
    made = Table(*HEAD, title="median (least-greatest)", title_justify="left")
    for section in sections:
        for row in section.rows:
            *first, verdict = cells(row)
            made.add_row(*first, f"[{STYLES[verdict]}]{verdict}[/]" if verdict else "")
        made.add_section()
    return made


def page(sections: Sequence[Section], run: Run) -> str:
    """The page: every figure of it was measured in this run; what bounds them stands in bounds.md."""
    bounds = read_bounds(BOUNDS.read_text(encoding="utf-8"))
    lines = [
        "# Benchmarks",
        "",
        "Written by the command below, not by hand. Each row is measured next to its rival in one run, by turns, in",
        "fresh processes; a ratio is that of the two sides of a round, shown as median (least-greatest) of the rounds.",
        "",
        f"- Date: {run.date}",
        f"- Command: `{run.command}`",
        f"- Machine: {run.machine}",
        f"- Versions: {run.versions}",
        f"- Load average before the run: {run.load_before:.1f}",
    ]
    for section in sections:
        lines += ["", f"## {section.title}", "", f"| {' | '.join(HEAD[:-1])} | |", "|---|---|---|---|---|---|"]
        lines += [f"| {' | '.join(cells(row))} |" for row in section.rows]
        lines += [f"\nNot measured: {row.missing}" for row in section.rows if row.missing]
        lines += ["", *(f"- {note}" for note in section.notes)] if section.notes else []
        lines += ["", bounds[section.key]]
    return "\n".join(lines) + "\n"


def read_bounds(text: str) -> dict[str, str]:
    """The paragraphs of bounds.md by the key in their headings."""
    parts = [part.partition("\n") for part in text.split("\n## ")[1:]]
    return {key.strip(): body.strip() for key, _, body in parts}

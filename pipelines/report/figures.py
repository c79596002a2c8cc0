"""The parts that a page is made of: sections of figures, each a table with or without a chart before it."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

Numbers = Sequence[float | int | None]


@dataclass(frozen=True)
class Chart:
    """What is drawn: one value of each series for each label."""

    kind: Literal["spans", "dates", "sideways", "line"]
    labels: Sequence[str]
    series: Sequence[tuple[str, Numbers]]
    unit: str = ""
    stacked: bool = False
    tints: Sequence[int] = ()
    """Which of the seven colours each series has; without it they follow one another."""

    def as_json(self, key: str) -> dict[str, Any]:
        """Return the chart for the page's script."""
        return {
            "id": key,
            "kind": self.kind,
            "labels": list(self.labels),
            "series": [{"label": name, "values": list(values)} for name, values in self.series],
            "unit": self.unit,
            "stacked": self.stacked,
            "tints": list(self.tints or range(1, len(self.series) + 1)),
        }


@dataclass(frozen=True)
class Table:
    """Rows of texts; the first column names the row, `numbers` stand to the right, `moments` are never broken."""

    columns: Sequence[str]
    rows: Sequence[Sequence[str]]
    numbers: frozenset[int] = frozenset()
    moments: frozenset[int] = frozenset()


@dataclass(frozen=True)
class Figure:
    """A table with its title, its words, and maybe a chart, behind which the table is folded away."""

    key: str
    title: str
    table: Table
    words: str = ""
    chart: Chart | None = None


@dataclass(frozen=True)
class Tile:
    """One number that stands at the top, `link` being the key of the section that tells more."""

    name: str
    value: str
    words: str = ""
    is_worry: bool = False
    link: str = ""
    moment: str = ""


@dataclass(frozen=True)
class Section:
    """A question with the figures that answer it; without figures its words say why there are none."""

    key: str
    title: str
    words: str = ""
    figures: Sequence[Figure] = field(default_factory=tuple)
    is_paired: bool = False
    """Two figures beside one another where the window is wide."""

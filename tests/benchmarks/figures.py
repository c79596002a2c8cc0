"""What a run measured, and what follows from it: samples, ratios, and whether a budget holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import median


@dataclass(frozen=True, slots=True)
class Samples:
    """One figure, measured several times."""

    values: tuple[float, ...]

    @property
    def median(self) -> float:
        """The figure that stands for all."""
        return median(self.values)

    @property
    def low(self) -> float:
        """The least of them."""
        return min(self.values)

    @property
    def high(self) -> float:
        """The greatest of them."""
        return max(self.values)

    def over(self, rival: Samples) -> Samples:
        """The ratio of each round: both sides of a round ran next to each other, so what slowed one slowed both."""
        return Samples(tuple(ours / theirs for ours, theirs in zip(self.values, rival.values, strict=True)))


@dataclass(frozen=True, slots=True)
class Budget:
    """A limit of the design on the median."""

    limit: float
    at_most: bool

    def holds(self, figure: Samples) -> bool:
        """Whether the figure keeps within the limit."""
        return figure.median <= self.limit if self.at_most else figure.median >= self.limit

    def __str__(self) -> str:
        return f"{'≤' if self.at_most else '≥'} {f'{self.limit:,.0f}' if self.limit >= 100 else f'{self.limit:g}'}"


@dataclass(frozen=True, slots=True)
class Row:
    """One line of the result: ours, the rival's, and their ratio; without a rival the figure itself has the budget."""

    key: str
    what: str
    unit: str
    ours: Samples | None
    rival: Samples | None = None
    budget: Budget | None = None
    missing: str = ""
    """Why it was not measured, where it was not."""

    @property
    def figure(self) -> Samples | None:
        """What the budget is about."""
        if self.ours is None or self.rival is None:
            return self.ours
        return self.ours.over(self.rival)

    @property
    def verdict(self) -> str:
        """`holds`, `missed`, `not measured`, or nothing where there is no budget."""
        if self.figure is None:
            return "not measured"
        if self.budget is None:
            return ""
        return "holds" if self.budget.holds(self.figure) else "missed"


@dataclass(slots=True)
class Section:
    """Rows that belong together, with the sentences that explain this run's figures."""

    key: str
    title: str
    rows: list[Row] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def quantile(ordered: Sequence[float], share: float) -> float:
    """The value below which `share` of the ordered values lie."""
    return ordered[min(len(ordered) - 1, int(len(ordered) * share))]

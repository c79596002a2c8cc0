"""Chance that gives the same numbers on every machine: quantile tables, joined by straight lines."""

from bisect import bisect_right
from itertools import pairwise

from .clock import DAY, HOUR, MINUTE, SECOND


class Quantiles:
    """A distribution given by its quantiles; only additions and products, so no machine rounds it differently."""

    __slots__ = ("_lines", "_shares")

    def __init__(self, unit: int, *points: tuple[float, float]) -> None:
        self._shares = [share for share, _ in points]
        self._lines = [
            (before[0], before[1] * unit, (after[1] - before[1]) * unit / (after[0] - before[0]))
            for before, after in pairwise(points)
        ]

    def at(self, share: float) -> int:
        """The value below which `share` (0 <= share < 1) of all draws lie, as a whole number."""
        begin, value, slope = self._lines[bisect_right(self._shares, share) - 1]
        return int(value + (share - begin) * slope)


# BPI Challenge 2020, domestic declarations: days from the first submission, see the figures of the source
APPROVAL = Quantiles(
    DAY,
    (0, 0.0002),
    (0.1, 0.004),
    (0.25, 0.12),
    (0.5, 1.5),
    (0.75, 4.9),
    (0.9, 8.8),
    (0.93, 13),
    (0.96, 23),
    (0.99, 54),
    (1, 110),
)
PAYMENT = Quantiles(
    DAY,
    (0, 1.2),
    (0.1, 3.3),
    (0.25, 5.1),
    (0.5, 7.4),
    (0.75, 12),
    (0.9, 19),
    (0.93, 26),
    (0.96, 39),
    (0.99, 70),
    (1, 130),
)

DRAFTING = Quantiles(MINUTE, (0, 0.4), (0.3, 3), (0.7, 12), (0.9, 300), (1, 2880))
OFFICE_HOURS = Quantiles(MINUTE, (0, 240), (0.05, 420), (0.5, 780), (0.95, 1140), (1, 1439))
ABSENCE_DECISION = Quantiles(HOUR, (0, 0.05), (0.25, 2), (0.5, 9), (0.75, 30), (0.95, 120), (1, 500))

# of the delivery behind the sender's clock: at once, out of order, late
PROMPT = Quantiles(1, (0, 20), (0.5, 120), (0.95, 600), (1, 2500))
OUT_OF_ORDER = Quantiles(SECOND, (0, 2), (0.7, 40), (1, 900))
LATE = Quantiles(HOUR, (0, 0.25), (0.5, 3), (0.9, 30), (1, 200))
REDELIVERY = Quantiles(SECOND, (0, 0.3), (0.6, 12), (0.9, 900), (1, 90_000))
ECHO = Quantiles(1, (0, 1), (0.6, 250), (0.95, 1500), (1, 4000))


def payment_share(approval_share: float, chance: float) -> float:
    """The share to ask PAYMENT at, given APPROVAL's: redrawn within its tenth, so both distributions stay as stated.

    No payment then comes before its approval: the lowest payment of each tenth lies above its highest approval, but
    in the last tenth, where the same share is kept.
    """
    if approval_share >= 0.9:
        return approval_share
    return (int(approval_share * 10) + chance) / 10

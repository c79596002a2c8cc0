"""What is simulated: so many events of a seed within a period, and the blocks of days they are made in."""

from dataclasses import dataclass

from .clock import DAY

_BLOCK_EVENTS = 25_000
_WEEK = (1.0, 1.05, 1.1, 1.05, 0.9, 0.2, 0.15)
_RAMP_DAYS = 21

Block = list[tuple[int, int]]
"""Days since the epoch, each with how many of the block's events have begun when it ends; each is made by itself."""


@dataclass(frozen=True, slots=True)
class Period:
    """`events` distinct ids of one seed in so many days up to `until` (milliseconds since the epoch)."""

    events: int
    seed: int
    until: int
    days: int

    def __post_init__(self) -> None:
        if self.events < 0 or self.days < 1:
            message = (
                f"cannot simulate {self.events} events in {self.days} days; ask for 0 events or more, in 1 day or more"
            )
            raise ValueError(message)

    def blocks(self) -> list[Block]:
        """All days in order: a function of the period, so the same whoever makes which block."""
        blocks: list[Block] = [[]]
        before = 0
        for day, share in self._shares():
            begun = int(self.events * share)
            blocks[-1].append((day, begun - before))
            if begun - before >= _BLOCK_EVENTS:
                blocks.append([])
                before = begun
        return blocks if blocks[-1] else blocks[:-1]

    def _shares(self) -> list[tuple[int, float]]:
        """Each day, and the share of all events that has begun when it ends."""
        last = (self.until - 1) // DAY
        days = range(last - self.days + 1, last + 1)
        weights = [_WEEK[(day + 3) % 7] * (0.45 + 0.55 * min(1.0, (last - day) / _RAMP_DAYS)) for day in days]
        total, passed = sum(weights), 0.0
        shares: list[tuple[int, float]] = []
        for day, weight in zip(days, weights, strict=True):
            passed += weight
            shares.append((day, 1.0 if day == last else passed / total))
        return shares

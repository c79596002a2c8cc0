"""The receipt clock: wall time in microseconds that never stands still and never goes back within a process."""

import time
from collections.abc import Callable


class Clock:
    """Strictly increasing microseconds since the epoch, also when the machine's clock is set back; for one thread."""

    def __init__(self, now_ns: Callable[[], int] = time.time_ns) -> None:
        """Take the wall clock, or another one for a test."""
        self._now_ns = now_ns
        self._last = 0

    def tick(self) -> int:
        """The time now, or one microsecond after the last answer if the wall clock has not moved on."""
        self._last = last = max(self._now_ns() // 1000, self._last + 1)
        return last

"""The sustained rate that Oyster allows: kept by waiting before a request, so that no 429 is provoked."""

import time
from collections import deque
from collections.abc import Callable

Sleep = Callable[[float], None]
Now = Callable[[], float]

REQUESTS, WINDOW_SECONDS = 300, 300.0
BURST, BURST_SECONDS = 40, 1.0


class RateLimit:
    """At most 300 requests in any five minutes and 40 in any second, counted from when each was let go."""

    def __init__(self, sleep: Sleep = time.sleep, now: Now = time.monotonic) -> None:
        """Take the machine's clock, or another for a test."""
        self._sleep, self._now = sleep, now
        self._sent: deque[float] = deque(maxlen=REQUESTS)

    def wait(self) -> None:
        """Return as soon as one more request keeps the rate."""
        now = self._now()
        earliest = now
        if len(self._sent) == REQUESTS:
            earliest = max(earliest, self._sent[0] + WINDOW_SECONDS)
        if len(self._sent) >= BURST:
            earliest = max(earliest, self._sent[-BURST] + BURST_SECONDS)
        if earliest > now:
            self._sleep(earliest - now)
        self._sent.append(max(earliest, self._now()))

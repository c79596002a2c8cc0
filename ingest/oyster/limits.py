"""The sustained rate that Oyster allows: kept by waiting before a request, so that no 429 is provoked, or as told."""

import time
from collections import deque
from collections.abc import Callable
from email.utils import parsedate_to_datetime

Sleep = Callable[[float], None]
Now = Callable[[], float]

REQUESTS, WINDOW_SECONDS = 300, 300.0
BURST, BURST_SECONDS = 40, 1.0
_LONGEST = 1e9


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


def asked_wait(retry_after: str | None, now: float) -> float | None:
    """The seconds that a `Retry-After` asks for, told as seconds or as a date; None where it tells neither."""
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(float(text), _LONGEST)
    try:
        return max(parsedate_to_datetime(text).timestamp() - now, 0.0)
    except (ValueError, OverflowError):
        return None

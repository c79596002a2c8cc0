"""ULIDs, opaque ids and ISO texts from milliseconds, by table look-up: the simulator makes them by the million."""

from datetime import UTC, date, datetime
from functools import cache

ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
DAY = 86_400_000
HOUR = 3_600_000
MINUTE = 60_000
SECOND = 1_000

_STRIDE = 0x9E3779B97F
_EPOCH_ORDINAL = date(1970, 1, 1).toordinal()
_TRIPLES = [a + b + c for a in ALPHABET for b in ALPHABET for c in ALPHABET]
_LOWER = [text.lower() for text in _TRIPLES]
_LOWER_PAIRS = [text[1:] for text in _LOWER[:1024]]
_HOUR_MINUTE = [f"T{minute // 60:02d}:{minute % 60:02d}:" for minute in range(1440)]
_SECONDS = [f"{second:02d}." for second in range(60)]
_MILLISECONDS = [f"{millisecond:03d}Z" for millisecond in range(1000)]


def ulid(milliseconds: int, entropy: int) -> str:
    """The ULID of a sender's clock and 80 random bits."""
    t = _TRIPLES
    return (
        f"{ALPHABET[milliseconds >> 45]}{t[milliseconds >> 30 & 32767]}{t[milliseconds >> 15 & 32767]}"
        f"{t[milliseconds & 32767]}{ALPHABET[entropy >> 75]}{t[entropy >> 60 & 32767]}{t[entropy >> 45 & 32767]}"
        f"{t[entropy >> 30 & 32767]}{t[entropy >> 15 & 32767]}{t[entropy & 32767]}"
    )


def milliseconds_of(moment: datetime) -> int:
    """Whole milliseconds since the epoch of an aware datetime, exactly."""
    since = moment - datetime(1970, 1, 1, tzinfo=UTC)
    return since.days * DAY + since.seconds * SECOND + since.microseconds // 1000


def datetime_of(milliseconds: int) -> datetime:
    """The aware UTC datetime of whole milliseconds since the epoch, exactly."""
    seconds, rest = divmod(milliseconds, SECOND)
    return datetime.fromtimestamp(seconds, tz=UTC).replace(microsecond=rest * 1000)


@cache
def iso_date(days: int) -> str:
    """`2026-11-20`, from days since the epoch."""
    return date.fromordinal(_EPOCH_ORDINAL + days).isoformat()


def iso(milliseconds: int) -> str:
    """`2026-11-20T18:00:00.000Z`, from milliseconds since the epoch."""
    days, rest = divmod(milliseconds, DAY)
    minute, rest = divmod(rest, MINUTE)
    second, rest = divmod(rest, SECOND)
    return f"{iso_date(days)}{_HOUR_MINUTE[minute]}{_SECONDS[second]}{_MILLISECONDS[rest]}"


class OpaqueIds:
    """Short ids such as `zxbhh9d8`: all distinct, because a counter is carried through a bijection of 40 bits."""

    def __init__(self, offset: int) -> None:
        self._offset = offset
        self.begin(0)

    def begin(self, day: int) -> None:
        """Count on from a place that is this day's: no other's ids are met for the next 16 million."""
        self._state = (self._offset + (day << 24) * _STRIDE) & 0xFFFFFFFFFF

    def next(self) -> str:
        """The next id of eight characters."""
        self._state = state = (self._state + _STRIDE) & 0xFFFFFFFFFF
        return f"{_LOWER_PAIRS[state >> 30]}{_LOWER[state >> 15 & 32767]}{_LOWER[state & 32767]}"

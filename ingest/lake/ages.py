"""How old deliveries are, and how whole days of them go.

A delivery is as old as its receipt or, where its id tells a clock, as that clock says: an old event that is imported
again is received today, and is still old. A clock before Oyster had webhooks is none: the id only looks like one.
"""

from collections.abc import Iterable
from datetime import UTC, date, datetime, time
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.lake import durable, layout, manifests

FIRST = date(2020, 1, 1)
"""No event of Oyster is older."""
DIGITS = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
ULID = "^wh_[0-7][0-9A-HJKMNP-TV-Za-hjkmnp-tv-z]{25}$"
CLOCK = (3, 13)
"""Where the milliseconds stand in an id, as ten digits of base 32: they sort as the clock does."""


def received_before(received: pa.Array, before: str) -> pa.Array:
    """For each receipt time (UTC, without zone), whether it is before a date; an empty date is before everything."""
    day = datetime.combine(date.fromisoformat(before), time()) if before else datetime(1, 1, 1)  # noqa: DTZ001
    return pc.less(received, pa.scalar(day, pa.timestamp("us")))


def occurred_before(ids: pa.Array, before: str) -> pa.Array:
    """For each id, whether it tells a clock that is before a date; an empty date is before everything."""
    if not before:
        return pa.array([False] * len(ids), pa.bool_())
    return pc.and_(tells_clock(ids), pc.less(_clock(ids), _digits(date.fromisoformat(before))))


def tells_clock(ids: pa.Array) -> pa.Array:
    """For each id, whether it tells when the event occurred."""
    return pc.and_(pc.match_substring_regex(ids, ULID), pc.greater_equal(_clock(ids), _digits(FIRST)))


def remove_days(folders: Iterable[Path]) -> None:
    """Remove all that we keep in these days' folders, and the folders unless others put files or a link there.

    Raises `LakeUnwritable`. May be called again after it died.
    """
    for folder in sorted(folders):
        for path in sorted(folder.iterdir(), key=lambda path: path.name.startswith(".")):
            if layout.writer(path.name) or path.name.endswith((manifests.REPLACING, manifests.REPLACED, ".tmp")):
                path.unlink(missing_ok=True)
        if not any(folder.iterdir()) and not folder.is_symlink():
            folder.rmdir()
            folder = folder.parent  # noqa: PLW2901 - its entry is what changed last
        durable.sync_folder(folder)


def days_before(root: Path, kind: layout.Kind, before: str) -> list[Path]:
    """The folders of the days before a date, oldest first."""
    found = sorted((root / kind).glob(f"{layout.PARTITION}????-??-??"))
    return [folder for folder in found if folder.name.removeprefix(layout.PARTITION) < before]


def _clock(ids: pa.Array) -> pa.Array:
    return pc.ascii_upper(pc.utf8_slice_codeunits(ids, *CLOCK))


def _digits(day: date) -> str:
    rest = int(datetime.combine(day, time(), UTC).timestamp() * 1000)
    digits = ""
    for _ in range(CLOCK[1] - CLOCK[0]):
        rest, digit = divmod(rest, len(DIGITS))
        digits = DIGITS[digit] + digits
    return digits

"""Values as a person reads them."""

from collections.abc import Sequence
from datetime import date, datetime
from decimal import Decimal

NOT_TOLD = "not told"
NOTHING = "–"  # noqa: RUF001 - a dash, as in a table


def count(value: int) -> str:
    """Return a whole number with its thousands apart."""
    return f"{value:,}"


def counted(value: int, one: str, many: str) -> str:
    """Return a whole number with what it counts: `1 conflict`, `1,200 conflicts`."""
    return f"{count(value)} {one if value == 1 else many}"


def span(seconds: float | None) -> str:
    """Return a span of time in the unit that suits it."""
    if seconds is None:
        return NOTHING
    for name, length, until in (("s", 1, 60), ("min", 60, 3600), ("h", 3600, 172_800)):
        if abs(seconds) < until:
            return f"{seconds / length:.1f} {name}"
    return f"{seconds / 86_400:.1f} days"


def share(part: int, whole: int) -> str:
    """Return a part of a whole in percent."""
    return f"{100 * part / whole:.1f} %" if whole else NOTHING


def money(value: Decimal | None) -> str:
    """Return an amount exactly: with two decimals, or more where it has more."""
    if value is None:
        return NOTHING
    text = f"{value:,.9f}".rstrip("0")
    whole, _, fraction = text.partition(".")
    return f"{whole}.{fraction:0<2}"


def moment(value: datetime | None) -> str:
    """Return a moment in UTC, to the minute."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M} UTC"


def minute(value: datetime | None) -> str:
    """Return a moment to the minute, for a column that says that it is UTC."""
    return NOTHING if value is None else f"{value:%Y-%m-%d %H:%M}"


def day(value: date) -> str:
    """Return a day."""
    return value.isoformat()


def month(value: date) -> str:
    """Return a month."""
    return f"{value:%Y-%m}"


def text(value: object) -> str:
    """Return a sender's text, or that there is none; escaping is the template's work."""
    return NOT_TOLD if value is None else str(value)


def listed(*counts: tuple[int, str, str]) -> str:
    """Return what there is any of, as `3 conflicts, 1 misfit`; empty where there is nothing."""
    return ", ".join(counted(*one) for one in counts if one[0])


def apart(ids: Sequence[str], companies: Sequence[str]) -> list[str]:
    """Return ids of people for a chart, each with its company where the id alone names several."""
    return [f"{one} in {company}" if ids.count(one) > 1 else one for one, company in zip(ids, companies, strict=True)]

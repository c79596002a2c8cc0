"""The kinds of values seen at one place, as bits, and the least type that holds them all exactly.

A place's bits are the union of the bits of those values that taught it something, and the type does not depend on their
order or batching. What the columns hold already teaches nothing: a bit that changes no type may be there or not.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import TypeAlias

from warehouse.schema.tokens import Fraction, Integer, Value

Kinds: TypeAlias = int
"""A union of the bits in Kind. Plain numbers: an enum's operators cost ten times as much, at every leaf."""


class Kind:
    """What has been seen; a NOT_ bit says that one value at least does not fit that type."""

    NULL = 1
    BOOLEAN = 1 << 1
    INTEGER = 1 << 2
    FRACTION = 1 << 3
    TEXT = 1 << 4
    OBJECT = 1 << 5
    EMPTY_OBJECT = 1 << 6
    ARRAY = 1 << 7
    NOT_BIGINT = 1 << 8
    NOT_HUGEINT = 1 << 9
    NOT_DECIMAL = 1 << 10
    NOT_DOUBLE = 1 << 11
    NOT_DATE = 1 << 12
    NOT_TIMESTAMP = 1 << 13
    NOT_NUMERIC = 1 << 14
    NOT_MONEY = 1 << 15
    """An object that is not exactly `decimal` and `currencyCode`."""
    BEYOND = 1 << 16
    """At the root of a table: members that no column is left for."""
    NO_TABLE = 1 << 17
    """At the elements of an array: objects that no table is left for."""


NUMBER = Kind.INTEGER | Kind.FRACTION
SCALAR = Kind.BOOLEAN | NUMBER | Kind.TEXT
ANY_OBJECT = Kind.OBJECT | Kind.EMPTY_OBJECT
LIMITS = Kind.BEYOND | Kind.NO_TABLE

DECIMAL = "DECIMAL(38,9)"
DATE_PATTERN = "[0-9]{4}-[0-9]{2}-[0-9]{2}"
TIMESTAMP_PATTERN = (
    "[0-9]{4}-[0-9]{2}-[0-9]{2}T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]"
    r"(\.[0-9]{1,6})?(Z|[+-](0[0-9]|1[0-5]):?[0-5][0-9])"
)
FIRST_DAY, FIRST_TIMESTAMP, LAST_TIMESTAMP = "0001-01-01", "0001-01-02", "9999-12-31"
"""Text below and above stays text: the instants would leave the years 1 to 9999 that clients can hold."""
NUMERIC_PATTERN = r"-?[0-9]+(\.[0-9]+)?"
"""Oyster's `decimal` is documented as `^\\d+([.]\\d+)?$`; a sign in front is taken too."""

_date = re.compile(DATE_PATTERN)
_timestamp = re.compile(TIMESTAMP_PATTERN)
_numeric = re.compile(NUMERIC_PATTERN)
SHORT = 16
"""A number of at most 15 digits and a point is exact as a double, and as DECIMAL(38,9) by its fraction alone."""


def is_date(text: str) -> bool:
    """Whether the text is a day of the calendar as `2026-01-31`."""
    if len(text) != 10 or not _date.fullmatch(text):
        return False
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_timestamp(text: str) -> bool:
    """Whether the text is an ISO 8601 instant with a zone and at most microseconds."""
    if len(text) < 20 or text[10] != "T" or not FIRST_TIMESTAMP <= text < LAST_TIMESTAMP:
        return False
    if not _timestamp.fullmatch(text):
        return False
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True


def is_numeric(text: str) -> bool:
    """Whether the text is what Oyster writes as the `decimal` of an amount."""
    return _numeric.fullmatch(text) is not None


def fits_decimal(token: str) -> bool:
    """Whether DECIMAL(38,9) holds the number exactly."""
    decimals = len(token) - token.find(".") - 1 if "." in token else 0
    if len(token) <= SHORT and decimals <= 9 and "e" not in token and "E" not in token:
        return True
    try:
        _, digits, exponent = Decimal(token).as_tuple()
    except InvalidOperation:
        return False
    if not isinstance(exponent, int):
        return False
    significant = len(str_digits := "".join(map(str, digits)).rstrip("0"))
    exponent += len(digits) - len(str_digits)
    return not significant or (exponent >= -9 and significant + exponent <= 29)


def fits_double(token: str) -> bool:
    """Whether the nearest double is written with the same value."""
    digits = len(token) - token.count(".") - token.startswith("-")
    if digits < SHORT and "e" not in token and "E" not in token:
        return True
    try:
        return Decimal(repr(float(token))) == Decimal(token)
    except InvalidOperation:
        return False


def number_kind(token: str) -> Kinds:
    """The bits of a number's token: which of the numeric types do not hold it."""
    seen = Kind.INTEGER if isinstance(token, Integer) else Kind.FRACTION
    if isinstance(token, Integer):
        digits = len(token) - token.startswith("-")
        if digits > 18:
            seen |= _beyond_integers(token, digits)
    if not fits_decimal(token):
        seen |= Kind.NOT_DECIMAL
    if not fits_double(token):
        seen |= Kind.NOT_DOUBLE
    return seen


def _beyond_integers(token: str, digits: int) -> Kinds:
    if digits > 39:
        return Kind.NOT_BIGINT | Kind.NOT_HUGEINT
    value = int(token)
    beyond = 0
    if not -(2**63) <= value < 2**63:
        beyond |= Kind.NOT_BIGINT
    if not -(2**127) <= value < 2**127:
        beyond |= Kind.NOT_HUGEINT
    return beyond


_PLAIN = Kind.TEXT | Kind.NOT_DATE | Kind.NOT_TIMESTAMP
_DATE = Kind.TEXT | Kind.NOT_TIMESTAMP
_TIMESTAMP = Kind.TEXT | Kind.NOT_DATE


def text_kind(text: str, *, amount: bool) -> Kinds:
    """The bits of a text; `amount` where it stands as the `decimal` of an object."""
    seen = _DATE if is_date(text) else _TIMESTAMP if is_timestamp(text) else _PLAIN
    if not amount or not is_numeric(text):
        return seen | Kind.NOT_NUMERIC
    if not fits_decimal(text):
        seen |= Kind.NOT_DECIMAL
    if not fits_double(text):
        seen |= Kind.NOT_DOUBLE
    return seen


def scalar_kind(value: Value, *, amount: bool = False) -> Kinds:
    """The bits of null, a boolean, a number or a text."""
    kind = type(value)
    if kind is str:
        return text_kind(str(value), amount=amount)
    if value is None:
        return Kind.NULL
    if isinstance(value, bool):
        return Kind.BOOLEAN
    if isinstance(value, Integer | Fraction):
        return number_kind(value)
    raise TypeError(kind)


def scalar_type(seen: Kinds, *, amount: bool = False) -> str:
    """The least type that holds every scalar seen exactly; `amount` under an object that was money each time."""
    kinds = seen & SCALAR
    if not kinds & ~Kind.BOOLEAN:
        return "BOOLEAN"
    if amount and not kinds & Kind.BOOLEAN and not (kinds & Kind.TEXT and seen & Kind.NOT_NUMERIC):
        return _fractional(seen)
    if kinds == Kind.TEXT:
        return "DATE" if not seen & Kind.NOT_DATE else "TIMESTAMPTZ" if not seen & Kind.NOT_TIMESTAMP else "VARCHAR"
    if kinds == Kind.INTEGER:
        return "BIGINT" if not seen & Kind.NOT_BIGINT else "HUGEINT" if not seen & Kind.NOT_HUGEINT else "VARCHAR"
    return _fractional(seen) if not kinds & ~NUMBER else "VARCHAR"


def _fractional(seen: Kinds) -> str:
    if not seen & Kind.NOT_DECIMAL:
        return DECIMAL
    return "DOUBLE" if not seen & Kind.NOT_DOUBLE else "VARCHAR"

"""Is a cell exactly the value of the body? Worked out from the JSON's own tokens, without the casts of the flatten."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any, TypeAlias

from warehouse.schema.places import Steps
from warehouse.schema.tokens import Fraction, Integer, Members, Value, parse

Leaf: TypeAlias = tuple[Steps, Any]

UNREADABLE = (ValueError, RecursionError)
"""What a text raises that is no JSON, or too deep: then it is not what was sent."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


def leaves(value: Value, steps: Steps) -> Iterator[Leaf]:
    """Each scalar of a value that is not null, in a form in which equal values are equal, with the way to it."""
    if isinstance(value, Members):
        for key, member in value.pairs:
            yield from leaves(member, (*steps, key))
    elif isinstance(value, list):
        for element in value:
            yield from leaves(element, (*steps, None))
    elif value is not None:
        yield steps, scalar(value)


def scalar(value: Value) -> Any:
    """A boolean, number or text, comparable: a number is one also where it is written in another way."""
    if isinstance(value, bool):
        return ("boolean", value)
    return number(value) if isinstance(value, Integer | Fraction) else value


def number(token: str) -> Decimal | str:
    """The exact number; the token itself where it is none, or its exponent is beyond all arithmetic."""
    try:
        found = Decimal(token)
    except InvalidOperation:
        return token
    return found if found.is_finite() else token


def same(type_: str, value: Value, cell: Any) -> bool:
    """Whether the cell of a column of this type, as ColumnLayout.shown hands it out, is exactly the value."""
    if type_ == "JSON":
        try:
            return bool(_comparable(parse(cell)) == _comparable(value))
        except UNREADABLE:
            return False
    if type_.endswith("[]"):
        return isinstance(value, list) and _same_list(type_[:-2], value, cell)
    if value is None or isinstance(value, Members | list):
        return False
    return _same_scalar(type_, value, cell)


def _same_scalar(type_: str, value: bool | str, cell: Any) -> bool:
    if type_ == "VARCHAR":
        return bool(cell == (("true" if value else "false") if isinstance(value, bool) else value))
    if isinstance(value, bool) or type_ == "BOOLEAN":
        return type_ == "BOOLEAN" and cell is value
    if type_ == "TIMESTAMPTZ":
        return bool(cell == _instant(value))
    if type_ == "DATE":
        return not isinstance(value, Integer | Fraction) and bool(cell == value)
    return number(repr(cell) if type_ == "DOUBLE" else str(cell)) == number(value)


def _same_list(type_: str, values: list[Value], cells: list[Any]) -> bool:
    return len(values) == len(cells) and all(
        cell is None if value is None else cell is not None and same(type_, value, cell)
        for value, cell in zip(values, cells, strict=True)
    )


def _comparable(value: Value) -> Any:
    if isinstance(value, Members):
        return ("{", [(key, _comparable(member)) for key, member in value.pairs])
    if isinstance(value, list):
        return [_comparable(element) for element in value]
    return None if value is None else scalar(value)


def _instant(value: str) -> int | None:
    """A time with a zone, in µs since 1970."""
    try:
        moment = datetime.fromisoformat(value)
    except ValueError:
        return None
    return (moment - _EPOCH) // _MICROSECOND if moment.tzinfo else None

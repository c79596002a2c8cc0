"""JSON read without losing a digit: numbers stay the text they were, objects keep repeated keys."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import TypeAlias


class Integer(str):
    """A JSON number without fraction and exponent, as written."""

    __slots__ = ()


class Fraction(str):
    """A JSON number with a fraction or an exponent, as written."""

    __slots__ = ()


class Members:
    """A JSON object: its members in order, a repeated key as often as it stands there."""

    __slots__ = ("pairs",)

    def __init__(self, pairs: list[tuple[str, Value]]) -> None:
        self.pairs = pairs

    def first(self) -> dict[str, Value]:
        """The members by key; of a repeated key the first, as DuckDB reads it."""
        found: dict[str, Value] = {}
        for key, value in self.pairs:
            found.setdefault(key, value)
        return found

    def repeated(self) -> Iterator[tuple[str, Value]]:
        """The members whose key has stood earlier in the same object."""
        seen: set[str] = set()
        for key, value in self.pairs:
            if key in seen:
                yield key, value
            seen.add(key)


Value: TypeAlias = "bool | str | Integer | Fraction | Members | list[Value] | None"

_decoder = json.JSONDecoder(parse_int=Integer, parse_float=Fraction, object_pairs_hook=Members)


def parse(text: str) -> Value:
    """The value of a valid JSON text, numbers as their tokens."""
    value: Value = _decoder.decode(text)
    return value


def dump(value: Value) -> str:
    """Compact JSON text of a parsed value, with every number as it was written."""
    if value is None:
        return "null"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Integer | Fraction):
        return str(value)
    if isinstance(value, str):
        return json.dumps(value, ensure_ascii=False)
    if isinstance(value, Members):
        return (
            "{" + ",".join(f"{json.dumps(key, ensure_ascii=False)}:{dump(member)}" for key, member in value.pairs) + "}"
        )
    return "[" + ",".join(map(dump, value)) + "]"

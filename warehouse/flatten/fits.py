"""When does a value hold exactly in its column? It can be cast, and its text meets the condition of its type.

`{t}` is the value's text as DuckDB extracts it from JSON. A number with at most 16 characters and no exponent survives
that extraction digit by digit; documents with longer numbers take the exact lane (see EXOTIC).
"""

from __future__ import annotations

from warehouse.quoting import literal
from warehouse.schema.columns import Column
from warehouse.schema.kinds import (
    DATE_PATTERN,
    DECIMAL,
    FIRST_DAY,
    FIRST_TIMESTAMP,
    LAST_TIMESTAMP,
    NUMERIC_PATTERN,
    TIMESTAMP_PATTERN,
)

EXOTIC = r"[:\[,][ \t\r\n]*(-?([0-9.]{17}|[0-9]+(\.[0-9]+)?[eE])|-0[^.0-9])"
"""A number too long, or written in a way, for `->>` to give it back as it was; -0 is one."""

_INTEGERS = ("UBIGINT", "BIGINT")
_NUMBERS = (*_INTEGERS, "DOUBLE")

_JSON_TYPES = {
    "BOOLEAN": ("BOOLEAN",),
    "BIGINT": _INTEGERS,
    "HUGEINT": _INTEGERS,
    DECIMAL: _NUMBERS,
    "DOUBLE": _NUMBERS,
    "DATE": ("VARCHAR",),
    "TIMESTAMPTZ": ("VARCHAR",),
    "VARCHAR": (*_INTEGERS, "VARCHAR", "BOOLEAN"),
}

_MUST_CAST = {"BIGINT", DECIMAL, "DATE", "TIMESTAMPTZ"}
"""Types that do not take each text of a fitting JSON type."""

_CONDITIONS = {
    "BOOLEAN": "",
    "BIGINT": "",
    "HUGEINT": "",
    DECIMAL: r"regexp_full_match({t}, '-?[0-9]+(\.[0-9]{1,9})?')",
    "DOUBLE": "(contains({t}, '.') or contains({t}, 'e') or abs(try_cast({t} as HUGEINT)) <= 9007199254740992)",
    "DATE": f"{{t}} >= {literal(FIRST_DAY)} and regexp_full_match({{t}}, {literal(DATE_PATTERN)})",
    "TIMESTAMPTZ": f"{{t}} >= {literal(FIRST_TIMESTAMP)} and {{t}} < {literal(LAST_TIMESTAMP)}"
    f" and regexp_full_match({{t}}, {literal(TIMESTAMP_PATTERN)})",
    "VARCHAR": "",
}

_NUMERIC_TEXTS = {
    "BIGINT": "regexp_full_match({t}, '-?[0-9]+')",
    "HUGEINT": "regexp_full_match({t}, '-?[0-9]+')",
    DECIMAL: _CONDITIONS[DECIMAL],
    "DOUBLE": "length({t}) <= 16 and regexp_full_match({t}, "
    + literal(NUMERIC_PATTERN)
    + ") and "
    + _CONDITIONS["DOUBLE"],
}
"""The same for columns that take texts of numbers beside numbers."""


def text_types(column: Column) -> tuple[str, ...]:
    """JSON's types, as DuckDB names them, that the fast lane takes into a column of this type."""
    types = _JSON_TYPES[column.type.removesuffix("[]")]
    return (*types, "VARCHAR") if _takes_numeric_text(column) else types


def must_cast(column: Column) -> bool:
    """Whether a text of a fitting JSON type may fail to be one of the column's type."""
    type_ = column.type.removesuffix("[]")
    return type_ in _MUST_CAST or (type_ == "HUGEINT" and _takes_numeric_text(column))


def text_condition(column: Column, text: str) -> str:
    """What must be true of a text that can be cast for the value to be exactly it; empty where nothing must."""
    conditions = _NUMERIC_TEXTS if _takes_numeric_text(column) else _CONDITIONS
    return conditions[column.type.removesuffix("[]")].replace("{t}", text)


def condition(column: Column, text: str) -> str:
    """SQL that is true where a text of a fitting JSON type holds exactly in the column; empty where each does."""
    cast = [f"try_cast({text} as {column.type.removesuffix('[]')}) is not null"] if must_cast(column) else []
    exact = text_condition(column, text)
    return " and ".join([*cast, *([exact] if exact else [])])


def _takes_numeric_text(column: Column) -> bool:
    return (column.amount or column.declared) and column.type in {DECIMAL, "DOUBLE", "BIGINT", "HUGEINT"}

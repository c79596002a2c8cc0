"""When does a value hold exactly in its column? The conditions of the fast lane, one for each type.

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

_CONDITIONS = {
    "BOOLEAN": "true",
    "BIGINT": "{v} is not null",
    "HUGEINT": "true",
    DECIMAL: "(length({t}) - strpos({t}, '.') <= 9 or strpos({t}, '.') = 0) and not contains({t}, 'e')"
    " and {v} is not null",
    "DOUBLE": "(contains({t}, '.') or contains({t}, 'e') or abs(try_cast({t} as HUGEINT)) <= 9007199254740992)",
    "DATE": f"regexp_full_match({{t}}, {literal(DATE_PATTERN)}) and {{t}} >= {literal(FIRST_DAY)}"
    " and {v} is not null",
    "TIMESTAMPTZ": f"regexp_full_match({{t}}, {literal(TIMESTAMP_PATTERN)}) and {{t}} >= {literal(FIRST_TIMESTAMP)}"
    f" and {{t}} < {literal(LAST_TIMESTAMP)} and {{v}} is not null",
    "VARCHAR": "true",
}

_NUMERIC_TEXT = f"(length({{t}}) <= 16 and regexp_full_match({{t}}, {literal(NUMERIC_PATTERN)}))"


def text_types(column: Column) -> tuple[str, ...]:
    """JSON's types, as DuckDB names them, that the fast lane takes into a column of this type."""
    types = _JSON_TYPES[column.type.removesuffix("[]")]
    return (*types, "VARCHAR") if _takes_numeric_text(column) else types


def condition(column: Column, text: str, json_type: str | None = None, value: str | None = None) -> str:
    """SQL that is true where a text of a fitting JSON type holds exactly in the column's type, never null.

    `value` names the text cast to that type, where that is at hand.
    """
    type_ = column.type.removesuffix("[]")
    value = value or f"try_cast({text} as {type_})"
    fits = _CONDITIONS[type_].replace("{t}", text).replace("{v}", value)
    if json_type is not None and _takes_numeric_text(column):
        fits = f"({json_type} <> 'VARCHAR' or {_NUMERIC_TEXT.replace('{t}', text)}) and {fits}"
    return fits


def _takes_numeric_text(column: Column) -> bool:
    return (column.amount or column.declared) and column.type in {DECIMAL, "DOUBLE", "BIGINT", "HUGEINT"}

"""Whether a column's type holds a single value exactly, and as which text it is cast there."""

from __future__ import annotations

from decimal import MAX_EMAX, MIN_EMIN, Context, Decimal

from warehouse.schema.columns import Column
from warehouse.schema.kinds import DECIMAL, Kind, is_date, is_numeric, is_timestamp, number_kind
from warehouse.schema.tokens import Fraction, Integer, Members, Value

_REFUSALS = {
    "BIGINT": Kind.NOT_BIGINT | Kind.FRACTION,
    "HUGEINT": Kind.NOT_HUGEINT | Kind.FRACTION,
    DECIMAL: Kind.NOT_DECIMAL,
    "DOUBLE": Kind.NOT_DOUBLE,
}
_DIGITS = Context(prec=40, Emax=MAX_EMAX, Emin=MIN_EMIN)
"""More digits than DECIMAL(38,9) has: what it holds is not rounded."""


def held(column: Column, value: Value) -> str | None:
    """The text that casts to exactly this scalar in the column's type; None where there is none."""
    type_ = column.type.removesuffix("[]")
    if isinstance(value, Members | list) or value is None:
        return None
    if isinstance(value, bool):
        return ("true" if value else "false") if type_ in {"BOOLEAN", "VARCHAR"} else None
    if type_ == "VARCHAR":
        return str(value)
    if type_ in _REFUSALS:
        return _number(value, type_, from_text=column.amount or column.declared)
    if isinstance(value, Integer | Fraction):
        return None
    fits = {"DATE": is_date, "TIMESTAMPTZ": is_timestamp}.get(type_)
    return value if fits is not None and fits(value) else None


def _number(value: str, type_: str, *, from_text: bool) -> str | None:
    if not isinstance(value, Integer | Fraction):
        if not from_text or not is_numeric(value):
            return None
        value = Fraction(value) if "." in value else Integer(value)
    if number_kind(value) & _REFUSALS[type_]:
        return None
    return _written_out(value) if type_ == DECIMAL else str(value)


def _written_out(token: str) -> str:
    """Without exponent and zeros at the end: with them, DuckDB's cast refuses some numbers, and makes 0 of others."""
    return format(Decimal(token).normalize(_DIGITS), "f")

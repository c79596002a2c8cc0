"""What the typed tables must say, worked out from the bodies in plain Python; shares no code with the product."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any

import duckdb


class Num(str):
    """A JSON number, as written."""

    __slots__ = ()


def read(text: str) -> Any:
    """JSON with its numbers as written and its objects as lists of pairs."""
    return json.loads(text, parse_int=Num, parse_float=Num, object_pairs_hook=lambda pairs: ("object", pairs))


def name(key: str) -> str:
    """One step of an RFC 9535 normalized path."""
    short = {"\b": "\\b", "\t": "\\t", "\n": "\\n", "\f": "\\f", "\r": "\\r", "'": "\\'", "\\": "\\\\"}
    return "['" + "".join(short.get(c, f"\\u{ord(c):04x}" if ord(c) < 32 else c) for c in key) + "']"


def leaves(value: Any, path: str = "$", *, again: bool = False) -> Iterator[tuple[str, Any, bool]]:
    """Each scalar that is not null, with its path, and whether it stands under a key that stood there before."""
    if isinstance(value, tuple):
        seen: set[str] = set()
        for key, member in value[1]:
            yield from leaves(member, path + name(key), again=again or key in seen)
            seen.add(key)
    elif isinstance(value, list):
        for element in value:
            yield from leaves(element, path + "[*]", again=again)
    elif value is not None:
        yield path, value, again


def plain(value: Any) -> tuple[str, Any]:
    """A scalar in a form in which equal values are equal."""
    if isinstance(value, bool):
        return "boolean", value
    if isinstance(value, Num):
        return "number", Decimal(value).normalize()
    return "text", value


def instant(text: str) -> datetime:
    """An ISO 8601 time with a zone."""
    return datetime.fromisoformat(text).astimezone(UTC)


def sent(data: str, columns: dict[str, str]) -> Counter[tuple[str, Any]]:
    """The leaves of one body, each in the form that the type of its place gives it."""
    found: Counter[tuple[str, Any]] = Counter()
    for path, value, again in leaves(read(data)):
        type_ = columns.get(path)
        if type_ is None and path.endswith("[*]"):
            type_ = (columns.get(path[:-3]) or "").removesuffix("[]") or None
            type_ = None if type_ == "JSON" else type_
        if again or type_ in {None, "JSON"}:
            found[path, plain(value)] += 1
        elif type_ == "VARCHAR":
            found[path, ("text", str(value).lower() if isinstance(value, bool) else str(value))] += 1
        elif type_ == "TIMESTAMPTZ" and not isinstance(value, Num | bool):
            found[path, instant(value)] += 1
        elif type_ == "DATE" and not isinstance(value, Num | bool):
            found[path, ("text", value)] += 1
        elif type_ != "BOOLEAN" and not isinstance(value, bool):
            found[path, ("number", Decimal(value).normalize())] += 1
        else:
            found[path, plain(value)] += 1
    return found


def told(con: duckdb.DuckDBPyConnection, event_name: str) -> dict[str, Counter[tuple[str, Any]]]:
    """The leaves that the tables of an event_name hold, by event_id."""
    found: dict[str, Counter[tuple[str, Any]]] = {}
    tables = con.execute("select schema_name, table_name from ops.tables where event_name = ?", [event_name]).fetchall()
    for schema_name, table_name in tables:
        columns = con.execute(
            "select column_name, json_path, data_type from ops.columns where schema_name = ? and table_name = ?",
            [schema_name, table_name],
        ).fetchall()
        for column_name, path, type_ in columns:
            quoted = '"' + column_name.replace('"', '""') + '"'
            shown = f"cast({quoted} as VARCHAR)" if type_ in {"DOUBLE", "JSON"} else quoted
            rows = con.execute(
                f'select event_id, {shown} from "{schema_name}"."{table_name}" where {quoted} is not null'
            ).fetchall()
            for event_id, cell in rows:
                found.setdefault(event_id, Counter()).update(cells(cell, path, type_))
        misfits = "select event_id, json_path, value from ops.misfits where schema_name = ? and table_name = ?"
        for event_id, path, value in con.execute(misfits, [schema_name, table_name]).fetchall():
            found.setdefault(event_id, Counter()).update((p, plain(v)) for p, v, _ in leaves(read(value), path))
    return found


def cells(cell: Any, path: str, type_: str) -> Iterator[tuple[str, Any]]:
    """The leaves of one cell."""
    if type_ == "JSON":
        yield from ((below, plain(value)) for below, value, _ in leaves(read(cell), path))
    elif type_.endswith("[]"):
        for element in cell:
            if element is not None:
                yield from cells(repr(element) if type_ == "DOUBLE[]" else element, path + "[*]", type_[:-2])
    elif type_ == "BOOLEAN":
        yield path, ("boolean", cell)
    elif type_ == "VARCHAR":
        yield path, ("text", cell)
    elif type_ == "DATE":
        yield path, ("text", cell.isoformat())
    elif type_ == "TIMESTAMPTZ":
        yield path, cell.astimezone(UTC)
    else:
        yield path, ("number", Decimal(cell).normalize())


def least_type(values: list[Any]) -> str:
    """The ladder of the design for the scalars seen at one place, none of them null."""
    if all(isinstance(value, bool) for value in values):
        return "BOOLEAN"
    if all(isinstance(value, Num) for value in values):
        return number_type(values)
    if any(isinstance(value, Num | bool) for value in values):
        return "VARCHAR"
    if all(re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", value) and parses(value) for value in values):
        return "DATE"
    zoned = "[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}([.][0-9]{1,6})?(Z|[+-](0[0-9]|1[0-5]):?[0-5][0-9])"
    if all(re.fullmatch(zoned, value) and parses(value) and "0001-01-02" <= value < "9999-12-31" for value in values):
        return "TIMESTAMPTZ"
    return "VARCHAR"


def number_type(tokens: list[str]) -> str:
    """The least numeric type for numbers as written, VARCHAR where there is none."""
    if not any(set(".eE") & set(token) for token in tokens):
        whole = [Decimal(token) for token in tokens]
        for type_, bits in (("BIGINT", 63), ("HUGEINT", 127)):
            if all(-(2**bits) <= value < 2**bits for value in whole):
                return type_
        return "VARCHAR"
    if all(in_decimal(Decimal(token)) for token in tokens):
        return "DECIMAL(38,9)"
    return "DOUBLE" if all(Decimal(repr(float(token))) == Decimal(token) for token in tokens) else "VARCHAR"


def in_decimal(value: Decimal) -> bool:
    """Whether 29 digits before the point and 9 behind it are enough."""
    if not value:
        return True
    _, digits, exponent = value.as_tuple()
    text = "".join(map(str, digits))
    exponent = int(exponent) + len(text) - len(text.rstrip("0"))
    return exponent >= -9 and len(text.rstrip("0")) + exponent <= 29


def parses(text: str) -> bool:
    """Whether it is a moment of the calendar."""
    try:
        datetime.fromisoformat(text)
    except ValueError:
        return False
    return True

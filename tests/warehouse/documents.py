"""Strategies for the data of events: as odd as JSON allows."""

from __future__ import annotations

import json

from hypothesis import strategies as st

KEYS = st.sampled_from(
    ["a", "A", "b", "id", "ID", "a.b", "a b", 'q"q', "q'q", "x/y", "x~y", "", "select", "é", "É", "🙂", "n\nl", "a_b",
     "0",
     "$", "*", "event_id", "rest", "decimal", "currencyCode", "null\x00", "fits", "doc",
     "k", "v1", "s", "position"]
)  # fmt: skip
NUMBERS = st.sampled_from(
    ["0", "-0", "1", "-1", "7", "9007199254740993", "9223372036854775807", "9223372036854775808",
     "-9223372036854775808",
     "18446744073709551615", "18446744073709551616", "170141183460469231731687303715884105727",
     "170141183460469231731687303715884105728", "-170141183460469231731687303715884105728", "1" * 60,
     "0.5", "1.10", "12.7", "-0.0", "0.1234567891", "0.123456789", "0.30000000000000004", "1e400", "1e5", "1E-7",
     "-1e-5",
     "12345678901234567890123456789.123456789", "123456789.123456789", "1.0", "1e22", "1e23", "99999999999999999999.5",
     "1e-400", "0e5", "0e99999", "0e99999", "100000000000000000000000000000.5", "1234567890123456.5"]
)  # fmt: skip
TEXTS = st.sampled_from(
    ["", "x", "true", "12", "12.50", "631.87", "-3.5", "2026-01-31", "2026-02-30", "0000-01-01", "0001-01-01",
     "9999-12-31",
     "2026-01-31T10:00:00Z", "2026-01-31T10:00:00.123456+05:30", "2026-01-31T10:00:00.1234567Z", "2026-01-31T10:00:60Z",
     "2026-01-31T24:00:00Z", "2026-01-31T10:00:00", "2026-01-31T10:00:00+0200", "9999-12-31T23:59:59-05:00",
     "0001-01-01T00:00:00+05:00", "0001-01-02T00:00:00Z", "null", "é🙂", 'q"', "\\", "\x00", "\u2028", "1e5", " 5",
     "0.1234567890123",
     "1234567890123456789012345678901234567890", "2026-01-31T10:00:00-15:59"]
)  # fmt: skip
SCALARS = st.one_of(st.just("null"), st.sampled_from(["true", "false"]), NUMBERS, TEXTS.map(json.dumps))


def _object(values: st.SearchStrategy[str], size: int) -> st.SearchStrategy[str]:
    members = st.lists(st.tuples(KEYS, values), max_size=size)
    return members.map(lambda pairs: "{" + ", ".join(f"{json.dumps(key)}:{value}" for key, value in pairs) + "}")


def _array(values: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.lists(values, max_size=3).map(lambda items: "[" + ",".join(items) + "]")


MONEY = st.tuples(TEXTS, st.sampled_from(["EUR", "USD"])).map(
    lambda pair: json.dumps({"decimal": pair[0], "currencyCode": pair[1]})
)
VALUES = st.recursive(
    SCALARS | MONEY, lambda inner: _object(inner, 3) | _array(inner) | _array(_object(inner, 2)), max_leaves=6
)
DATA = _object(VALUES, 4)

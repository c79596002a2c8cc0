"""What is written in C takes a document exactly as the exact lane would, or leaves it."""

from __future__ import annotations

import os
from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import duckdb
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.documents import DATA
from warehouse.flatten.exact import ExactLane
from warehouse.flatten.plan import program_of
from warehouse.native import Program, Takes
from warehouse.schema.columns import Table, tables_of
from warehouse.schema.shape import Shape
from warehouse.schema.tokens import parse

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "5"))
LEFT = object()
DAY = date(2026, 1, 31)
INSTANT = datetime(2026, 1, 31, 10, tzinfo=UTC)
MANY = settings(max_examples=4 * EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))


def value(type_: str, token: str, takes: Takes = Takes.WHAT_IT_HOLDS) -> Any:
    """What a column of the type holds of the value; LEFT where the document is left."""
    program = Program()
    table = program.table()
    program.column(table, program.root(table), "v", type_, takes)
    left = program.run(pa.chunked_array([[f'{{"v":{token}}}']]))
    return LEFT if len(left) else program.taken(table).columns[0].to_pylist()[0]


def same(found: object, expected: object) -> bool:
    """Whether two values are equal and of one type; 0.0 is not -0.0."""
    if isinstance(found, float):
        return repr(found) == repr(expected)
    return type(found) is type(expected) and found == expected


@pytest.mark.parametrize(
    ("type_", "token", "expected"),
    [
        ("BOOLEAN", "true", True), ("BOOLEAN", "false", False), ("BOOLEAN", "null", None), ("BOOLEAN", "0", LEFT),
        ("BOOLEAN", '"true"', LEFT), ("BOOLEAN", "tru", LEFT),
        ("BIGINT", "0", 0), ("BIGINT", "-0", 0), ("BIGINT", "9223372036854775807", 2**63 - 1),
        ("BIGINT", "-9223372036854775808", -(2**63)), ("BIGINT", "9223372036854775808", LEFT),
        ("BIGINT", "18446744073709551616", LEFT), ("BIGINT", "1.0", LEFT), ("BIGINT", "1e2", LEFT),
        ("BIGINT", "01", LEFT), ("BIGINT", '"1"', LEFT), ("BIGINT", "{}", LEFT), ("BIGINT", "[1]", LEFT),
        ("HUGEINT", "9" * 38, "9" * 38), ("HUGEINT", "1" + "0" * 38, LEFT),
        ("DECIMAL(38,9)", "1.10", Decimal("1.1")), ("DECIMAL(38,9)", "-0.000000001", Decimal("-1e-9")),
        ("DECIMAL(38,9)", "0.0000000001", LEFT),
        ("DECIMAL(38,9)", "9" * 29 + ".999999999", Decimal("9" * 29 + ".999999999")),
        ("DECIMAL(38,9)", "1" + "0" * 29, LEFT), ("DECIMAL(38,9)", "1e2", LEFT), ("DECIMAL(38,9)", "7", Decimal(7)),
        ("DOUBLE", "0.1", 0.1), ("DOUBLE", "-0.0", -0.0), ("DOUBLE", "0.30000000000000004", 0.1 + 0.2),
        ("DOUBLE", "0.3000000000000000444", LEFT), ("DOUBLE", "9007199254740992", 2.0**53),
        ("DOUBLE", "9007199254740993", LEFT), ("DOUBLE", "1e22", 1e22), ("DOUBLE", "1e23", 1e23),
        ("DOUBLE", "1E-7", 1e-7),
        ("DOUBLE", "123456789012345678901234567890", LEFT), ("DOUBLE", "1e400", LEFT), ("DOUBLE", "1e-400", LEFT),
        ("DOUBLE", "1.7976931348623157e308", 1.7976931348623157e308),
        ("DOUBLE", "0.0000001234567890123456", 1.234567890123456e-07),
        ("DOUBLE", "0e5", 0.0), ("DOUBLE", "1234567890123456", 1234567890123456.0),
        ("DATE", '"2026-01-31"', DAY), ("DATE", '"2026-02-29"', LEFT), ("DATE", '"2024-02-29"', date(2024, 2, 29)),
        ("DATE", '"1900-02-29"', LEFT), ("DATE", '"0000-01-01"', LEFT), ("DATE", '"0001-01-01"', date.min),
        ("DATE", '"2026-1-31"', LEFT), ("DATE", '"2026-01-31 "', LEFT), ("DATE", '"2026\\u002d01-31"', LEFT),
        ("TIMESTAMPTZ", '"2026-01-31T10:00:00Z"', INSTANT),
        ("TIMESTAMPTZ", '"2026-01-31T10:00:00.123456+05:30"', INSTANT.replace(hour=4, minute=30, microsecond=123456)),
        ("TIMESTAMPTZ", '"2026-01-31T10:00:00.5-0200"', INSTANT + timedelta(hours=2, seconds=0.5)),
        ("TIMESTAMPTZ", '"2026-01-31T10:00:00.1234567Z"', LEFT), ("TIMESTAMPTZ", '"2026-01-31T10:00:60Z"', LEFT),
        ("TIMESTAMPTZ", '"2026-01-31T24:00:00Z"', LEFT), ("TIMESTAMPTZ", '"2026-01-31T10:00:00"', LEFT),
        ("TIMESTAMPTZ", '"2026-01-31T10:00:00.Z"', LEFT), ("TIMESTAMPTZ", '"2026-01-31T10:00:00+16:00"', LEFT),
        ("TIMESTAMPTZ", '"0001-01-01T00:00:00Z"', LEFT), ("TIMESTAMPTZ", '"9999-12-31T00:00:00Z"', LEFT),
        ("TIMESTAMPTZ", '"2026-01-31 10:00:00Z"', LEFT), ("TIMESTAMPTZ", '"2026-01-31T10:00:00+05:30:00"', LEFT),
        ("VARCHAR", '"a\\u00e9\\ud83d\\ude42\\n\\/\\u0000"', "aé🙂\n/\x00"), ("VARCHAR", '""', ""),
        ("VARCHAR", "12", "12"),
        ("VARCHAR", "true", "true"), ("VARCHAR", "1.5", LEFT), ("VARCHAR", '"\\ud83d"', LEFT),
        ("VARCHAR", '"\\x"', LEFT),
        ("VARCHAR", '"tab\there"', LEFT), ("VARCHAR", '"open', LEFT),
        ("JSON", '{ "b" : [1.10, "\\u00e9\\n", {}] , "a":null}', '{"b":[1.10,"é\\n",{}],"a":null}'),
        ("JSON", "[]", "[]"),
        ("JSON", "null", None), ("JSON", '"\\u0001\\""', '"\\u0001\\""'), ("JSON", "[1,]", LEFT), ("JSON", "[1", LEFT),
        ("BIGINT[]", "[1, null,3]", [1, None, 3]), ("BIGINT[]", "[]", []), ("BIGINT[]", "null", None),
        ("BIGINT[]", "[1,2.5]", LEFT), ("BIGINT[]", "[[1]]", LEFT), ("BIGINT[]", "5", LEFT),
        ("VARCHAR[]", '["a","\\u0062",7,true]', ["a", "b", "7", "true"]),
    ],
)  # fmt: skip
def test_a_value_is_held_exactly_or_left(type_: str, token: str, expected: object) -> None:
    """Each type takes what it holds exactly, with every digit, and leaves the rest."""
    assert same(value(type_, token), expected)


@pytest.mark.parametrize(
    ("type_", "token", "takes", "expected"),
    [
        ("DECIMAL(38,9)", '"631.87"', Takes.NUMERIC_TEXT, Decimal("631.87")),
        ("DECIMAL(38,9)", '"007.50"', Takes.NUMERIC_TEXT, Decimal("7.5")),
        ("DECIMAL(38,9)", '"1e2"', Takes.NUMERIC_TEXT, LEFT),
        ("DECIMAL(38,9)", '"1."', Takes.NUMERIC_TEXT, LEFT), ("DECIMAL(38,9)", '""', Takes.NUMERIC_TEXT, LEFT),
        ("BIGINT", '"12"', Takes.NUMERIC_TEXT, 12), ("BIGINT", '"12.0"', Takes.NUMERIC_TEXT, LEFT),
        ("VARCHAR", "1.50", Takes.FRACTIONS, "1.50"), ("VARCHAR", "1", Takes.ONLY_NULL, LEFT),
        ("VARCHAR", "null", Takes.ONLY_NULL, None),
        ("JSON", "{ }", Takes.ONLY_EMPTY, "{}"), ("JSON", '{"a":1}', Takes.ONLY_EMPTY, LEFT),
        ("JSON", "1", Takes.ONLY_EMPTY, LEFT),
    ],
)  # fmt: skip
def test_a_column_takes_what_it_is_said_to_take(type_: str, token: str, takes: Takes, expected: object) -> None:
    """Texts of numbers, fractions in text, nothing but null, nothing but empty objects."""
    assert same(value(type_, token, takes), expected)


@pytest.mark.parametrize(
    "document",
    ["", " ", "[]", "1", "{", '{"v"', '{"v":', '{"v":1', '{"v":1,}', '{"v":1}x', '{"v":1 "w":2}', '{"v":1,"v":1}',
     '{"v":1,"\\u0076":2}', '{"w":1}', "{v:1}", '{"v":1}}', '{"v":NaN}', '{"v":' + "[" * 100_000],
)  # fmt: skip
def test_what_is_not_known_json_is_left(document: str) -> None:
    """No broken text, no unknown member and no repeated key gets into a table."""
    program = Program()
    table = program.table()
    program.column(table, program.root(table), "v", "BIGINT")
    assert program.run(pa.chunked_array([['{"v":7}', document, ' {"v" : 8 } ']])).to_pylist() == [1]
    assert program.taken(table).columns[0].to_pylist() == [7, 8]


def test_an_array_of_objects_has_its_rows_with_their_parents() -> None:
    """Elements know their document, their parent and their position; a document that is left leaves no row anywhere."""
    program = Program()
    top, middle, low = (program.table() for _ in range(3))
    program.elements(program.root(top), "a", middle)
    program.elements(program.root(middle), "b", low)
    program.column(low, program.root(low), "n", "BIGINT")
    documents = [
        '{"a":[{"b":[{"n":1},{}]},{"b":[{"n":2}]}]}',
        '{"a":[{"b":[{"n":3},{"n":4}]},{"b":[7]}]}',
        '{"a":[{}]}',
    ]
    assert program.run(pa.chunked_array([documents[:1], documents[1:]])).to_pylist() == [1]
    taken = program.taken(low)
    assert [len(program.taken(table).documents) for table in (top, middle, low)] == [2, 3, 3]
    assert program.taken(middle).documents.to_pylist() == [0, 0, 2]
    rows = zip(taken.documents.to_pylist(), taken.parents.to_pylist(), taken.positions.to_pylist(), strict=True)
    assert list(rows) == [(0, 0, 0), (0, 0, 1), (0, 1, 2)]
    assert taken.columns[0].to_pylist() == [1, None, 2]


def test_members_without_a_column_are_kept_where_there_is_one_for_the_rest() -> None:
    """The rest of a document stands in one JSON column, in its objects, numbers as written."""
    program = Program()
    table = program.table()
    inner = program.members(program.root(table), "in")
    program.column(table, inner, "v", "BIGINT")
    program.rest(table)
    documents = [
        '{"in":{"v":1}}',
        '{"x":1.10,"in":{"y":[ 1],"v":2,"z":{}},"w":null}',
        '{"x":1,"x":2}',
        '{"in":null,"q":"é"}',
    ]
    assert program.run(pa.chunked_array([documents])).to_pylist() == [2]
    assert program.taken(table).columns[1].to_pylist() == [
        None, '{"x":1.10,"in":{"y":[1],"z":{}},"w":null}', '{"q":"é"}'
    ]  # fmt: skip


def _shape(documents: list[str]) -> Shape:
    shape = Shape()
    for number, document in enumerate(documents):
        shape.observe(parse(document), number, f"wh_{number}")
    return shape


def _layout(tables: tuple[Table, ...]) -> list[object]:
    return [
        (table.steps, [column.layout for column in table.columns], table.objects, table.children) for table in tables
    ]


@pytest.fixture(scope="module")
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'; set threads = 1")
        yield con


def _cast(con: duckdb.DuckDBPyConnection, tables: tuple[Table, ...], cells: list[list[pa.Array]]) -> list[str]:
    """The rows of each table, cast to its columns' types by DuckDB."""
    found = []
    for table, arrays in zip(tables, cells, strict=True):
        columns = [(f"c{at}", column.type) for at, column in enumerate(table.columns)]
        con.register(
            "cells", pa.table([*arrays, arrays[0] if arrays else []], names=[*(name for name, _ in columns), "n"])
        )
        typed = ", ".join(f"cast({name} as {type_})" for name, type_ in columns) or "1"
        found.append(repr(con.execute(f"select {typed} from cells").fetchall()))
    return found


def _exact(tables: tuple[Table, ...], documents: list[str]) -> list[list[pa.Array]]:
    """The cells that the exact lane makes, as texts."""
    lane = ExactLane(tables)
    for number, document in enumerate(documents):
        lane.add(str(number), document)
    return [
        [
            pa.array(cells, pa.list_(pa.string()) if column.is_list else pa.string())
            for column, cells in zip(table.columns, lane.rows[table.steps].cells, strict=True)
        ]
        for table in tables
    ]


@MANY
@given(st.lists(DATA, min_size=1, max_size=8), st.integers(1, 8))
def test_what_fits_says_what_the_exact_lane_says_and_teaches_nothing(
    con: duckdb.DuckDBPyConnection, documents: list[str], looked_at: int
) -> None:
    """A document that is taken holds no place and no kind that would change a table, and its cells are exact."""
    shape = _shape(documents[:looked_at])
    tables = tables_of(shape, {})
    program = program_of(tables)
    left = set(program.run(pa.chunked_array([documents])).to_pylist())
    taken = _cast(con, tables, [program.taken(number).columns for number in range(len(tables))])
    fit = {number: document for number, document in enumerate(documents) if number not in left}
    assert taken == _cast(con, tables, _exact(tables, list(fit.values())))
    for number, document in fit.items():
        shape.observe(parse(document), number, f"wh_{number}")
    assert _layout(tables_of(shape, {})) == _layout(tables)

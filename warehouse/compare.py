"""Two warehouses side by side: for each table its rows, an order-independent hash, and a few ids that differ."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import duckdb

from warehouse.quoting import literal, quote
from warehouse.statements import statement
from warehouse.verify.made import made_in

SHOWN = 5
LIVE = quote("live file")
"""The live file as the rebuilt one sees it; no schema has a blank in its name, so `schema.table` is never of it."""


@dataclass(frozen=True, slots=True)
class Difference:
    """A table or view that is not the same: its rows in the live and in the rebuilt file (None: no such table)."""

    table: str
    live_rows: int | None
    rebuilt_rows: int | None
    only_live: list[str] = field(default_factory=list)
    only_rebuilt: list[str] = field(default_factory=list)
    columns: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Comparison:
    """How many tables were compared, and those that differ."""

    tables: int
    differences: list[Difference]


def compare(con: duckdb.DuckDBPyConnection) -> Comparison:
    """Compare the file behind `con` with the live one attached to it: typed tables, events, processes and ledgers.

    What tells only when, by which load or from which segment a row came is left out.
    """
    rows = con.execute(statement("rebuild/compared")).fetchall()
    return Comparison(len(rows), [found for row in rows for found in _differences(con, *row)])


def compare_views(live: Path, rebuilt: Path) -> list[Difference]:
    """The views and macros that not both files have, or with other SQL; nobody may be writing either file."""
    with duckdb.connect(str(live), read_only=True) as ours, duckdb.connect(str(rebuilt), read_only=True) as theirs:
        told, others = made_in(ours).texts, made_in(theirs).texts
    return [
        Difference(name, None, None, columns=[f"the SQL of the {(told.get(name) or others[name])[0]}"])
        for name in sorted(told.keys() | others.keys())
        if told.get(name) != others.get(name)
    ]


def _differences(
    con: duckdb.DuckDBPyConnection,
    schema_name: str,
    table_name: str,
    made: list[dict[str, str]] | None,
    live: list[dict[str, str]] | None,
) -> Iterator[Difference]:
    name = f"{schema_name}.{table_name}"
    target = f"{quote(schema_name)}.{quote(table_name)}"
    if made is None or live is None:
        yield Difference(name, _rows(con, live, f"{LIVE}.{target}"), _rows(con, made, target))
        return
    differing = _differing_columns(made, live)
    common = [column["name"] for column in made if column["name"] not in differing]
    ours, theirs = _sums(con, target, common), _sums(con, f"{LIVE}.{target}", common)
    if ours != theirs or differing:
        yield Difference(
            name,
            theirs[0],
            ours[0],
            _only(con, f"{LIVE}.{target}", target, common),
            _only(con, target, f"{LIVE}.{target}", common),
            differing,
        )


def _differing_columns(made: list[dict[str, str]], live: list[dict[str, str]]) -> list[str]:
    """The columns that only one file has, or that have another type there."""
    types = {column["name"]: column["type"] for column in live}
    others = {column["name"] for column in made if types.get(column["name"]) != column["type"]}
    return sorted(others | (types.keys() - {column["name"] for column in made}))


def _rows(con: duckdb.DuckDBPyConnection, columns: list[dict[str, str]] | None, target: str) -> int | None:
    return None if columns is None else _sums(con, target, [])[0]


def _sums(con: duckdb.DuckDBPyConnection, target: str, columns: list[str]) -> tuple[int, int]:
    """The rows of a table, and a sum of their hashes: the same for any order, another for any other bag of rows."""
    hashed = "hash(" + ", ".join([literal("row"), *map(quote, columns)]) + ")"
    query = "select count(*), coalesce(sum(" + hashed + "), 0) from " + target
    rows, total = con.execute(query).fetchall()[0]
    return int(rows), int(total)


def _only(con: duckdb.DuckDBPyConnection, target: str, other: str, columns: list[str]) -> list[str]:
    """A few of the rows that one table has more often than the other, by their id."""
    listed = ", ".join(map(quote, columns))
    key = next((name for name in ("event_id", "quarantine_id", "table_name") if name in columns), None)
    if key is None:
        return []
    query = (
        f"select distinct {quote(key)} from (select {listed} from {target} except all select {listed} from {other})"
        f" order by 1 limit {SHOWN:d}"
    )
    return [str(found) for (found,) in con.execute(query).fetchall()]

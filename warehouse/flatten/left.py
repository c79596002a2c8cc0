"""The documents that the fast lane has left, in a temporary table."""

from __future__ import annotations

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from warehouse.flatten.source import Row
from warehouse.statements import statement

TABLE = "left_over"


class Left:
    """Documents with their key columns, `part` by part: a part is as much as is read at a time."""

    def __init__(self, con: duckdb.DuckDBPyConnection) -> None:
        self.con = con
        self.parts = 0

    def add(self, documents: pa.Table) -> None:  # noqa: ARG002 # DuckDB finds them by their name
        """Take in documents as one more part."""
        if not self.parts:
            self.con.execute(statement("flatten/create_left"))
        self.con.execute(f"insert into {TABLE} select *, $part from documents", {"part": self.parts})
        self.parts += 1

    def first(self, limit: int) -> list[Row]:
        """The first of them in the order of receipt."""
        return self.con.execute(statement("flatten/take_left"), {"limit": limit}).fetchall() if self.parts else []

    def remove(self, event_ids: list[str]) -> None:
        """Forget those that are in the tables now."""
        done = pa.table({"event_id": event_ids})  # noqa: F841 # DuckDB finds it by its name
        self.con.execute(f"delete from {TABLE} where event_id in (select event_id from done)")

    def take_all(self) -> Iterator[pa.Table]:
        """All of them, part by part; meanwhile those that are left again may be added."""
        if not self.parts:
            return
        self.con.execute(f"drop table if exists taking; alter table {TABLE} rename to taking")
        parts, self.parts = self.parts, 0
        for part in range(parts):
            found = self.con.sql(statement("flatten/read_left"), params={"part": part}).to_arrow_table()
            if found.num_rows:
                yield found
        self.con.execute("drop table taking")

    def forget(self) -> None:
        """Forget them all."""
        if self.parts:
            self.con.execute("drop table if exists " + TABLE)
        self.parts = 0

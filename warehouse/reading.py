"""Documents read from the build file as Arrow tables, a bounded batch at a time."""

from __future__ import annotations

from collections.abc import Generator, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import duckdb
import pyarrow as pa

from warehouse.connections import sibling

FETCHED = 4_096
MAX_ROWS, MAX_BYTES = 122_880, 64 * 2**20
"""Documents are fetched a few at a time, and handed on as batches of so many rows or so much text."""

T = TypeVar("T")


def batches_of(
    con: duckdb.DuckDBPyConnection, query: str, values: dict[str, object] | None = None
) -> Generator[pa.Table, None, None]:
    """What a query finds among what is committed, on a connection of its own: meanwhile `con` may be used."""
    reading = sibling(con)
    try:
        reading.execute("set arrow_large_buffer_size = true")
        yield from gathered(reading.sql(query, params=values).to_arrow_reader(FETCHED), MAX_ROWS, MAX_BYTES)
    finally:
        reading.close()


def one_ahead(items: Iterator[T]) -> Generator[T, None, None]:
    """The items, each made by another thread while the one before is in use; the first one is begun at once."""
    reader = ThreadPoolExecutor(1, "read")
    return _handed_on(items, reader, reader.submit(next, items, None))


def _handed_on(items: Iterator[T], reader: ThreadPoolExecutor, waiting: Future[T | None]) -> Generator[T, None, None]:
    with reader:
        while (item := waiting.result()) is not None:
            waiting = reader.submit(next, items, None)
            yield item


def gathered(batches: Iterable[pa.RecordBatch], most_rows: int, most_bytes: int) -> Iterator[pa.Table]:
    """Batches put together until they are so many rows or so much memory."""
    waiting: list[pa.RecordBatch] = []
    rows = size = 0
    for batch in batches:
        waiting.append(batch)
        rows, size = rows + batch.num_rows, size + batch.nbytes
        if rows >= most_rows or size >= most_bytes:
            yield pa.Table.from_batches(waiting)
            waiting, rows, size = [], 0, 0
    if waiting:
        yield pa.Table.from_batches(waiting)

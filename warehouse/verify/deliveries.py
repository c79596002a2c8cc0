"""The deliveries of the lake's segments, a bounded chunk at a time, and the names the warehouse knows these by."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.load import Segment
from warehouse.reading import gathered

CHUNK = 25_000
CHUNK_BYTES = 32 * 2**20


def stand_for(
    con: duckdb.DuckDBPyConnection, segments: Sequence[Segment], stands_for: Mapping[str, Sequence[str]]
) -> None:
    """Note in a temporary table, for each of these segments, by which names the warehouse may know its deliveries."""
    pairs = [(one.name, name) for one in segments for name in (one.name, *stands_for.get(one.name, ()))]
    names = pa.table({
        "segment": pa.array([segment for segment, _ in pairs], pa.string()),
        "replaced": pa.array([replaced for _, replaced in pairs], pa.string()),
    })  # fmt: skip
    con.register("names_of_segments", names)
    con.execute("create or replace temp table stands_for as from names_of_segments")
    con.unregister("names_of_segments")


def chunks(
    segments: Sequence[Segment], columns: list[str], batch_of: Callable[[Segment, pa.RecordBatch], pa.RecordBatch]
) -> Iterator[pa.Table]:
    """The deliveries of segments, many small segments or a part of a large one at a time."""
    batches = (
        batch_of(segment, batch)
        for segment in segments
        for batch in pq.ParquetFile(segment.path).iter_batches(batch_size=CHUNK, columns=columns)
    )
    return gathered(batches, CHUNK, CHUNK_BYTES)

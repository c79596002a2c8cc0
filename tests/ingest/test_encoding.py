"""Files of few rows, written by hand: every reader finds in them what pyarrow's own would hold."""

import io
from pathlib import Path

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from ingest.lake.encoding import encode
from ingest.lake.rows import EVENTS, QUARANTINE, EventRow, QuarantineRow, parquet

texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=300)
moments = st.integers(0, 2**62)
bodies = st.one_of(st.binary(max_size=300), st.binary(min_size=1, max_size=3).map(lambda part: part * 2_000))
events = st.builds(EventRow, texts, texts, texts, moments, bodies)
refused = st.builds(QuarantineRow, texts, moments, texts, texts, bodies)


def table(rows: list[EventRow] | list[QuarantineRow], schema: pa.Schema) -> pa.Table:
    columns = zip(*rows, strict=True)
    return pa.Table.from_arrays(
        [pa.array(column, field.type) for column, field in zip(columns, schema, strict=True)], schema=schema
    )


@given(st.one_of(st.lists(events, min_size=1, max_size=30), st.lists(refused, min_size=1, max_size=30)))
def test_any_rows_come_back(rows: list[EventRow] | list[QuarantineRow]) -> None:
    """Whatever the rows hold, pyarrow reads from the file the very table, its types and its required columns."""
    schema = EVENTS if isinstance(rows[0], EventRow) else QUARANTINE
    read = pq.read_table(io.BytesIO(encode(zip(*rows, strict=True), len(rows), schema)))
    assert read.equals(table(rows, schema), check_metadata=True)


@pytest.mark.parametrize("count", [1, 14, 15, 127, 128, 200, 201])
def test_both_writers_write_the_same(tmp_path: Path, count: int) -> None:
    """On both sides of the number from which pyarrow writes, DuckDB reads the rows that were given, in their order."""
    rows = [
        EventRow(f"wh_{n}", "\u00e9.\U0001f600", "c" * n, 1_795_435_200_000_000 + n, b"\0\xff" * n)
        for n in range(count)
    ]
    path = tmp_path / "segment.parquet"
    path.write_bytes(parquet(rows, EVENTS))
    query = "select id, event_name, company_id, epoch_us(received_at), body from read_parquet(?)"
    with duckdb.connect() as connection:
        assert connection.execute(query, [str(path)]).fetchall() == [tuple(row) for row in rows]


def test_readers_can_pass_files_over() -> None:
    """The footer says between which receipt times a file's rows lie, and names its writer."""
    rows = [EventRow("wh_1", "a", "c", received_at, b"{}") for received_at in (7, 3, 5)]
    footer = pq.read_metadata(io.BytesIO(encode(zip(*rows, strict=True), 3, EVENTS)))
    chunk = footer.row_group(0).column(3)
    assert (chunk.statistics.min_raw, chunk.statistics.max_raw) == (3, 7)
    assert (footer.created_by, footer.num_rows, footer.num_row_groups) == ("nacre", 3, 1)

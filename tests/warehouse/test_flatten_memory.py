"""A transaction holds what it has written, and not what that was read from."""

from collections.abc import Iterator

import duckdb
import pyarrow as pa

from warehouse.build import create_objects
from warehouse.facts import telling
from warehouse.flatten.alter import create_tables
from warehouse.flatten.lanes import insert_fast
from warehouse.flatten.learning import known_of, observe
from warehouse.flatten.left import Left
from warehouse.flatten.plan import Plan
from warehouse.schema.shape import Shape

BATCHES, ROWS = 12, 5_000
DOCUMENT = '{"expenseId": "e1", "items": [{"sku": "x"}]}'


def batches(sizes: list[int]) -> Iterator[pa.Table]:
    """Documents, a batch at a time; the size of each is noted."""
    for batch in range(BATCHES):
        ids = pa.array([f"wh_{batch * ROWS + row:026d}" for row in range(ROWS)])
        times = pa.array([0] * ROWS, pa.timestamp("us", "UTC"))
        made = pa.table({
            "event_id": ids, "company_id": pa.array(["C1"] * ROWS), "occurred_at": times, "received_at": times,
            "load_no": pa.array([1] * ROWS, pa.int64()), "echo_key": pa.array([0] * ROWS, pa.uint64()),
            "doc": pa.array([DOCUMENT if row % 10 else "{}" for row in range(ROWS)], pa.large_string()),
        })  # fmt: skip
        sizes.append(made.nbytes)
        yield made


def test_no_batch_is_held_until_the_transaction_ends() -> None:
    """While an event_name of many events is flattened, at most a batch or two of its documents are in memory."""
    with duckdb.connect() as con:
        con.execute("set TimeZone = 'UTC'")
        create_objects(con)
        shape = Shape(frozenset())
        observe(shape, [(0, "wh_0", DOCUMENT)])
        known = known_of(shape, {})
        plans = [Plan(table, "main", f"t{number}") for number, table in enumerate(known.tables)]
        create_tables(con, plans)
        told, sizes, before = telling("expenses.expense_created"), [], pa.total_allocated_bytes()
        con.begin()
        insert_fast(con, plans, known.program, batches(sizes), Left(con), telling=told)
        held = pa.total_allocated_bytes() - before
        counts = [
            con.execute("select count(*) from " + table).fetchall()[0][0] for table in ("t0", "core.process_events")
        ]
        con.rollback()
    assert (counts, len(sizes)) == ([BATCHES * ROWS] * 2, BATCHES)
    assert held < 3 * sizes[0]

"""What the warehouse tells about erasures, and what goes before it is made anew."""

from pathlib import Path

from tests.warehouse.lakes import delivery, warehouse
from warehouse.build import open_build
from warehouse.erasure import Erasure, discard, discard_copies, record


def test_the_table_says_what_the_ledger_says(tmp_path: Path) -> None:
    """ops.erasures is the lake's ledger as it stands, however often it is told."""
    con = open_build(tmp_path / "build.duckdb", memory_limit="200MB", threads=1)
    one = Erasure("e1", "2026-11-23T01:02:03+00:00", "ids", 1, 2, 0)
    two = Erasure("e2", "2026-11-24T01:02:03+00:00", "value at a path", 3, 4, 5)
    for told in ([one], [one, two], [one, two]):
        record(con, told)
    found = con.execute("select erasure, criterion, events, deliveries, quarantined from ops.erasures order by 1")
    assert found.fetchall() == [("e1", "ids", 1, 2, 0), ("e2", "value at a path", 3, 4, 5)]
    record(con, [])
    assert con.execute("select count(*) from ops.erasures").fetchall() == [(0,)]


def test_nothing_of_the_build_file_is_left(tmp_path: Path) -> None:
    """The build file goes with its log, its spill folder, what was set aside, and copies of the published file."""
    warehouse(tmp_path, [delivery(1, "a.b", '{"n":1}')]).close()
    for name in ("build.duckdb.wal", "build.duckdb.set-aside-1", "build.duckdb.tmp/spill", ".warehouse.duckdb.spare"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_bytes(b"left")
    (tmp_path / "warehouse.duckdb").write_bytes(b"published")
    discard(tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb")
    discard_copies(tmp_path / "warehouse.duckdb")
    assert sorted(path.name for path in tmp_path.iterdir()) == ["lake", "warehouse.duckdb"]

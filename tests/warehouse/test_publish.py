"""Readers see one snapshot, whole, whatever happens beside them."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.lakes import build, delivery, segment, warehouse
from warehouse.blocks import copy_blocks
from warehouse.connections import sibling
from warehouse.publish import publish


def events(path: Path) -> int:
    """How many events a published file holds."""
    with duckdb.connect(str(path), read_only=True) as con:
        return int(con.execute("select count(*) from core.events").fetchall()[0][0])


def more(con: duckdb.DuckDBPyConnection, folder: Path, numbers: range) -> None:
    """Load further events and type them."""
    deliveries = [delivery(number, "a.b", f'{{"x": {number}, "t": "{"y" * 200}{number}"}}') for number in numbers]
    build(con, [segment(folder / "lake", deliveries)])


@pytest.mark.thorough
def test_each_publication_is_the_build_file_to_the_byte(tmp_path: Path) -> None:
    """Full copy or differences written into the spare, what is published equals the build file, and opens."""
    con = warehouse(tmp_path)
    target = tmp_path / "warehouse.duckdb"
    for step in range(6):
        more(con, tmp_path, range(step * 3000, step * 3000 + 3000))
        if step == 3:
            con.execute("create table core.scratch as select range as r from range(200000)")
        if step == 4:
            con.execute("drop table core.scratch")
        publish(con, tmp_path / "build.duckdb", target)
        assert target.read_bytes() == (tmp_path / "build.duckdb").read_bytes()
        assert events(target) == (step + 1) * 3000


@pytest.mark.thorough
def test_a_small_change_writes_little(tmp_path: Path) -> None:
    """The third publication and later ones write the blocks that have changed, not the whole file."""
    con = warehouse(tmp_path)
    con.execute("create table core.large as select range as r, md5(range::varchar) as m from range(1500000)")
    target = tmp_path / "warehouse.duckdb"
    for step in range(2):
        more(con, tmp_path, range(step, step + 1))
        publish(con, tmp_path / "build.duckdb", target)
    more(con, tmp_path, range(2, 3))
    publication = publish(con, tmp_path / "build.duckdb", target)
    assert publication.written < publication.bytes / 5
    assert target.read_bytes() == (tmp_path / "build.duckdb").read_bytes()


@pytest.mark.thorough
def test_the_second_publication_of_a_large_file_writes_little(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where a large file is published for the first time, the next publication finds a spare to write into."""
    monkeypatch.setattr("warehouse.publish.LARGE", 1_000_000)
    con = warehouse(tmp_path)
    con.execute("create table core.large as select range as r, md5(range::varchar) as m from range(1500000)")
    target = tmp_path / "warehouse.duckdb"
    publish(con, tmp_path / "build.duckdb", target)
    more(con, tmp_path, range(1, 2))
    publication = publish(con, tmp_path / "build.duckdb", target)
    assert publication.written < publication.bytes / 5
    assert target.read_bytes() == (tmp_path / "build.duckdb").read_bytes()


@pytest.mark.thorough
def test_a_connected_reader_keeps_its_snapshot(tmp_path: Path) -> None:
    """A reader that stays connected over many publications reads what it saw first; a new one reads the newest."""
    con = warehouse(tmp_path)
    target = tmp_path / "warehouse.duckdb"
    more(con, tmp_path, range(1000))
    publish(con, tmp_path / "build.duckdb", target)
    with duckdb.connect(str(target), read_only=True) as reader:
        for step in range(1, 5):
            more(con, tmp_path, range(step * 1000, step * 1000 + 1000))
            publish(con, tmp_path / "build.duckdb", target)
            seen = reader.execute("select count(*), sum(x), max(t) from a.b").fetchall()
            assert seen == [(1000, 499500, "y" * 200 + "999")]
    assert events(target) == 5000


def test_a_copy_that_died_is_replaced(tmp_path: Path) -> None:
    """A temporary file of a killed publication, or a torn spare, does no harm."""
    con = warehouse(tmp_path)
    target = tmp_path / "warehouse.duckdb"
    for step in range(3):
        more(con, tmp_path, range(step * 10, step * 10 + 10))
        publish(con, tmp_path / "build.duckdb", target)
    (tmp_path / ".warehouse.duckdb.tmp").write_bytes(b"half")
    spare = tmp_path / ".warehouse.duckdb.spare"
    spare.write_bytes(spare.read_bytes()[:100_000])
    publish(con, tmp_path / "build.duckdb", target)
    assert target.read_bytes() == (tmp_path / "build.duckdb").read_bytes()


def test_where_the_kernel_does_not_copy_we_do(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """On a file system without copies in the kernel, the same bytes are published."""
    con = warehouse(tmp_path)
    more(con, tmp_path, range(3000))

    def refuse(*_: int) -> int:
        raise OSError(errno.EOPNOTSUPP, "not supported")

    monkeypatch.setattr(os, "copy_file_range", refuse)
    publish(con, tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb")
    assert (tmp_path / "warehouse.duckdb").read_bytes() == (tmp_path / "build.duckdb").read_bytes()


def test_the_build_file_stays_locked(tmp_path: Path) -> None:
    """Loads and publications look at the file beside DuckDB, and do leave it its lock: no other process opens it."""
    con = warehouse(tmp_path)
    more(con, tmp_path, range(3000))
    publish(con, tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb")
    open_it = f"import duckdb; duckdb.connect({str(tmp_path / 'build.duckdb')!r})"
    other = subprocess.run([sys.executable, "-c", open_it], capture_output=True, text=True, check=False)
    assert (other.returncode, "Conflicting lock" in other.stderr) == (1, True)


def test_who_reads_the_build_file_meanwhile_changes_nothing(tmp_path: Path) -> None:
    """A run looks at tables while they are published: what it sees is whole, and so is what is published."""
    con = warehouse(tmp_path)
    build_path, target = tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb"
    con.execute("create table core.scratch as select range as r, md5(range::varchar) as m from range(100000)")
    content = "select count(*), sum(hash(r, m)) from core.scratch"
    seen: list[Any] = []
    ended, reading = threading.Event(), sibling(con)

    def read() -> None:
        while not ended.is_set():
            seen.append(reading.execute(content).fetchall()[0])

    reader = threading.Thread(target=read)
    reader.start()
    held: list[Any] = []
    try:
        for step in range(3):
            con.execute(f"update core.scratch set m = md5(m) where r % 5 = {step}")
            con.execute("delete from core.scratch where r % 11 = ?", [step])
            held.append(con.execute(content).fetchall()[0])
            publish(con, build_path, target)
            with duckdb.connect(str(target), read_only=True) as published:
                assert published.execute(content).fetchall() == held[-1:]
            assert target.read_bytes() == build_path.read_bytes()
    finally:
        ended.set()
        reader.join()
    assert {count for count, _ in seen} <= {100000, *(count for count, _ in held)}
    assert len(seen) > 5


def test_a_publication_that_does_not_come_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the disk refuses a copy, what is published stands, and no half of one lies beside it."""
    con = warehouse(tmp_path)
    more(con, tmp_path, range(3000))
    target = tmp_path / "warehouse.duckdb"
    publish(con, tmp_path / "build.duckdb", target)
    before = target.read_bytes()

    def refuse(_: int) -> None:
        raise OSError(errno.EIO, os.strerror(errno.EIO))

    monkeypatch.setattr("warehouse.copying.os.fsync", refuse)
    with pytest.raises(OSError, match="Input/output error"):
        publish(con, tmp_path / "build.duckdb", target)
    assert (target.read_bytes(), (tmp_path / ".warehouse.duckdb.tmp").exists()) == (before, False)


def test_nothing_is_copied_while_it_is_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block that is caught half-way may have the checksum of the whole one: the copy begins when all is there."""
    con = warehouse(tmp_path)
    more(con, tmp_path, range(3000))
    build_path, target = tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb"
    begun_with: list[bytes] = []

    def looked_at(reading: int, *arguments: Any) -> int:
        begun_with.append(os.pread(reading, os.fstat(reading).st_size, 0))
        return copy_blocks(reading, *arguments)

    monkeypatch.setattr("warehouse.copying.copy_blocks", looked_at)
    monkeypatch.setattr("warehouse.copying._cloned", lambda *_: False)
    publish(con, build_path, target)
    whole = build_path.read_bytes()
    assert (target.read_bytes() == whole, [found == whole for found in begun_with]) == (True, [True])

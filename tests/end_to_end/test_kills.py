"""Ends without warning: what was answered is kept, and what is built again is as if nothing had happened."""

import json
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow.parquet as pq
import pytest

from ingest.lake import Lake
from ingest.simulator import Traffic
from ingest.simulator.sending import Undelivered, send

SECRET = "end-to-end-secret"
KILLED_BUILD = Path(__file__).with_name("killed_build.py")
SIGKILL, SIGALRM = -9, -14
MOMENTS = ["load:1", "publish:0"]
RARE = ["load:1", "tables:2", "0.7", "publish:0"]
NAMES = ["expenses.expense_submitted", "expenses.expense_approved", "expense.expense_declined", "payroll.payroll_paid"]
OF_ONE_BUILD = {"load_no", "loaded_at", "published_at", "seconds", "bytes"}


def test_killed_server_loses_nothing_that_it_acknowledged(nacre: Any) -> None:
    """Each delivery answered 202 before a SIGKILL under load is in the lake, whichever moment the kill hits."""
    acknowledged: list[str] = []
    for seed, enough in enumerate([1, 150, 700]):
        server = nacre.serve()
        before = len(acknowledged)

        def answered(
            body: bytes, status: int, before: int = before, enough: int = enough, server: Any = server
        ) -> None:
            if status == 202:
                acknowledged.append(json.loads(body)["id"])
            if len(acknowledged) - before >= enough and server.process.poll() is None:
                server.kill()

        with pytest.raises(Undelivered):
            send(server.url, SECRET, Traffic(5000, seed), concurrency=16, patience=0.2, answered=answered)
    stored: set[str] = set()
    for segment in Lake(nacre.home).segments("events"):
        stored.update(pq.read_table(segment.path, columns=["id"], partitioning=None)["id"].to_pylist())
    assert (len(acknowledged) > 800, set(acknowledged) - stored) == (True, set())


@pytest.mark.thorough
@pytest.mark.parametrize("moments", [MOMENTS, pytest.param(RARE, marks=pytest.mark.long)], ids=["two", "four"])
def test_killed_build_is_as_if_it_had_not_been(nacre: Any, tmp_path: Path, moments: list[str]) -> None:
    """A build killed at any moment, again and again, and then finished gives the tables of an undisturbed build."""
    for part in range(2):
        bodies = [body for day in Traffic(600, part).bodies() for body in day]
        (tmp_path / f"{part}.ndjson").write_bytes(
            b"\n".join(body for body in bodies if any(name.encode() in body for name in NAMES))
        )
    nacre.run("import", str(tmp_path / "0.ndjson"), str(tmp_path / "1.ndjson"))
    killed = tmp_path / "killed"
    shutil.copytree(nacre.home, killed)
    nacre.build()
    done = subprocess.run(
        [sys.executable, str(KILLED_BUILD), str(killed), *moments, "nothing:0"],
        capture_output=True,
        text=True,
        check=True,
    )
    ended = {line.split()[0]: int(line.split()[1]) for line in done.stdout.splitlines()}
    assert {moment: code for moment, code in ended.items() if moment != "0.7"} == {
        moment: SIGKILL for moment in moments if moment != "0.7"
    } | {"nothing:0": 0}
    assert set(ended.values()) <= {SIGKILL, SIGALRM, 0}
    assert tables(killed) == tables(nacre.home)


def tables(home: Path) -> dict[str, list[str]]:
    """Every table that is published and the timeline, whole, but for what says when and by which build."""
    found = {}
    with duckdb.connect(str(home / "warehouse.duckdb"), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        names = connection.execute("select schema_name, table_name from duckdb_tables()").fetchall()
        for schema, table in {*names, ("analytics", "expense_approval_timeline")} - {("ops", "publications")}:
            relation = connection.table(f'"{schema}"."{table}"')
            columns = [duckdb.ColumnExpression(name) for name in relation.columns if name not in OF_ONE_BUILD]
            found[f"{schema}.{table}"] = sorted(repr(row) for row in relation.select(*columns).fetchall())
    return found

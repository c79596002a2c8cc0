"""What is written under the build lock."""

from pathlib import Path

from pipelines.build_lock import build_lock
from warehouse.build import open_build


def test_all_files_of_a_build_are_its_owners_alone(tmp_path: Path) -> None:
    """Also the build file's log, whose mode DuckDB takes from the umask: the folder of a home may be open to others."""
    path = tmp_path / "build.duckdb"
    with build_lock(tmp_path / "build.lock"):
        open_build(path).close()
        with open_build(path) as connection:
            connection.execute("create table logged as select 1")
            modes = {found.name: oct(found.stat().st_mode & 0o777) for found in tmp_path.iterdir()}
    assert modes == dict.fromkeys(("build.duckdb", "build.duckdb.wal", "build.lock"), "0o600")

"""`nacre verify`: the warehouse of a home held against its lake, without disturbing a build or a reader."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

from ingest.lake import Lake
from ingest.lake.rewriting import replaced_by
from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.pending import KINDS, lake_segments
from pipelines.progress import Listener
from pipelines.reading import NothingPublished
from warehouse.verify import SAMPLE, VerifyReport, verify

MEMORY_LIMIT = "1GB"


def verify_home(home: Home, listener: Listener, *, full: bool = False, build_file: bool = False) -> VerifyReport:
    """Verify the published file, or the build file while no build runs."""
    with _warehouse(home, build_file=build_file) as connection:
        lake = Lake(home.root)
        return verify(
            connection,
            lake_segments(home),
            sample=None if full else SAMPLE,
            foreign=[path for kind in KINDS for path in lake.foreign(kind)],
            stands_for=_stands_for(lake),
            progress=listener,
        )


def _stands_for(lake: Lake) -> dict[str, list[str]]:
    """For each rewritten segment, the names of those that it stands for."""
    found = {segment: replaced_by(segment) for kind in KINDS for segment in lake.segments(kind)}
    return {
        segment.name: [f"{segment.path.parent.name}/{name}" for name in manifest.replaces]
        for segment, manifest in found.items()
        if manifest is not None
    }


@contextmanager
def _warehouse(home: Home, *, build_file: bool) -> Iterator[duckdb.DuckDBPyConnection]:
    if build_file:
        with build_lock(home.lock), _opened(home.build) as connection:
            yield connection
    else:
        with _opened(home.published) as connection:
            yield connection


@contextmanager
def _opened(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open a file read-only, in UTC and in bounded memory."""
    if not path.exists():
        raise NothingPublished(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set memory_limit = $limit", {"limit": MEMORY_LIMIT})
        yield connection

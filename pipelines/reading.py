"""Reading the published warehouse: read-only, in UTC, without access to anything outside the file."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import duckdb

CLOSED = ("set TimeZone = 'UTC'", "set enable_external_access = false", "set lock_configuration = true")


class NothingPublished(Exception):  # noqa: N818 - it names a state
    """There is no published warehouse yet."""

    def __init__(self, path: Path) -> None:
        """Name the file that is missing."""
        self.path = path
        super().__init__(f"nothing is published at {path} yet; run nacre build, or set NACRE_HOME to another home")


@contextmanager
def published(path: Path) -> Iterator[duckdb.DuckDBPyConnection]:
    """Open the published file; a publication meanwhile does not disturb the reader, who keeps this snapshot."""
    if not path.exists():
        raise NothingPublished(path)
    with duckdb.connect(str(path), read_only=True) as connection:
        for statement in CLOSED:
            connection.execute(statement)
        yield connection

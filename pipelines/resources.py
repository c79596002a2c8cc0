"""What the assets share during one run: the home and the only connection to the build file."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from dagster import ConfigurableResource, InitResourceContext
from pydantic import PrivateAttr

from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.leftovers import remove_leftovers
from warehouse.build import open_build


class BuildFile(ConfigurableResource[duckdb.DuckDBPyConnection]):
    """The build file, open for the length of a run and locked against every other process."""

    root: str
    holds_lock: bool = False
    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)

    @property
    def home(self) -> Home:
        """The home that this run builds."""
        return Home(Path(self.root))

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The run's connection."""
        if self._connection is None:
            message = "the build file is only open during a run"
            raise RuntimeError(message)
        return self._connection

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["BuildFile"]:  # type: ignore[override]
        """Wait for the lock (unless the caller has it), open the file, and close it after the last step."""
        log = context.log

        def waiting(holder: str) -> None:
            if log:
                log.info("waiting for another build: %s", holder)

        guard = nullcontext() if self.holds_lock else build_lock(self.home.lock, on_wait=waiting)
        with guard:
            remove_leftovers(self.home)
            with open_build(self.home.build) as connection:
                self._connection = connection
                yield self
                self._connection = None

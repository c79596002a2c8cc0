"""What the assets share during one run: the home and the only connection to the build file."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from dagster import ConfigurableResource, DagsterLogManager, InitResourceContext
from pydantic import PrivateAttr

from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.loading import Loaded, early_load, load_new, opened_build


class BuildFile(ConfigurableResource[duckdb.DuckDBPyConnection]):
    """The build file, open for the length of a run and locked against every other process."""

    root: str
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

    def load(self) -> Loaded:
        """Load what is new, or wait for the load that the command began before the run."""
        early = early_load()
        return early.loaded.result() if early else load_new(self.connection, self.home)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["BuildFile"]:  # type: ignore[override]
        """Take over the command's connection; without one wait for the lock, open the file, and close it at the end."""
        early = early_load()
        with nullcontext(early.connection) if early else self._locked(context.log) as connection:
            self._connection = connection
            yield self
            self._connection = None

    @contextmanager
    def _locked(self, log: DagsterLogManager | None) -> Iterator[duckdb.DuckDBPyConnection]:
        def waiting(holder: str) -> None:
            if log:
                log.info("waiting for another build: %s", holder)

        with build_lock(self.home.lock, on_wait=waiting), opened_build(self.home) as connection:
            yield connection

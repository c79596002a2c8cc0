"""What the assets share during one run: the home and the only connection to the build file."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext
from pathlib import Path

import duckdb
from dagster import ConfigurableResource, DagsterLogManager, InitResourceContext
from pydantic import PrivateAttr

from pipelines import stages
from pipelines.ahead import Ahead, ahead
from pipelines.build_lock import build_lock
from pipelines.home import Home
from pipelines.stages import Finding, Loaded, Published
from warehouse.flatten import Outcome


class BuildFile(ConfigurableResource[duckdb.DuckDBPyConnection]):
    """The build file, open for the length of a run and locked against every other process.

    Each stage is done here, or waited for where somebody went ahead of the run.
    """

    root: str
    _connection: duckdb.DuckDBPyConnection | None = PrivateAttr(default=None)
    _ahead: Ahead | None = PrivateAttr(default=None)

    @property
    def home(self) -> Home:
        """The home that this run builds."""
        return Home(Path(self.root))

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The run's connection."""
        if self._ahead is not None:
            return self._ahead.connection
        if self._connection is None:
            message = "the build file is only open during a run"
            raise RuntimeError(message)
        return self._connection

    def load(self) -> Loaded:
        """Load what is new."""
        return self._ahead.result("load") if self._ahead else stages.load_new(self.connection, self.home)

    def judge(self) -> dict[str, Finding]:
        """Look at what must hold before anything is built on the events."""
        return self._ahead.result("judge") if self._ahead else stages.judge(self.connection)

    def flatten(self, wanted: Callable[[str], bool]) -> list[Outcome]:
        """Flatten what is new of the wanted event_names; who goes ahead takes all."""
        return self._ahead.result("flatten") if self._ahead else stages.flatten_new(self.connection, wanted=wanted)

    def advance(self) -> None:
        """Recognise the steps of processes in the new events."""
        self._ahead.result("advance") if self._ahead else stages.advance(self.connection)

    def take_references(self) -> None:
        """Read what the operator knows; raises ReferenceFileError."""
        self._ahead.result("references") if self._ahead else stages.take_references(self.connection, self.home)

    def refresh(self) -> None:
        """Make the views whose SQL has changed."""
        self._ahead.result("refresh") if self._ahead else stages.refresh(self.connection)

    def publish(self) -> Published:
        """Publish what is built."""
        return self._ahead.result("publish") if self._ahead else stages.publish_new(self.connection, self.home)

    @contextmanager
    def yield_for_execution(self, context: InitResourceContext) -> Iterator["BuildFile"]:  # type: ignore[override]
        """Follow who goes ahead; without one wait for the lock, open the file, and close it at the end."""
        self._ahead = ahead()
        with nullcontext() if self._ahead else self._locked(context.log) as self._connection:
            yield self
        self._ahead = self._connection = None

    @contextmanager
    def _locked(self, log: DagsterLogManager | None) -> Iterator[duckdb.DuckDBPyConnection]:
        def waiting(holder: str) -> None:
            if log:
                log.info("waiting for another build: %s", holder)

        with build_lock(self.home.lock, on_wait=waiting), stages.opened_build(self.home) as connection:
            yield connection

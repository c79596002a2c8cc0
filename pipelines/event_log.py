"""Dagster's event log as a build writes it: the same files and tables, in one transaction where Dagster has many.

Dagster writes each event by itself: a transaction for the run's file, a second one for the index of all runs, an engine
for each, and a look at a table's columns before each. A build tells of a hundred assets within a second, so here they
wait for each other. Dagster's own processes read what is written as if they had written it.
"""

import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from threading import RLock
from typing import Any

from dagster import DagsterEventType, EventLogEntry
from dagster._core.storage.event_log.sqlite.sqlite_event_log import SqliteEventLogStorage
from dagster._core.storage.sqlite import SQLITE_BUSY_TIMEOUT_SECONDS
from dagster._core.storage.sqlite_storage import DagsterSqliteStorage
from sqlalchemy import Connection, Engine, NullPool, create_engine

HELD = {
    DagsterEventType.ASSET_MATERIALIZATION_PLANNED,
    DagsterEventType.ASSET_MATERIALIZATION,
    DagsterEventType.ASSET_CHECK_EVALUATION_PLANNED,
    DagsterEventType.ASSET_CHECK_EVALUATION,
    DagsterEventType.STEP_OUTPUT,
    DagsterEventType.STEP_SUCCESS,
}
"""Events of which many come at once. All others (a step begins or fails, a run ends) are written as they come."""

HELD_SECONDS = 0.5
"""How long one may wait for the next."""

_RECORD = '{"__class__": "EventLogRecord", "event_log_entry": %s, "storage_id": %d}'
"""How Dagster serializes a record around the text of its event; a test holds that it still does."""


class GroupedEventLog(SqliteEventLogStorage):
    """Events that come together are written together, in their order; whoever reads finds them written."""

    def __init__(self, base_dir: str) -> None:
        """Open the log, or begin one."""
        self._order = RLock()
        self._engines: dict[str, Engine] = {}
        self._held: list[EventLogEntry] = []
        self._held_since = 0.0
        self._group: dict[str, Connection] | None = None
        self._opened = ExitStack()
        self._known: set[str] = set()
        self._written: tuple[EventLogEntry | None, str] = None, ""
        super().__init__(base_dir)

    def store_event(self, event: EventLogEntry) -> None:
        """Hold an event for the next one, or write it with all that were held."""
        with self._order:
            if not self._held:
                self._held_since = time.monotonic()
            self._held.append(event)
            if event.dagster_event_type not in HELD or time.monotonic() - self._held_since > HELD_SECONDS:
                self.write_held()

    def write_held(self) -> None:
        """Write all events that are held, in one transaction a file."""
        with self._order:
            events, self._held = self._held, []
            if events:
                with self._together():
                    for event in events:
                        super().store_event(event)

    def dispose(self) -> None:
        """Write what is held, and end."""
        self.write_held()
        super().dispose()

    def _event_to_row(self, event: EventLogEntry) -> dict[str, Any]:
        """Keep the text of the event that is being written: its asset's entry holds it too."""
        row = super()._event_to_row(event)
        self._written = event, row["event"]
        return row

    def _get_asset_entry_values(
        self, event: EventLogEntry, event_id: int, has_asset_key_index_cols: bool
    ) -> dict[str, Any]:
        """Serialize an event once: Dagster does it again for its asset, the half of its work on one of many columns."""
        written, text = self._written
        if event is not written:
            return super()._get_asset_entry_values(event, event_id, has_asset_key_index_cols)
        bare = event.get_dagster_event()._replace(event_specific_data=None)
        values = super()._get_asset_entry_values(event._replace(dagster_event=bare), event_id, has_asset_key_index_cols)
        if "last_materialization" in values:
            values["last_materialization"] = _RECORD % (text, event_id)
        return values

    @contextmanager
    def _together(self) -> Iterator[None]:
        """Let all that connects meanwhile share a transaction for each file; none is kept where one fails."""
        with ExitStack() as self._opened:
            self._group = {}
            try:
                yield
            finally:
                self._group = None

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        """Connect to the file of a run or to the index: within a group to its transaction, else to one's own."""
        with self._order:
            if self._group is not None:
                if shard not in self._group:
                    self._group[shard] = self._opened.enter_context(self._engine(shard).begin())
                yield self._group[shard]
            else:
                self.write_held()
                with self._engine(shard).begin() as connection:
                    yield connection

    def _engine(self, shard: str) -> Engine:
        """Make one engine for each file: what it has learned and compiled serves the next event too."""
        if shard not in self._engines:
            address = self.conn_string_for_shard(shard)
            timeout = {"timeout": SQLITE_BUSY_TIMEOUT_SECONDS}
            self._engines[shard] = create_engine(address, poolclass=NullPool, connect_args=timeout)
        if shard not in self._initialized_dbs:
            self._initdb(self._engines[shard])
            self._initialized_dbs.add(shard)
        return self._engines[shard]

    def has_asset_key_col(self, column_name: str) -> bool:
        """Look once for each column: none is dropped during a run."""
        return column_name in self._known or super().has_asset_key_col(column_name)

    def _has_asset_key_col_on_connection(self, conn: Connection, column_name: str) -> bool:
        """Look once for each column."""
        return column_name in self._known or self._note(
            column_name, found=super()._has_asset_key_col_on_connection(conn, column_name)
        )

    def has_secondary_index(self, name: str) -> bool:
        """Look once for each index: none is dropped during a run."""
        return name in self._known or self._note(name, found=super().has_secondary_index(name))

    def _note(self, name: str, *, found: bool) -> bool:
        if found:
            self._known.add(name)
        return found


class RunStorage(DagsterSqliteStorage):
    """Dagster's own storage in files, but for its event log."""

    def __init__(self, base_dir: str, inst_data: Any = None) -> None:
        """Open the three databases, or begin them."""
        super().__init__(base_dir, inst_data)
        self._event_log_storage = GroupedEventLog(str(Path(base_dir) / "history" / "runs"))

    @classmethod
    def from_config_value(cls, inst_data: Any, config_value: Any) -> "RunStorage":
        """Make the storage that an instance's settings name."""
        return cls(config_value["base_dir"], inst_data)

"""The Dagster instance of a home: its folder, settings and storage, made on first use."""

import os
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import Any

SETTINGS = Path(__file__).parent / "dagster.yaml"


def prepare_instance(folder: Path) -> None:
    """Make the instance's folder with our settings; settings already there are kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / "dagster.yaml"
    if not target.exists():
        temporary = folder / f".dagster.yaml.{os.getpid()}"
        temporary.write_bytes(SETTINGS.read_bytes())
        temporary.replace(target)


def prepare_storage(folder: Path) -> None:
    """Make the instance's databases. Dagster's processes must not do it at the same time: they spoil each other's."""
    from dagster import DagsterInstance  # noqa: PLC0415 - it takes a second, and only the one who opens it needs it

    prepare_instance(folder)
    with DagsterInstance.from_config(str(folder)) as instance:
        instance.get_run_records(limit=1)
        instance.all_asset_keys()
        instance.all_instigator_state()


@contextmanager
def gentle_storage() -> Iterator[None]:
    """Let Dagster's SQLite files be synced at checkpoints, not at each of a run's events: a thousand fsyncs less.

    Dagster opens a connection for each event, and SQLite checkpoints when a file's last one closes; so one more is
    held open on each. A power cut may lose the newest events of Dagster's history; what is built is decided by our
    ledger. (sqlite.org/pragma.html#pragma_synchronous: NORMAL in WAL mode keeps the file whole.)
    """
    from sqlalchemy import Engine, event  # noqa: PLC0415 - Dagster's own, heavy

    with ExitStack() as stack:
        held: set[str] = set()

        def connected(connection: Any, _record: Any) -> None:
            connection.execute("pragma synchronous = normal")
            path = connection.execute("pragma database_list").fetchall()[0][2]
            if path and path not in held:
                held.add(path)
                keeper = stack.enter_context(closing(sqlite3.connect(path, check_same_thread=False)))
                keeper.execute("select count(*) from sqlite_master").fetchall()

        event.listen(Engine, "connect", connected)
        try:
            yield
        finally:
            event.remove(Engine, "connect", connected)


if __name__ == "__main__":
    prepare_storage(Path(sys.argv[1]))

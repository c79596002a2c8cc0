"""The Dagster instance of a home: its folder, settings and storage, made on first use."""

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pipelines.kept_connections import KeptConnections

SETTINGS = Path(__file__).parent / "dagster.yaml"
ENGINES = "create_engine"
"""What Dagster's event log calls to make an engine; a test holds that it still does."""


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
    """Spare a run's events what Dagster's SQLite files cost: an engine, a connection and an fsync for each of them.

    Dagster makes an engine and opens and closes a connection for each event; here an engine is remembered, and a closed
    connection is kept and handed out again, in its own thread, until the run ends. So the files are synced at
    checkpoints: a power cut may lose the newest events of Dagster's history; what is built is decided by our ledger.
    (sqlite.org/pragma.html#pragma_synchronous: NORMAL in WAL mode keeps the file whole.)
    """
    from dagster._core.storage.event_log.sqlite import sqlite_event_log  # noqa: PLC0415 - heavy
    from sqlalchemy import Engine, event  # noqa: PLC0415 - Dagster's own, heavy

    kept, make_engine = KeptConnections(), getattr(sqlite_event_log, ENGINES)
    event.listen(Engine, "do_connect", kept.connect)
    setattr(sqlite_event_log, ENGINES, _remembering(make_engine))
    try:
        yield
    finally:
        setattr(sqlite_event_log, ENGINES, make_engine)
        event.remove(Engine, "do_connect", kept.connect)
        kept.close()


def _remembering(make_engine: Callable[..., Any]) -> Callable[..., Any]:
    """Make one engine for each file: what an engine has learned and compiled serves the next event too."""
    engines: dict[str, Any] = {}

    def engine(url: str, **options: Any) -> Any:
        if url not in engines:
            engines[url] = make_engine(url, **options)
        return engines[url]

    return engine


if __name__ == "__main__":
    prepare_storage(Path(sys.argv[1]))

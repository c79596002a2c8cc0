"""The Dagster instance of a home: its folder, settings and storage, made on first use."""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from pipelines.kept_connections import KeptConnections

if TYPE_CHECKING:
    from dagster import DagsterInstance

SETTINGS = Path(__file__).parent / "dagster.yaml"
READ_MIGRATIONS = "from_config"
"""What Dagster calls to read its migrations; a test holds that it still does."""


class HistoryError(Exception):
    """Dagster's databases cannot be read or written; the message says what to do."""

    def __init__(self, folder: Path, cause: object) -> None:
        """Name the folder and what SQLite says of it."""
        remedy = "Free space, repair the disk, or move the folder away, since it is begun anew; then build again"
        super().__init__(f"Dagster's history in {folder} cannot be used: {cause}. {remedy}; the lake holds everything.")


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
def opened(folder: Path) -> Iterator["DagsterInstance"]:
    """Open the instance to write to it as a build does: much at once, and without an fsync for each event.

    Where the settings say nothing of storage, Dagster's files are written in groups (see `event_log`); they are synced
    at checkpoints: a power cut may lose the newest events of Dagster's history; what is built is decided by our ledger.
    (sqlite.org/pragma.html#pragma_synchronous: NORMAL in WAL mode keeps the file whole.) Raises HistoryError where
    SQLite refuses them, also during the build.
    """
    from dagster import DagsterInstance  # noqa: PLC0415 - heavy
    from dagster._core.instance.ref import InstanceRef  # noqa: PLC0415
    from sqlalchemy.exc import DatabaseError, OperationalError  # noqa: PLC0415

    prepare_instance(folder)
    try:
        with gentle_sqlite(), migrations_read_once():
            settings = InstanceRef.from_dir(str(folder), overrides=_storage(folder))
            with DagsterInstance.from_ref(settings) as instance:
                yield instance
    except DatabaseError as error:
        if type(error) not in {DatabaseError, OperationalError}:  # the others are of statements, and so bugs
            raise
        raise HistoryError(folder, error.orig) from error


def _storage(folder: Path) -> dict[str, Any]:
    """Name our storage, unless the settings name another."""
    named = yaml.safe_load((folder / SETTINGS.name).read_text(encoding="utf-8")) or {}
    if any("storage" in key for key in named):
        return {}
    place = {"base_dir": str(folder)}
    return {"storage": {"custom": {"module": "pipelines.event_log", "class": "RunStorage", "config": place}}}


@contextmanager
def gentle_sqlite() -> Iterator[None]:
    """Keep the connections that Dagster opens and closes for each statement."""
    from sqlalchemy import Engine, event  # noqa: PLC0415 - Dagster's own, heavy

    kept = KeptConnections()
    event.listen(Engine, "do_connect", kept.connect)
    try:
        yield
    finally:
        event.remove(Engine, "do_connect", kept.connect)
        kept.close()


@contextmanager
def migrations_read_once() -> Iterator[None]:
    """Read Dagster's ninety migrations once: it reads them twice for each database, only to learn the newest one."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - Dagster's own, heavy

    read = getattr(ScriptDirectory, READ_MIGRATIONS)
    known: dict[str, Any] = {}

    def once(config: Any) -> Any:
        place = config.get_main_option("script_location")
        if place not in known:
            known[place] = read(config)
        return known[place]

    setattr(ScriptDirectory, READ_MIGRATIONS, once)
    try:
        yield
    finally:
        setattr(ScriptDirectory, READ_MIGRATIONS, read)


if __name__ == "__main__":
    prepare_storage(Path(sys.argv[1]))

"""Dagster's own memory of a home: runs, events, metadata of assets with previews. Erasure empties all of it."""

import shutil
import sqlite3
from collections.abc import Mapping, Sequence
from contextlib import closing
from pathlib import Path

from pipelines.instance import opened

WAIT_SECONDS = 30.0
LOGS = "**/compute_logs"
"""What runs printed; an error may have named a value."""


class HistoryBusy(Exception):  # noqa: N818 - it names the state
    """A process of Dagster holds a database that must be written anew."""

    def __init__(self, path: Path, cause: sqlite3.Error) -> None:
        """Name the database and the next step."""
        self.path = path
        super().__init__(
            f"Dagster's {path.name} could not be written anew ({cause}); stop nacre dev and Dagster's processes, then"
            " run nacre forget again, without arguments."
        )


def note(folder: Path, key: Sequence[str], description: str, metadata: Mapping[str, int | float | str]) -> None:
    """Note that an asset was made outside a run, where Dagster shows when and how it was made."""
    from dagster import AssetMaterialization  # noqa: PLC0415 - it takes seconds

    with opened(folder) as instance:
        instance.report_runless_asset_event(
            AssetMaterialization(list(key), description=description, metadata=dict(metadata))
        )


def empty(folder: Path) -> None:
    """Forget every run, event and materialization, and leave no byte of them in the databases. Raises HistoryBusy.

    Schedules and sensors keep their ticks and cursors, which hold no value of an event. Limits of pools go first:
    Dagster's wipe takes the slots of a pool and leaves its limit, so that no run of the pool would ever begin again.
    """
    if not (folder / "dagster.yaml").exists():
        return
    from dagster import DagsterInstance  # noqa: PLC0415 - it takes seconds

    with DagsterInstance.from_config(str(folder)) as instance:
        for pool in instance.event_log_storage.get_pool_limits():
            instance.event_log_storage.delete_concurrency_limit(pool.name)
        instance.wipe()
    for logs in folder.glob(LOGS):
        shutil.rmtree(logs)
    for path in sorted(folder.rglob("*.db")):
        try:
            with closing(sqlite3.connect(path, timeout=WAIT_SECONDS, isolation_level=None)) as connection:
                connection.execute("vacuum")
                connection.execute("pragma wal_checkpoint(truncate)").fetchall()
        except sqlite3.Error as error:
            raise HistoryBusy(path, error) from error

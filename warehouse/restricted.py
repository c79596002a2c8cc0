"""The whole warehouse in a second file, whose views for people name people.

The views of the published file show no personal column in the clear. In this file they do: names, addresses and what
people wrote stand beside the rows of the timeline. It is for those who may see them, and readable by its owner alone.
"""

from __future__ import annotations

import tempfile
from dataclasses import dataclass
from pathlib import Path

import duckdb

from warehouse.copying import copy_durably
from warehouse.fresh_file import sync
from warehouse.transactions import transaction
from warehouse.views import overlay, refresh

VIEWS = Path(__file__).parent / "sql_restricted"


@dataclass(frozen=True, slots=True)
class RestrictedFile:
    """A published file whose views name people: its path, its size in bytes, and how many events it holds."""

    path: Path
    bytes: int
    events: int


def publish_restricted(whole: Path, target: Path) -> RestrictedFile:
    """Write all that the published file `whole` holds into `target`, its views with personal columns in the clear.

    `target` is replaced at one instant and durable when this returns; where this raises, it stands as it was.
    """
    with tempfile.TemporaryDirectory(dir=target.parent, prefix=f".{target.name}.") as folder:
        made = Path(folder) / target.name
        copy_durably(whole, made, Path(folder) / "none")
        with duckdb.connect(str(made)) as con:
            con.execute("set TimeZone = 'UTC'")
            refresh(con)
            with transaction(con):
                overlay(con, VIEWS)
            (events,) = con.execute("select count(*) from core.event_store").fetchall()[0]
            con.execute("force checkpoint")
        sync(made)
        made.replace(target)
    sync(target.parent)
    return RestrictedFile(target, target.stat().st_size, int(events))

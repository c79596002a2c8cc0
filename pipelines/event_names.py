"""The list of known event_names, kept in a small file so that Dagster's definitions load without DuckDB."""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from pipelines.atomic import read_json, write_json


@dataclass(frozen=True, order=True)
class EventName:
    """One event_name and the table that holds its events."""

    event_name: str
    schema_name: str
    table_name: str

    @property
    def key(self) -> tuple[str, str]:
        """The table's asset key."""
        return self.schema_name, self.table_name


def read_event_names(path: Path) -> list[EventName]:
    """Return the known event_names, sorted; none where the file is missing or unreadable (a build writes it anew)."""
    rows = read_json(path)
    if not isinstance(rows, list):
        return []
    return sorted(EventName(row["event_name"], row["schema_name"], row["table_name"]) for row in rows)


def write_event_names(path: Path, names: Iterable[EventName]) -> bool:
    """Replace the list; say whether it changed (an unchanged file keeps its time, so that no one reloads)."""
    ordered = sorted(names)
    if ordered == read_event_names(path):
        return False
    write_json(path, [vars(name) for name in ordered])
    return True

"""The list of known event_names, kept in a small file so that Dagster's definitions load without DuckDB."""

from collections.abc import Iterable
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

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
    """Return the known event_names, sorted; none where the file is missing or not such a list: a build mends it."""
    rows = read_json(path)
    if not isinstance(rows, list) or not all(map(_is_one, rows)):
        return []
    return sorted(EventName(**row) for row in rows)


def write_event_names(path: Path, names: Iterable[EventName]) -> bool:
    """Replace the list; say whether it changed (an unchanged file keeps its time, so that no one reloads)."""
    ordered = sorted(names)
    if ordered == read_event_names(path):
        return False
    write_json(path, [vars(name) for name in ordered])
    return True


def _is_one(row: Any) -> bool:
    names = {field.name for field in fields(EventName)}
    return isinstance(row, dict) and row.keys() == names and all(isinstance(value, str) for value in row.values())

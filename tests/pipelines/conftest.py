"""Homes with a small lake, planted through the lake's own writer."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from ingest.lake import EventRow, Lake
from pipelines.home import Home
from pipelines.instance import prepare_storage
from pipelines.run_build import Outcome, build

START = 1_795_000_000_000_000
Plant = Callable[..., None]
Build = Callable[[Home], Outcome]


@pytest.fixture(scope="session")
def instance_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Dagster instance without runs; to make one takes a second, to copy it nothing."""
    folder = tmp_path_factory.mktemp("instance") / "dagster"
    prepare_storage(folder)
    return folder


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, instance_folder: Path) -> Home:
    """A home of its own, which the environment names."""
    home = Home(tmp_path / "home")
    monkeypatch.setenv("NACRE_HOME", str(home.root))
    shutil.copytree(instance_folder, home.dagster)
    return home


@pytest.fixture(scope="session")
def plant() -> Plant:
    """Write events into the lake of a home: `(number, event_name, data)`, received in that order."""

    def write(home: Home, *events: tuple[int, str, dict[str, Any]], first: int = 0) -> None:
        rows = []
        for position, (number, event_name, data) in enumerate(events):
            event_id = f"wh_planted{number:06d}"
            envelope = {"event_name": event_name, "id": event_id, "company_id": "ABC1234", "data": data}
            at = START + (first + position) * 1_000_000
            rows.append(EventRow(event_id, event_name, "ABC1234", at, json.dumps(envelope).encode()))
        Lake(home.root).write_events(rows, "planted")

    return write


@pytest.fixture(scope="session")
def build_home() -> Build:
    """Build a home in this process, as `nacre build` does."""
    return lambda home: build(home, lambda _stage, _done, _total: None)

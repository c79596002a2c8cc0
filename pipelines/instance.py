"""The Dagster instance of a home: its folder and its settings, written on first use."""

import os
from pathlib import Path

SETTINGS = Path(__file__).parent / "dagster.yaml"


def prepare_instance(folder: Path) -> None:
    """Make the instance's folder with our settings; settings already there are kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    target = folder / "dagster.yaml"
    if not target.exists():
        temporary = folder / f".dagster.yaml.{os.getpid()}"
        temporary.write_bytes(SETTINGS.read_bytes())
        temporary.replace(target)

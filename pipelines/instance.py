"""The Dagster instance of a home: its folder, settings and storage, made on first use."""

import os
import sys
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


def prepare_storage(folder: Path) -> None:
    """Make the instance's databases. Dagster's processes must not do it at the same time: they spoil each other's."""
    from dagster import DagsterInstance  # noqa: PLC0415 - it takes a second, and only the one who opens it needs it

    prepare_instance(folder)
    with DagsterInstance.from_config(str(folder)) as instance:
        instance.get_run_records(limit=1)
        instance.all_asset_keys()
        instance.all_instigator_state()


if __name__ == "__main__":
    prepare_storage(Path(sys.argv[1]))

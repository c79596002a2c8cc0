"""Where a run keeps its files: on the repository's disk, where an fsync has its price, and out of git's sight."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ingest.imports import import_files
from ingest.lake import Lake
from ingest.settings import load_settings
from ingest.simulator import write_ndjson

from .processes import ROOT

FOLDER = ROOT / "build" / "bench"


def bench_folder() -> Path:
    """The folder of all runs, made on first use."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    (FOLDER / ".gitignore").write_text("*\n", encoding="utf-8")
    return FOLDER


@contextmanager
def workplace(name: str) -> Iterator[Path]:
    """An empty folder, removed at the end."""
    folder = bench_folder() / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    try:
        yield folder
    finally:
        shutil.rmtree(folder)


def traffic(folder: Path, events: int, seed: int) -> Path:
    """Simulated traffic as NDJSON."""
    path = folder / f"traffic-{seed}-{events}.ndjson"
    write_ndjson(path, events, seed)
    return path


def fill(home: Path, file: Path) -> int:
    """Import a file into the lake of a home; the number of deliveries taken."""
    report = import_files(load_settings(home=home), [file])
    if report.quarantined or report.errors:
        message = f"{file.name} should import whole: {report.quarantined} lines refused, {report.errors}"
        raise ValueError(message)
    return report.accepted


def forget_warehouse(home: Path) -> None:
    """Remove all that was built of a home; the lake stays."""
    for path in home.iterdir():
        if path == Lake(home).root:
            continue
        if path.is_dir():
            shutil.rmtree(path)
        else:
            path.unlink()


def warm(path: Path) -> None:
    """Read files once, so that neither side pays for the disk."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    for file in files:
        with file.open("rb") as stream:
            while stream.read(1 << 22):
                pass

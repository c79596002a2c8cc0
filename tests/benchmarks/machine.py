"""What a run ran on."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from pathlib import Path

PACKAGES = ("nacre", "duckdb", "pyarrow", "dagster", "starlette", "uvicorn", "httptools", "uvloop", "msgspec")


def machine() -> str:
    """Processor, cores, memory, system and Python, as far as they can be told."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    python = f"{platform.python_implementation()} {platform.python_version()}"
    return (
        f"{_processor()}, {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.release()}, {python}"
    )


def versions(lock: Path) -> str:
    """The packages that count, and dlt's version by its lock."""
    found = [f"{name} {version(name)}" for name in PACKAGES]
    locked = next(
        (line.split()[0] for line in lock.read_text(encoding="utf-8").splitlines() if line.startswith("dlt==")), ""
    )
    return ", ".join([*found, locked.replace("==", " ")])


def load_average() -> float:
    """How many processes wanted the cores in the last minute."""
    return os.getloadavg()[0]


def _processor() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
    except OSError:
        return platform.processor() or platform.machine()
    return next((line.partition(": ")[2] for line in lines if line.startswith("model name")), platform.machine())

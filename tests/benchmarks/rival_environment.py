"""dlt's own virtual environment, from a lock of its own, made once beside the runs."""

from __future__ import annotations

import sys
from pathlib import Path

from .processes import ROOT, run
from .workplace import bench_folder

LOCK = ROOT / "requirements-rivals.lock"


def dlt_python() -> Path:
    """The interpreter that has dlt. Raises ChildFailed where it cannot be installed."""
    folder = bench_folder() / "rivals"
    python, installed = folder / "bin" / "python", folder / "requirements.lock"
    if not installed.exists() or installed.read_bytes() != LOCK.read_bytes():
        run([sys.executable, "-m", "venv", "--clear", folder])
        run(
            [
                sys.executable,
                "-m",
                "uv",
                "pip",
                "install",
                "--quiet",
                "--python",
                python,
                "--require-hashes",
                "-r",
                LOCK,
            ]
        )
        installed.write_bytes(LOCK.read_bytes())
    return python

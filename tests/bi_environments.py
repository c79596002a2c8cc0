"""Environments for tools that read the warehouse: each made once from the registries, and kept for the next run."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest


def environment(*requirements: str) -> Path:
    """The bin folder of an environment with these packages, made once for all runs; skips where it cannot be made."""
    return _made(requirements) / "bin"


def packages(*requirements: str) -> Path:
    """The folder with these packages, to be put at the end of a path."""
    (found,) = (_made(requirements) / "lib").glob("python*/site-packages")
    return found


def _made(requirements: tuple[str, ...]) -> Path:
    digest = hashlib.sha256("\n".join(requirements).encode()).hexdigest()[:16]
    folder = Path(tempfile.gettempdir()) / f"nacre-bi-{os.getuid()}-{digest}"
    with Path(f"{folder}.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            made = subprocess.run([sys.executable, "-m", "venv", "--clear", folder], capture_output=True, check=False)
            pip = [folder / "bin" / "python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
            done = made if made.returncode else subprocess.run([*pip, *requirements], capture_output=True, check=False)
            if done.returncode:
                pytest.skip(f"cannot install {', '.join(requirements)}: {done.stderr.decode()[-300:]}")
            (folder / "complete").touch()
    return folder


def program(name: str, package: str) -> str:
    """A program of Debian's, installed where that is allowed; skips where it is neither there nor to be had."""
    if shutil.which(name) is None:
        _install(package)
    return shutil.which(name) or pytest.skip(f"{name} is missing; install Debian's {package}")


def library(pattern: str, package: str) -> Path:
    """A file of a package of Debian's, as a program is found."""
    if not list(Path("/usr").glob(pattern)):
        _install(package)
    found = sorted(Path("/usr").glob(pattern))
    return found[-1] if found else pytest.skip(f"/usr/{pattern} is missing; install Debian's {package}")


def _install(package: str) -> None:
    if os.getuid() == 0 and shutil.which("apt-get"):
        for arguments in (["update"], ["install", "-y", "--no-install-recommends", package]):
            subprocess.run(["apt-get", "-qq", *arguments], capture_output=True, check=False)


def told(folder: Path, *command: str | Path, bin_: Path | None = None) -> str:
    """What a command that worked has printed."""
    path = f"{bin_}:{os.environ['PATH']}" if bin_ else os.environ["PATH"]
    values = {**os.environ, "PATH": path, "DO_NOT_TRACK": "1"}
    done = subprocess.run(command, capture_output=True, text=True, cwd=folder, env=values, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout

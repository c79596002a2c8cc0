"""The part in C reads and writes nothing but what it was given."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import hatch_build

COUNT = 400 * int(os.environ.get("NACRE_EXAMPLES", "2"))
CHECKS = ["-g", "-O0", "-fsanitize=address,undefined", "-fno-sanitize-recover=all", "-shared", "-fPIC", "-std=gnu11"]


def compiled(folder: Path) -> tuple[Path, str]:
    """The library with checks of each access, and what has to be loaded before it."""
    compiler = shutil.which("gcc")
    if compiler is None:
        pytest.skip("gcc, whose address checks this needs, is not installed")
    library = folder / "checked.so"
    sources = sorted(map(str, hatch_build.FOLDER.glob("*.c")))
    subprocess.run([compiler, *CHECKS, "-o", str(library), *sources], check=True)
    found = subprocess.run([compiler, "-print-file-name=libasan.so"], check=True, capture_output=True, text=True)
    return library, found.stdout.strip()


def mutated(library: Path, preload: str, count: int) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {
        "LD_PRELOAD": preload, "ASAN_OPTIONS": "detect_leaks=0", "PYTHONMALLOC": "malloc",
    }  # fmt: skip
    command = [sys.executable, "-m", "tests.warehouse.mutations", str(library), str(count), "7"]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


@pytest.mark.thorough
def test_broken_documents_make_no_access_outside_of_them(tmp_path: Path) -> None:
    """Whatever the bytes, nothing behind them is read and nothing outside of what was allotted is written."""
    done = mutated(*compiled(tmp_path), COUNT)
    taken, _, count = done.stdout.partition(" of ")
    assert (done.returncode, done.stderr, count) == (0, "", f"{COUNT} were taken")
    assert 0 < int(taken) < COUNT


@pytest.mark.thorough
def test_the_check_sees_an_access_outside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A library that reads one byte too many is found out."""
    sources = tmp_path / "native"
    shutil.copytree(hatch_build.FOLDER, sources, ignore=shutil.ignore_patterns("*.so", "__pycache__"))
    text = (sources / "json.h").read_text(encoding="utf-8")
    planted = text.replace("while (at < end && (*at == ' '", "while (at <= end && (*at == ' '")
    assert planted != text
    (sources / "json.h").write_text(planted, encoding="utf-8")
    monkeypatch.setattr(hatch_build, "FOLDER", sources)
    done = mutated(*compiled(tmp_path), 500)
    assert "AddressSanitizer" in done.stderr

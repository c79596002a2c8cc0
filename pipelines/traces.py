"""Look for words in the bytes of a home's files: what no command wrote, such as somebody's export, is found by this."""

import re
from collections.abc import Collection
from pathlib import Path

from ingest.lake.layout import writer
from pipelines.home import Home

PACKED = ((0, b"PAR1"), (8, b"DUCK"), (0, b"\x1f\x8b"), (0, b"\x28\xb5\x2f\xfd"), (0, b"PK\x03\x04"))
"""Where Parquet, DuckDB, gzip, zstd and zip say what they are."""
CHUNK = 8 * 2**20
LONGEST = 1024
"""More bytes than an id or an address can have."""


def files_naming(root: Path, words: Collection[str]) -> list[str]:
    """Files under `root`, but for the lake's compressed ones, in whose bytes or name one of the words stands."""
    if not words:
        return []
    any_of = b"|".join(re.escape(one.encode()) for one in sorted(words))
    pattern = re.compile(rb"(?<![A-Za-z0-9_])(?:" + any_of + rb")(?![A-Za-z0-9_])")
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".parquet")
    return [str(path.relative_to(root)) for path in files if _names(path, pattern)]


def unsearchable(home: Home) -> list[str]:
    """Compressed files and databases in a home that no build has made: their bytes do not tell what they hold."""
    ours = {home.build, home.published, home.restricted, home.build.with_name(home.build.name + ".wal")}
    files = [path for path in sorted(home.root.rglob("*")) if path.is_file() and path not in ours]
    return [str(path.relative_to(home.root)) for path in files if not _is_segment(path, home) and _is_packed(path)]


def _is_segment(path: Path, home: Home) -> bool:
    return path.is_relative_to(home.root / "lake") and writer(path.name) != ""


def _is_packed(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            begin = file.read(16)
    except FileNotFoundError:  # a temporary that has gone meanwhile
        return False
    return any(begin[at:].startswith(sign) for at, sign in PACKED)


def _names(path: Path, pattern: re.Pattern[bytes]) -> bool:
    if pattern.search(path.name.encode()):
        return True
    try:
        with path.open("rb") as file:
            before = b""
            while chunk := file.read(CHUNK):
                if pattern.search(before + chunk):
                    return True
                before = chunk[-LONGEST:]
    except FileNotFoundError:  # a temporary that has gone meanwhile
        return False
    return False

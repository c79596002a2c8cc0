"""Look for ids in the bytes of a home's files: what no command wrote, such as somebody's export, is found by this."""

import re
from collections.abc import Collection
from pathlib import Path

CHUNK = 8 * 2**20
LONGEST = 1024
"""More bytes than an id can have."""


def files_naming(root: Path, ids: Collection[str]) -> list[str]:
    """Files under `root`, but for the lake's compressed ones, in whose bytes or name one of the ids stands."""
    if not ids:
        return []
    words = b"|".join(re.escape(one.encode()) for one in sorted(ids))
    pattern = re.compile(rb"(?<![A-Za-z0-9_])(?:" + words + rb")(?![A-Za-z0-9_])")
    files = sorted(path for path in root.rglob("*") if path.is_file() and path.suffix != ".parquet")
    return [str(path.relative_to(root)) for path in files if _names(path, pattern)]


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

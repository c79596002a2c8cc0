"""Which segments a rewritten one stands for: a small hidden file beside it.

`.<segment>.replacing` is durable before the segment gets its name: so the segment takes the place of the others in the
very instant in which it appears, and while both are there a listing gives the new one alone. Once the old ones are
gone, the manifest is called `.<segment>.replaced`, which no listing has to read; it stays for warehouses that loaded
the old ones.
"""

import json
import re
from collections.abc import Collection, Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

from ingest.lake import durable

COMPACTED = "compacted"
ERASED = "erased"
REPLACING = ".replacing"
REPLACED = ".replaced"

_REWRITTEN = re.compile(rf"[^-]*-(?:{COMPACTED}|{ERASED})-[0-9a-f]{{16}}\.parquet")
_TEMPORARY = re.compile(rf"\.{{1,2}}{_REWRITTEN.pattern}(?:{re.escape(REPLACING)})?\.tmp")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A rewritten segment: how many rows it holds, their proof, and the files in its folder that it stands for."""

    segment: str
    rows: int
    proof: str
    replaces: tuple[str, ...]


def is_rewritten(file_name: str) -> bool:
    """Whether a segment's file name says that it stands for others."""
    return _REWRITTEN.fullmatch(file_name) is not None


def write(folder: Path, manifest: Manifest) -> None:
    """Announce a rewritten segment, durably. Raises `LakeUnwritable`."""
    durable.write_file(_path(folder, manifest.segment, REPLACING), json.dumps(asdict(manifest)).encode())


def read(folder: Path, segment: str) -> Manifest | None:
    """The manifest of a rewritten segment, settled or not; None where there is none."""
    for state in (REPLACING, REPLACED, REPLACING):  # it may be settled between two looks
        try:
            value = json.loads(_path(folder, segment, state).read_bytes())
        except FileNotFoundError:
            continue
        return Manifest(value["segment"], value["rows"], value["proof"], tuple(value["replaces"]))
    return None


def unsettled(folder: Path) -> Iterator[Manifest]:
    """Manifests whose replaced segments may still be there, oldest first."""
    for path in sorted(folder.glob(f".*{REPLACING}")):
        found = read(folder, path.name.removeprefix(".").removesuffix(REPLACING))
        if found:
            yield found


def temporaries(folder: Path) -> list[Path]:
    """What a killed rewriting was writing; it never had its name."""
    return [path for path in folder.glob(".*.tmp") if _TEMPORARY.fullmatch(path.name)]


def settle(folder: Path, segment: str) -> None:
    """Note, durably, that what a segment replaces is gone; nothing for a segment that replaces none.

    Raises `LakeUnwritable`.
    """
    path = _path(folder, segment, REPLACING)
    try:
        path.rename(_path(folder, segment, REPLACED))
    except FileNotFoundError:
        return
    except OSError as cause:
        raise durable.LakeUnwritable("rename", path, cause) from cause
    durable.sync_folder(folder)


def withdraw(folder: Path, segment: str) -> None:
    """Forget the announcement of a segment that never appeared."""
    _path(folder, segment, REPLACING).unlink(missing_ok=True)
    durable.sync_folder(folder)


def still_there(folder: Path, names: Collection[str]) -> list[str]:
    """Names of files that some of these rewritten segments stand for and that were not removed yet."""
    found = [read(folder, name) for name in names if _path(folder, name, REPLACING).exists()]
    return [name for manifest in found if manifest for name in manifest.replaces]


def hidden(folder: Path, names: Collection[str]) -> set[str]:
    """Of the file names in one folder, those that a rewritten segment among them stands for.

    Opens a file only between the appearance of a rewritten segment and the removal of the old ones.
    """
    settled = {name for name in names if name.endswith(REPLACED)}
    gone: set[str] = set()
    for name in names:
        if is_rewritten(name) and f".{name}{REPLACED}" not in settled:
            manifest = read(folder, name)
            gone.update(manifest.replaces if manifest else ())
    return gone


def _path(folder: Path, segment: str, state: str) -> Path:
    return folder / f".{segment}{state}"

"""Which segments a rewritten one stands for: a small hidden file beside it.

`.<segment>.replacing` is durable before the segment gets its name: so the segment takes the place of the others in the
very instant in which it appears, and while both are there a listing gives the new one alone. Once the old ones are
gone, the manifest is called `.<segment>.replaced`, which no listing has to read; it stays for warehouses that loaded
the old ones.
"""

import json
import re
from collections.abc import Collection
from dataclasses import asdict, dataclass
from pathlib import Path

import msgspec

from ingest.lake import durable

COMPACTED = "compacted"
ERASED = "erased"
REPLACING = ".replacing"
REPLACED = ".replaced"

_REWRITTEN = re.compile(rf"[^-]*-(?:{COMPACTED}|{ERASED})-[0-9a-f]{{16}}\.parquet")
_TEMPORARY = re.compile(rf"\.{{1,2}}{_REWRITTEN.pattern}(?:{re.escape(REPLACING)})?(?:\.[0-9a-f]{{8}})?\.tmp")


@dataclass(frozen=True, slots=True)
class Manifest:
    """A rewritten segment: how many rows it holds, their proof, and the files in its folder that it stands for."""

    segment: str
    rows: int
    proof: str
    replaces: tuple[str, ...]


class ManifestDamaged(Exception):  # noqa: N818 - it names the state of the manifest
    """A manifest that does not say what its segment stands for; nothing is guessed, nothing is removed.

    To go on as if there were none would list again what an erasure took out, and count deliveries twice unasked.
    """

    def __init__(self, path: Path) -> None:
        """Name the file and the next step."""
        self.path = path
        super().__init__(
            f"{path} is damaged: it should name the segments that another stands for. Restore it from a copy; without"
            " one, move it away and run nacre rebuild: no delivery is lost, what lies in both counts as a duplicate."
        )


def is_rewritten(file_name: str) -> bool:
    """Whether a segment's file name says that it stands for others."""
    return _REWRITTEN.fullmatch(file_name) is not None


def write(folder: Path, manifest: Manifest) -> None:
    """Announce a rewritten segment, durably. Raises `LakeUnwritable`."""
    durable.write_file(_path(folder, manifest.segment, REPLACING), json.dumps(asdict(manifest)).encode())


def read(folder: Path, segment: str) -> Manifest | None:
    """The manifest of a rewritten segment, settled or not; None where there is none. Raises `ManifestDamaged`."""
    for state in (REPLACING, REPLACED, REPLACING):  # it may be settled between two looks
        path = _path(folder, segment, state)
        try:
            return _decoded(path, segment)
        except FileNotFoundError:
            continue
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as cause:
            raise ManifestDamaged(path) from cause
    return None


def _decoded(path: Path, segment: str) -> Manifest:
    found = msgspec.json.decode(path.read_bytes(), type=Manifest)
    if found.segment != segment or any(Path(name).name != name for name in found.replaces):
        raise ManifestDamaged(path)
    return found


def unsettled(folder: Path) -> list[str]:
    """Rewritten segments, or those that were to be, whose replaced ones may still be there; oldest first."""
    names = sorted(path.name.removeprefix(".").removesuffix(REPLACING) for path in folder.glob(f".*{REPLACING}"))
    return [name for name in names if is_rewritten(name)]


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

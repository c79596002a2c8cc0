"""The ledger of erasures: one small durable file for each, with counts, hashes and dates, without personal data.

It is written before the first segment changes: from then on what it names is blocked, and an erasure that was killed
can be ended from its entry alone.
"""

import hashlib
import hmac
import json
import os
from dataclasses import asdict, dataclass, replace
from pathlib import Path

from ingest.lake import durable

FOLDER = "erasures"
SALT = "salt"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: when, by which kind of criterion, how much, and what it blocks.

    `hashes` are those of ids, `bodies` those of quarantined bodies, which come back under another id; whatever is older
    than the date `before` is blocked as well.
    """

    name: str
    erased_at: str
    criterion: str
    events: int
    deliveries: int
    quarantined: int
    hashes: tuple[str, ...]
    done: bool = False
    bodies: tuple[str, ...] = ()
    before: str = ""


def hashed(text: str) -> str:
    """What is kept of an id: enough to know it again, nothing to read."""
    return hashlib.sha256(b"nacre erased " + text.encode()).hexdigest()


def hashed_body(salt: bytes, body: bytes) -> str:
    """What is kept of a quarantined body. Its text may be guessed, so the hash needs what only this lake holds."""
    return hmac.new(salt, body, hashlib.sha256).hexdigest()


def salt_of(root: Path) -> bytes:
    """The lake's own secret for hashes of bodies; empty where none was needed yet."""
    try:
        return (root / FOLDER / SALT).read_bytes()
    except FileNotFoundError:
        return b""


def make_salt(root: Path) -> bytes:
    """The lake's own secret, made durably where there is none. Raises `LakeUnwritable`."""
    if not salt_of(root):
        durable.make_folder(root / FOLDER)
        durable.write_file(root / FOLDER / SALT, os.urandom(32))
    return salt_of(root)


def erasures(root: Path) -> list[Erasure]:
    """Every erasure of a lake, oldest first."""
    found = []
    for path in sorted((root / FOLDER).glob("*.json")):
        value = json.loads(path.read_bytes())
        lists = {name: tuple(value.get(name, ())) for name in ("hashes", "bodies")}
        found.append(Erasure(**{**value, **lists}))
    return found


def begin(root: Path, erasure: Erasure) -> None:
    """Note an erasure, durably, before anything is erased. Raises `LakeUnwritable`."""
    durable.make_folder(root / FOLDER)
    durable.write_file(_path(root, erasure), json.dumps(asdict(erasure), indent=1).encode())


def end(root: Path, erasure: Erasure) -> Erasure:
    """Note that an erasure is complete. Raises `LakeUnwritable`."""
    ended = replace(erasure, done=True)
    durable.write_file(_path(root, ended), json.dumps(asdict(ended), indent=1).encode())
    return ended


def new_name(erased_at: str) -> str:
    """A name that no other erasure has."""
    return f"{erased_at.replace(':', '').replace('-', '')}-{os.urandom(4).hex()}"


def _path(root: Path, erasure: Erasure) -> Path:
    return root / FOLDER / f"{erasure.name}.json"

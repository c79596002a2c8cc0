"""The ledger of erasures: one small durable file for each, with counts and hashes, without personal data.

It is written before the first segment changes: from then on the ids are blocked, and an erasure that was killed can be
ended from its hashes alone.
"""

import hashlib
import json
import os
from collections.abc import Collection, Sequence
from contextlib import nullcontext
from dataclasses import asdict, dataclass, replace
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc

from ingest.lake import durable
from ingest.lake.layout import Kind, Segment
from ingest.lake.manifests import ERASED
from ingest.lake.rewriting import KEYS, Guard, Keep, content
from ingest.lake.rewriting import replace as replace_segments

FOLDER = "erasures"


@dataclass(frozen=True, slots=True)
class Erasure:
    """One erasure: when, by which kind of criterion, how much, and the hashes of what it blocks."""

    name: str
    erased_at: str
    criterion: str
    events: int
    deliveries: int
    quarantined: int
    hashes: tuple[str, ...]
    done: bool = False


def hashed(text: str) -> str:
    """What is kept of an id: enough to know it again, nothing to read."""
    return hashlib.sha256(b"nacre erased " + text.encode()).hexdigest()


def erasures(root: Path) -> list[Erasure]:
    """Every erasure of a lake, oldest first."""
    found = []
    for path in sorted((root / FOLDER).glob("*.json")):
        value = json.loads(path.read_bytes())
        found.append(Erasure(**{**value, "hashes": tuple(value["hashes"])}))
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


def blocked(root: Path, *, unfinished: bool = True) -> frozenset[str]:
    """The hashes of all ids that must not come back; where there are none, one look at a folder tells.

    Of an unfinished erasure a warehouse may still hold the rows: only who makes that anew may take them out of segments
    that were loaded.
    """
    return frozenset(one for erasure in erasures(root) if erasure.done or unfinished for one in erasure.hashes)


def keeper(hashes: Collection[str], kind: Kind) -> Keep:
    """A function that takes the rows with these hashes out of a segment's rows."""

    def keep(rows: pa.Table) -> pa.Table:
        ids = rows.column(KEYS[kind])
        known = [one for one in ids.unique().to_pylist() if hashed(one) in hashes]
        return rows.filter(pc.invert(pc.is_in(ids, pa.array(known, pa.string())))) if known else rows

    return keep


def drop(segments: Sequence[Segment], hashes: Collection[str], guard: Guard = nullcontext) -> list[Segment]:
    """Rewrite those of these segments that hold rows with these hashes, without them. Raises as `rewriting.replace`."""
    return [
        replace_segments([segment], ERASED, guard, keeper(hashes, segment.kind))
        for segment in segments
        if holds(segment, hashes)
    ]


def holds(segment: Segment, hashes: Collection[str]) -> bool:
    """Whether a segment has rows with one of these hashes. Raises `SegmentDamaged`."""
    ids = content(segment).column(KEYS[segment.kind]).to_pylist()
    return any(hashed(one) in hashes for one in ids)


def _path(root: Path, erasure: Erasure) -> Path:
    return root / FOLDER / f"{erasure.name}.json"

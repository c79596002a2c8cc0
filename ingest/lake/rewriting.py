"""Replace segments by one that holds their rows: written, read back, proved equal; only then the old ones go.

A crash between any two steps leaves a lake that is read once: see `manifests`. `resume` ends what was left. Where the
old segments are to stay for a while, for readers that have listed them, `resume` removes them too, once it is time.
"""

import hashlib
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from ingest.lake import durable, layout, manifests
from ingest.lake.layout import Segment
from ingest.lake.manifests import Manifest
from ingest.lake.rows import EVENTS, QUARANTINE, sha256_prefix

ROWS_IN_GROUP = 100_000
ROWS_AT_ONCE = 10_000
FILES_AT_ONCE = 1_000
SCHEMAS = {"events": EVENTS, "quarantine": QUARANTINE}
KEYS = {"events": "id", "quarantine": "quarantine_id"}

Guard = Callable[[], AbstractContextManager[None]]
"""Entered while old segments are removed: whoever lists segments and reads them later is kept out by it."""
Keep = Callable[[pa.Table], pa.Table]


class SegmentDamaged(Exception):  # noqa: N818 - it names the state of the segment
    """A segment that does not hold what its name promises; nothing is replaced by its content."""

    def __init__(self, segment: Segment) -> None:
        """Name the segment and the next step."""
        self.segment = segment
        super().__init__(
            f"segment {segment.name} does not hold what its name promises; it stays as it is. "
            "Restore it from a copy, then try again."
        )


class NotProved(Exception):  # noqa: N818 - it names the state of the segment
    """A rewritten segment that does not hold the rows of those it stands for; they were not removed."""

    def __init__(self, path: Path, reason: str) -> None:
        """Name the segment, and what is wrong with it."""
        self.path = path
        self.reason = reason
        super().__init__(f"{path.name} {reason}; no segment was removed. Restore it from a copy, then run this again.")


def content(segment: Segment, columns: Sequence[str] | None = None) -> pa.Table:
    """The rows of a segment, of all columns or some, after its hash was checked. Raises `SegmentDamaged`."""
    raw = segment.path.read_bytes()
    if sha256_prefix(raw) != segment.sha256_prefix:
        raise SegmentDamaged(segment)
    return _rows_of(raw, segment.kind, columns)


def replace(
    olds: Sequence[Segment],
    writer: str,
    guard: Guard = nullcontext,
    keep: Keep | None = None,
    *,
    stay: bool = False,
) -> Segment:
    """Put one segment, sorted by receipt, in the place of some of one folder.

    Those are gone when this returns; with `stay`, they are left to `resume`. With `keep`, only the rows that it returns
    are taken over. Raises `SegmentDamaged`, `NotProved`, `LakeUnwritable`.
    """
    folder, kind = olds[0].path.parent, olds[0].kind
    table = pa.concat_tables(_chunks(olds, keep)).combine_chunks()
    table = table.sort_by([("received_at", "ascending"), (KEYS[kind], "ascending")])
    names = tuple(old.path.name for old in olds)
    first, names = min(names), (*names, *manifests.still_there(folder, names))
    raw = _parquet(table, names)
    prefix = sha256_prefix(raw)
    name = layout.renamed(first, writer, prefix)
    manifest = Manifest(name, table.num_rows, _proof(_kept(olds, keep)), names)
    manifests.write(folder, manifest)
    durable.write_file(folder / name, raw)
    made = Segment(f"{folder.name}/{name}", folder / name, kind, olds[0].received_date, prefix, len(raw))
    if stay:
        prove(folder, manifest, kind)
    else:
        finish(folder, manifest, kind, guard)
    return made


def prove(folder: Path, manifest: Manifest, kind: layout.Kind) -> None:
    """Prove by what is on the disk that a rewritten segment holds the rows it should. Raises `NotProved`."""
    path = folder / manifest.segment
    raw = path.read_bytes()
    if not path.stem.endswith(sha256_prefix(raw)):
        raise NotProved(path, "does not hold what its name promises")
    table = _rows_of(raw, kind)
    if (table.num_rows, _proof([table])) != (manifest.rows, manifest.proof):
        raise NotProved(path, "does not hold the rows of those it stands for")


def finish(folder: Path, manifest: Manifest, kind: layout.Kind, guard: Guard = nullcontext) -> None:
    """Prove a rewritten segment, then remove those it stands for. Raises `NotProved`."""
    prove(folder, manifest, kind)
    with guard():
        for name in manifest.replaces:
            (folder / name).unlink(missing_ok=True)
        durable.sync_folder(folder)
        for name in (*manifest.replaces, manifest.segment):
            manifests.settle(folder, name)


def resume(root: Path, guard: Guard = nullcontext, grace: float = 0.0) -> int:
    """End what earlier rewritings have left under the lake's root; says how many.

    Raises `NotProved`, `ManifestDamaged`. Old segments stay for `grace` seconds after the new one appeared. Only where
    no other rewriting runs: its temporaries would go too.
    """
    ended, before = 0, time.time() - grace
    for kind in layout.KINDS:
        for folder in sorted((root / kind).glob(f"{layout.PARTITION}*")):
            for temporary in manifests.temporaries(folder):
                temporary.unlink(missing_ok=True)
            for name in manifests.unsettled(folder):
                made = folder / name
                if not made.exists():
                    manifests.withdraw(folder, name)
                elif grace and made.stat().st_mtime > before:
                    continue
                elif manifest := manifests.read(folder, name):
                    finish(folder, manifest, kind, guard)
                ended += 1
    return ended


def replaced_by(segment: Segment) -> Manifest | None:
    """What a segment stands for, with those that its own predecessors stood for; None for one that was received."""
    folder = segment.path.parent
    found = manifests.read(folder, segment.path.name) if manifests.is_rewritten(segment.path.name) else None
    if found is None:
        return None
    names = dict.fromkeys(found.replaces)
    waiting = [name for name in names if manifests.is_rewritten(name)]
    while waiting:
        older = manifests.read(folder, waiting.pop())
        names |= dict.fromkeys(older.replaces if older else ())
        waiting += [name for name in (older.replaces if older else ()) if manifests.is_rewritten(name)]
    return Manifest(found.segment, found.rows, found.proof, tuple(names))


def _kept(olds: Sequence[Segment], keep: Keep | None) -> Iterator[pa.Table]:
    for old in olds:
        rows = content(old)
        yield keep(rows) if keep else rows


def _chunks(olds: Sequence[Segment], keep: Keep | None) -> Iterator[pa.Table]:
    """The rows of many files in few pieces: a piece for each file would cost more memory than the rows."""
    for at in range(0, len(olds), FILES_AT_ONCE):
        yield pa.concat_tables(_kept(olds[at : at + FILES_AT_ONCE], keep)).combine_chunks()


def _rows_of(raw: bytes, kind: layout.Kind, columns: Sequence[str] | None = None) -> pa.Table:
    schema = SCHEMAS[kind] if columns is None else pa.schema([SCHEMAS[kind].field(name) for name in columns])
    return pq.ParquetFile(pa.BufferReader(raw)).read(columns=schema.names, use_threads=False).cast(schema)


def _parquet(table: pa.Table, replaces: Sequence[str]) -> bytes:
    named = hashlib.sha256("\n".join(replaces).encode()).hexdigest()
    metadata = {"nacre.replaces": str(len(replaces)), "nacre.replaces.sha256": named}
    sink = pa.BufferOutputStream()
    pq.write_table(
        table.replace_schema_metadata(metadata),
        sink,
        compression="zstd",
        use_dictionary=[name for name in table.column_names if name in {"event_name", "company_id", "reason"}],
        write_statistics=["received_at"],
        row_group_size=ROWS_IN_GROUP,
        store_schema=False,
    )
    return sink.getvalue().to_pybytes()  # type: ignore[no-any-return]


def _proof(tables: Iterator[pa.Table] | Sequence[pa.Table]) -> str:
    """A sum over the rows that is the same for the same rows in any order, and counts each as often as it stands."""
    total = 0
    for table in tables:
        plain = table.set_column(
            table.column_names.index("received_at"), "received_at", table.column("received_at").cast("int64")
        )
        for batch in plain.to_batches(ROWS_AT_ONCE):
            for row in zip(*(column.to_pylist() for column in batch.columns), strict=True):
                total += int.from_bytes(_row_hash(row), "big")
    return f"{total % 2**256:064x}"


def _row_hash(row: tuple[object, ...]) -> bytes:
    digest = hashlib.sha256()
    for value in row:
        raw = value if isinstance(value, bytes) else str(value).encode()
        digest.update(len(raw).to_bytes(8, "big") + raw)
    return digest.digest()

"""Follow the lake where segments were rewritten: the ledger and every row then name the new segment, nothing is loaded
twice, and nothing is left out.

A rewritten segment holds the deliveries of those it stands for. The warehouse may have loaded all of these, none, or
some: in the last case the deliveries that it lacks are found as the difference of the two multisets, and loaded alone.
"""

from __future__ import annotations

import hashlib
import shutil
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

import duckdb
import pyarrow as pa

from warehouse.load import LoadReport, Segment, load
from warehouse.native import hash_bodies
from warehouse.segments import read
from warehouse.statements import statement
from warehouse.transactions import transaction

KINDS = ("events", "quarantine")
RENAMED = {"events": ("events", "duplicates", "conflicts", "winners"), "quarantine": ("quarantine",)}


@dataclass(frozen=True, slots=True)
class Replacement:
    """A rewritten segment, the deliveries in it, and the names of all segments that it stands for."""

    segment: Segment
    rows: int
    replaces: tuple[str, ...]


@dataclass(slots=True)
class FollowReport:
    """Segments that the ledger now names in place of others; `loads` are those that brought what was missing."""

    followed: list[str] = field(default_factory=list)
    loads: list[LoadReport] = field(default_factory=list)


class SuccessionMismatch(Exception):  # noqa: N818 - it names the state of the segment
    """The warehouse holds more deliveries of the replaced segments than the rewritten one has."""

    def __init__(self, segment: str, rows: int, known: int) -> None:
        """Name the segment, both counts and the next step."""
        self.segment = segment
        self.rows = rows
        self.known = known
        super().__init__(
            f"segment {segment} holds {rows} deliveries, but {known} were loaded from those it stands for; nothing was"
            " changed. Run nacre verify; nacre rebuild makes the warehouse anew from the lake."
        )


def unfollowed(con: duckdb.DuckDBPyConnection, segments: Sequence[Segment]) -> list[Segment]:
    """Of rewritten segments, those that the ledger does not hold, or holds as they were half-way."""
    settled = {kind: dict(con.execute(statement("succession/settled"), {"kind": kind}).fetchall()) for kind in KINDS}
    return [one for one in segments if settled[one.kind].get(one.name) != one.sha256_prefix]


def follow(con: duckdb.DuckDBPyConnection, replacements: Sequence[Replacement]) -> FollowReport:
    """Bring the ledger and the rows' segments to where the lake is. To be called before `load`.

    May be called again after it died anywhere. Raises SuccessionMismatch.
    """
    report = FollowReport()
    for kind in KINDS:
        settled = dict(con.execute(statement("succession/settled"), {"kind": kind}).fetchall())
        ours = [one for one in replacements if one.segment.kind == kind]
        for one in ours:
            if settled.get(one.segment.name, one.segment.sha256_prefix) != one.segment.sha256_prefix:
                _mend(con, one.segment)
        open_ = [one for one in ours if one.segment.name not in settled and one.segment.path.exists()]
        if open_:
            _follow(con, kind, open_, report)
    return report


def _follow(con: duckdb.DuckDBPyConnection, kind: str, replacements: list[Replacement], report: FollowReport) -> None:
    for table, rows in _tables(replacements).items():
        con.register(table, rows)
    with transaction(con):
        con.execute(statement("succession/ledger"), {"kind": kind})
        for name, rows, known in con.execute('select segment, "rows", deliveries from succeeding').fetchall():
            if known > rows:
                raise SuccessionMismatch(name, rows, known)
        for named in RENAMED[kind]:
            con.execute(statement(f"succession/rename_{named}"))
        con.execute(statement("succession/forget_segments"), {"kind": kind})
        con.execute(statement("succession/replace_segments"))
    partial = con.execute("select segment from succeeding where status = 'damaged' and deliveries > 0").fetchall()
    report.followed += [name for (name,) in con.execute("select segment from succeeding order by all").fetchall()]
    con.execute("drop table succeeding")
    for table in _tables(replacements):
        con.unregister(table)
    for one in replacements:
        if (one.segment.name,) in partial:
            report.loads.append(_load_missing(con, one.segment))


def _load_missing(con: duckdb.DuckDBPyConnection, segment: Segment) -> LoadReport:
    """Load from a segment what the warehouse has not: by way of a copy that holds that alone. Raises Damaged."""
    ((build_path,),) = con.execute(statement("succession/build_path")).fetchall()
    folder = scratch(Path(build_path))
    shutil.rmtree(folder, ignore_errors=True)
    copy = folder / segment.name
    copy.parent.mkdir(parents=True, mode=0o700)
    try:
        con.register("rewritten", _rewritten(segment))
        values = {"segment": segment.name, "target": str(copy)}
        con.execute(statement(f"succession/missing_{segment.kind}"), values)
        con.unregister("rewritten")
        digest = hashlib.sha256(copy.read_bytes()).hexdigest()
        loaded = load(con, [Segment(segment.name, copy, segment.kind, digest[: len(segment.sha256_prefix)])])
        _mend(con, segment)
    finally:
        shutil.rmtree(folder)
    return loaded


def _rewritten(segment: Segment) -> pa.Table:
    """The rows of a segment, bodies of events with their hash. Raises Damaged."""
    rows = read(segment)
    if segment.kind == "quarantine":
        return rows
    return rows.append_column("body_hash", [hash_bodies(piece) for piece in rows.column("body").chunks])


def scratch(build_path: Path) -> Path:
    """Where copies of a part of a segment lie for as long as they are loaded."""
    return build_path.with_name(build_path.name + ".succession")


def _mend(con: duckdb.DuckDBPyConnection, segment: Segment) -> None:
    values = {"kind": segment.kind, "segment": segment.name, "sha256_prefix": segment.sha256_prefix}
    con.execute(statement("succession/mend"), {**values, "bytes": segment.path.stat().st_size})


def _tables(replacements: list[Replacement]) -> dict[str, pa.Table]:
    successors = {
        "segment": [one.segment.name for one in replacements],
        "received_date": [one.segment.received_date for one in replacements],
        "bytes": [one.segment.path.stat().st_size for one in replacements],
        "sha256_prefix": [one.segment.sha256_prefix for one in replacements],
        "rows": [one.rows for one in replacements],
    }
    pairs = [(one.segment.name, old) for one in replacements for old in (*one.replaces, one.segment.name)]
    successions = {"segment": [new for new, _ in pairs], "replaced": [old for _, old in pairs]}
    return {"successors": pa.table(successors), "successions": pa.table(successions)}

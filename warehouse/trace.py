"""One event from end to end: as it was received, and all that became of it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import duckdb
import pyarrow as pa
import pyarrow.compute as pc

from warehouse.segments import Damaged, Segment, read
from warehouse.statements import statement
from warehouse.verify.findings import VerifyReport
from warehouse.verify.layout import TableLayout, layouts

Row = dict[str, Any]
Copy = tuple[int, int, str]
"""A delivery in a segment: receipt in µs since the epoch, position, body."""
WAITING = "waiting"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Delivery:
    """One delivery: where it lies, its body as received, and whether it is the event, a duplicate or a conflict.

    `waiting` is one that no build has taken in yet; `position` counts the rows of the segment from 0. Without body
    and position, the lake has it no more.
    """

    segment: str
    received_at: datetime
    became: str
    position: int | None = None
    body: str | None = None


@dataclass(slots=True)
class Trace:
    """All that is known of one id; `unread` names segments that may hold more of it, and why they cannot be read."""

    event_id: str
    event: Row | None
    deliveries: list[Delivery]
    rows: dict[str, list[Row]] = field(default_factory=dict)
    misfits: list[Row] = field(default_factory=list)
    processes: list[Row] = field(default_factory=list)
    quarantine: list[Row] = field(default_factory=list)
    unread: dict[str, str] = field(default_factory=dict)

    @property
    def known(self) -> bool:
        """Whether anything at all is known of the id."""
        return bool(self.event or self.deliveries or self.quarantine)


def trace(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    event_id: str,
    stands_for: Mapping[str, Sequence[str]] | None = None,
) -> Trace:
    """Follow one id through the lake's segments and the warehouse behind `con`.

    `stands_for` names, for a rewritten segment, those whose deliveries it holds.
    """
    con.execute("set TimeZone = 'UTC'")
    found = _rows(con, statement("trace/event"), [event_id])
    event = found[0] if found else None
    tables = layouts(con, VerifyReport(full=False)).get(event["event_name"], []) if event else []
    deliveries, unread = _deliveries(con, segments, event_id, stands_for or {})
    return Trace(
        event_id,
        event,
        deliveries,
        {table.name: rows for table in tables if (rows := _typed(con, table, event_id))},
        _rows(con, statement("trace/misfits"), [event_id]),
        _rows(con, statement("trace/echoes"), [event_id]),
        [_readable(row) for row in _rows(con, statement("trace/quarantine"), {"event_id": event_id})],
        unread,
    )


def _deliveries(
    con: duckdb.DuckDBPyConnection,
    segments: Sequence[Segment],
    event_id: str,
    stands_for: Mapping[str, Sequence[str]],
) -> tuple[list[Delivery], dict[str, str]]:
    """The deliveries the warehouse knows, with their bodies from the lake, then those that wait for a build.

    With them the segments that cannot be read, and why: also those that a build has set aside, until they are whole.
    """
    known = con.execute(statement("trace/deliveries"), {"event_id": event_id}).fetchall()
    taken = con.execute(statement("trace/taken")).fetchall()
    holders = {name: one for one in segments for name in (*stands_for.get(one.name, ()), one.name)}
    built = {holders[name].name for (name,) in taken if name in holders}
    waiting = [one for one in segments if one.kind == "events" and one.name not in built]
    looked = {one.name: one for name, *_ in known if (one := holders.get(name)) is not None}
    held, unread = _held([*looked.values(), *waiting], event_id)
    deliveries = []
    for name, received_at, became in known:
        holder = holders.get(name)
        copies = held.get(holder.name, []) if holder else []
        at = next((at for at, copy in enumerate(copies) if copy[0] == received_at), None)
        position, body = copies.pop(at)[1:] if at is not None else (None, None)
        deliveries.append(Delivery(holder.name if holder else name, _moment(received_at), became, position, body))
    for one in waiting:
        deliveries += [
            Delivery(one.name, _moment(received_at), WAITING, position, body)
            for received_at, position, body in held.get(one.name, ())
        ]
    return deliveries, unread


def _held(segments: Sequence[Segment], event_id: str) -> tuple[dict[str, list[Copy]], dict[str, str]]:
    """What each segment holds of an id, by name; and of those that cannot be read, why."""
    held, unread = {}, {}
    for segment in segments:
        try:
            held[segment.name] = list(_copies(read(segment), event_id))
        except Damaged as damaged:
            unread[segment.name] = str(damaged)
    return held, unread


def _copies(rows: pa.Table, event_id: str) -> Iterator[Copy]:
    for at in pc.indices_nonzero(pc.equal(rows["id"], event_id)).to_pylist():
        received_at = rows["received_at"].cast("int64")[at].as_py()
        yield received_at, at, rows["body"][at].as_py().decode()


def _typed(con: duckdb.DuckDBPyConnection, table: TableLayout, event_id: str) -> list[Row]:
    """The event's rows in one table."""
    order = " order by position" if table.steps else ""
    return _rows(con, "from " + table.target + " where event_id = ?" + order, [event_id])


def _rows(con: duckdb.DuckDBPyConnection, query: str, values: Any) -> list[Row]:
    """The rows of a query by column name."""
    cursor = con.execute(query, values)
    names = [column[0] for column in cursor.description or ()]
    return [dict(zip(names, row, strict=True)) for row in cursor.fetchall()]


def _readable(row: Row) -> Row:
    """A quarantined delivery with its body as text; bytes that are none are shown as such."""
    return {**row, "body": bytes(row["body"] or b"").decode("utf-8", "backslashreplace")}


def _moment(microseconds: int) -> datetime:
    return _EPOCH + timedelta(microseconds=microseconds)

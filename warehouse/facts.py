"""What an event of a process tells of its entity, read out of the columns of its typed row.

An event is told to core.process_events when its typed row is written, so its document is read once for both. Of several
places the first that holds something right wins; what is not surely right is NULL, never a guess.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import duckdb
import pyarrow as pa

from warehouse.catalogue import Catalogue, Process, load
from warehouse.quoting import literal
from warehouse.schema.kinds import DECIMAL, TIMESTAMP_PATTERN
from warehouse.schema.names import json_pointer
from warehouse.schema.places import Steps
from warehouse.statements import statement

KEYS = "event_id, company_id, occurred_at, received_at, load_no, echo_key"
"""The columns of a typed row, and of its event, that are told beside the facts."""

ECHO_KEY = "hash(events.event_name, events.company_id, events.data) as echo_key"
"""The same for an event and its echoes, out of core.event_store as `events`."""

_VERB = re.compile(r"[A-Z]?[a-z]+\Z")
"""The last word of a name: `expense_approved` and `expenseApproved` both end with it."""

_EXACT = "-?[0-9]{1,29}([.][0-9]{1,9}0*)?"
"""Numbers that DECIMAL(38,9) holds as they are."""

_WHOLE = "(-?[0-9]+)[.]0+"
"""Whole numbers written with a fraction: in a column of numbers they are the same as without."""


@dataclass(frozen=True, slots=True)
class Place:
    """A column of a typed table: the keys that lead to it, its type, and its name in a query."""

    keys: Steps
    type: str
    name: str


@dataclass(frozen=True, slots=True)
class Way:
    """The type of a fact, and the SQL that reads it from a place; None where no value there is such a fact."""

    type: str
    read: Callable[[Place], str | None]


@dataclass(frozen=True, slots=True)
class Telling:
    """How the events of one event_name are told to a process."""

    event_name: str
    process: Process
    stage: str | None

    @property
    def fingerprint(self) -> str:
        """A short text that changes when what is declared of the process, or the way to read it, changes."""
        said = repr((self.process.name, self.stage, sorted(self.process.facts.items()))) + statement("processes/told")
        return hashlib.sha256(said.encode()).hexdigest()[:12]

    def facts(self, places: Sequence[Place]) -> str:
        """The facts as SQL expressions over these places, each with its name."""
        declared = self.process.facts
        told = {fact: _first(places, declared.get(fact, ()), way) for fact, way in _WAYS.items()}
        told["currency"] = _currency(places, declared.get("amount", ()), declared.get("currency", ()))
        return ", ".join(f"{read} as {fact}" for fact, read in told.items())

    def rows(self, told: str) -> tuple[str, dict[str, str | None]]:
        """A query, with its values, for rows of core.process_events, of what `told` finds: KEYS and the facts."""
        values = {"process": self.process.name, "event_name": self.event_name, "stage": self.stage}
        return "with told as (" + told + ")\n" + statement("processes/told"), values

    def insert(self, con: duckdb.DuckDBPyConnection, told: str, rows: pa.Table | None = None) -> None:  # noqa: ARG002
        """Tell the events that a query finds, which has KEYS and the facts as columns; it may read from `rows`.

        DuckDB finds these by their name. Were they registered, it would keep them until the transaction ends.
        """
        query, values = self.rows(told)
        con.execute("insert into core.process_events " + query, values)


def fingerprint(told: Telling | None) -> str | None:
    """That of what was declared; None where the events belong to no process."""
    return told.fingerprint if told else None


def telling(event_name: str, catalogue: Catalogue | None = None) -> Telling | None:
    """How the events of an event_name are told; None where they belong to no process."""
    family = (catalogue or load()).family_of(event_name)
    if family is None or family.process is None:
        return None
    stages = {verb: stage for stage, verb in family.process.verbs}
    found = _VERB.search(event_name)
    return Telling(event_name, family.process, stages.get(found.group().lower()) if found else None)


def forget(con: duckdb.DuckDBPyConnection, event_name: str) -> None:
    """Take back all that was told of an event_name."""
    con.execute("delete from core.process_events where event_name = ?", [event_name])


def leave_unmarked(con: duckdb.DuckDBPyConnection, event_name: str, load_no: int) -> None:
    """Note that the events after a load have been told, and may be echoes."""
    con.execute("insert into core.unmarked values (?, ?)", [event_name, load_no])


def _first(places: Sequence[Place], wanted: Sequence[str], way: Way) -> str:
    """The first of the wanted places, such as `expense.amount.decimal`, that holds something."""
    found = [_at(places, tuple(place.split("."))) for place in wanted]
    told = [text for place in found if place and (text := way.read(place))]
    return f"coalesce({', '.join(told)})" if told else f"cast(null as {way.type})"


def _currency(places: Sequence[Place], amounts: Sequence[str], currencies: Sequence[str]) -> str:
    """That of the amount which is told: out of the object it stands in, if a place for a currency is declared there."""
    cases = []
    for amount in amounts:
        told = _first(places, [amount], _WAYS["amount"])
        beside = [one for one in currencies if one.rpartition(".")[0] == amount.rpartition(".")[0]]
        currency = _first(places, beside or currencies, _WAYS["currency"])
        cases.append(f"when {told} is not null then {currency}")
    return f"case {' '.join(cases)} end" if cases else "cast(null as varchar)"


def _at(places: Sequence[Place], keys: Steps) -> Place | None:
    """The column of these keys, or what lies below them in a column of JSON; None where neither is there."""
    for place in places:
        if place.keys == keys:
            return place
    for place in places:
        if place.type == "JSON" and place.keys == keys[: len(place.keys)]:
            pointer = literal(json_pointer(keys[len(place.keys) :]))
            return Place(keys, "JSON", f"json_extract(cast({place.name} as json), {pointer})")
    return None


def _text(place: Place) -> str | None:
    if place.type == "JSON":
        return _scalar(place.name, "{[")
    if place.type == DECIMAL:
        return f"rtrim(rtrim(cast({place.name} as varchar), '0'), '.')"
    if place.type == "VARCHAR":
        return place.name
    return None if place.type.endswith("[]") else f"cast({place.name} as varchar)"


def _id(place: Place) -> str | None:
    """A text that is not empty, or a number; the same for a value in a column of any type.

    A column of texts may hold what is a boolean, a whole number written with a fraction, or an instant elsewhere.
    """
    if place.type in {"BOOLEAN", "TIMESTAMPTZ"}:
        return None
    if place.type == "DOUBLE":
        integer = f"cast(try_cast({place.name} as hugeint) as varchar)"
        return f"case when {place.name} = trunc({place.name}) then {integer} else {_text(place)} end"
    text = _text(place)
    if text is None or place.type not in {"VARCHAR", "JSON"}:
        return text
    return (
        f"case when {text} in ('', 'true', 'false') then null"
        f" when not regexp_full_match({text}, {literal(f'{_WHOLE}|{TIMESTAMP_PATTERN}')}) then {text}"
        f" else nullif(regexp_extract({text}, {literal(_WHOLE + '$')}, 1), '') end"
    )


def _amount(place: Place) -> str | None:
    """Only what needs no rounding; a long number within JSON may have lost digits, and is unknown."""
    if place.type == DECIMAL:
        return place.name
    if place.type in {"BIGINT", "HUGEINT"}:
        return f"try_cast({place.name} as {DECIMAL})"
    if place.type not in {"DOUBLE", "VARCHAR", "JSON"}:
        return None
    text = _text(place)
    sure = f"case when regexp_full_match({text}, '{_EXACT}') then try_cast({text} as {DECIMAL}) end"
    if place.type != "JSON":
        return sure
    whole = f"cast({place.name} as varchar)"
    return f"case when left({whole}, 1) = '\"' or length({whole}) < 16 then {sure} end"


def _time(place: Place) -> str | None:
    """An instant, as a column of instants takes it: a day, or a time without a zone, may be any of many."""
    if place.type == "TIMESTAMPTZ":
        return place.name
    if place.type not in {"VARCHAR", "JSON"}:
        return None
    text = _text(place)
    return f"case when regexp_full_match({text}, {literal(TIMESTAMP_PATTERN)}) then try_cast({text} as timestamptz) end"


def _scalar(json: str, refused: str) -> str:
    """The text of a JSON value, but not where it begins with one of the refused characters."""
    begins = ", ".join(map(literal, refused))
    return f"case when left(cast({json} as varchar), 1) not in ({begins}) then json_extract_string({json}, '$') end"


_WAYS = {
    **dict.fromkeys(("entity_id", "engagement_id"), Way("varchar", _id)),
    "amount": Way(DECIMAL, _amount),
    **dict.fromkeys(("currency", "category", "country", "approver"), Way("varchar", _text)),
    **dict.fromkeys(("submitted_at", "reviewed_at"), Way("timestamptz", _time)),
}

"""Bring the typed tables of one event_name up to date with core.event_store, in one transaction.

The fast lane takes every document that provably fits the tables; what is left is looked at in the order of its receipt,
the shape learns from it, the tables widen, and the fast lane goes again. What still does not fit then is taken by the
exact lane. Because each row is checked on its way in, the tables hold exactly what was sent, and because the types
follow from the shape alone, they are the same for any order of loads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import chain, islice

import duckdb
import pyarrow as pa

from warehouse.catalogue import declared
from warehouse.comments import describe_event
from warehouse.facts import fingerprint, forget, leave_unmarked, telling
from warehouse.flatten import store
from warehouse.flatten.alter import alter_tables, create_tables, drop_planned
from warehouse.flatten.children import named_again
from warehouse.flatten.lanes import insert_exact, insert_fast
from warehouse.flatten.learning import Known, fewer, in_order, known_of, learn, observe, some
from warehouse.flatten.left import Left
from warehouse.flatten.plan import Plan
from warehouse.flatten.source import Source
from warehouse.schema.names import json_path, steps_of
from warehouse.schema.places import Steps
from warehouse.schema.shape import Shape
from warehouse.statements import statement
from warehouse.transactions import transaction

FIRST_LOOK = 2_000
"""Documents of common size that the shape is learnt from before the tables are made."""

FIRST_CHUNK, CHUNK = 250, 5_000
"""Documents left by the fast lane that are looked at before it tries again: few at first, as one often tells enough."""


@dataclass(frozen=True, slots=True)
class TableReport:
    """A typed table after a flatten; `columns` as (name, type, json_path)."""

    schema_name: str
    table_name: str
    rows: int
    added: int
    columns: list[tuple[str, str, str]]


@dataclass(frozen=True, slots=True)
class FlattenReport:
    """What a flatten did for one event_name; `rebuilt` where its tables were made anew."""

    event_name: str
    tables: list[TableReport]
    rebuilt: bool


def pending_event_names(con: duckdb.DuckDBPyConnection) -> list[str]:
    """The event_names with events, or withdrawals, newer than their tables; by first appearance."""
    return [name for (name, *_) in con.execute(statement("flatten/pending")).fetchall()]


def flatten(con: duckdb.DuckDBPyConnection, event_name: str, documents: pa.Table | None = None) -> FlattenReport:
    """Type the new events of one event_name; its tables widen or are made anew where the new data asks for it.

    `documents`: all of its documents, where they were read before.
    """
    with transaction(con):
        return _Flatten(con, event_name, documents).run()


class _Flatten:
    def __init__(self, con: duckdb.DuckDBPyConnection, event_name: str, documents: pa.Table | None) -> None:
        self.con = con
        self.event_name = event_name
        self.declared: dict[Steps, str] = {
            steps_of(path): column.type for path, column in declared(event_name).items() if column.type
        }
        self.telling = telling(event_name)
        self.before: dict[str, int] = {}
        self.rebuilt = False
        self.reshaped = False
        self.left = Left(con)
        self.everything = Source(con, event_name, -1, documents)
        self.misfits = 0
        self.varied: frozenset[Steps] = frozenset()
        self.plans: list[Plan] = []

    def run(self) -> FlattenReport:
        after, made_by, told_by = store.progress(self.con, self.event_name)
        self.first = first = after < 0
        if not first:
            self.before = store.row_counts(self.con, self.event_name)
        news = Source(self.con, self.event_name, after)
        if first or made_by != self._declared_texts() or news.withdrawn():
            self._begin(Shape(self.declared))
        else:
            self._go_on(news)
        self._settle()
        if self.shape.learnt:
            store.save_shape(self.con, self.event_name, self.shape, first=first)
            store.save_columns(self.con, self.event_name, self.plans, first=first)
        rows = [store.row_count(self.con, plan) for plan in self.plans]
        store.save_tables(self.con, self.event_name, self.plans, rows)
        if len(self.plans) > 1 or len(self.before) > 1:
            self.plans = named_again(self.con, self.event_name, self.plans)
        if self.rebuilt:
            # otherwise events are left that another rule may have told: then all are told anew
            told_by = fingerprint(self.telling)
        store.save_progress(self.con, self.event_name, self._last(), self._declared_texts(), told_by, first=first)
        if self.telling:
            leave_unmarked(self.con, self.event_name, -1 if self.rebuilt else after)
        if self.reshaped:
            if self.misfits or not first:
                self.con.execute(statement("flatten/name_misfits"), {"event_name": self.event_name})
            describe_event(self.con, self.event_name)
        return FlattenReport(self.event_name, self._reports(rows), self.rebuilt)

    def _last(self) -> int:
        found = self.con.execute(statement("flatten/last_load"), {"event_name": self.event_name}).fetchall()
        return int(found[0][0])

    def _begin(self, shape: Shape) -> None:
        """Make the tables from all events, with a shape that has seen none yet."""
        batches = self.everything.batches()
        beginning = list(islice(batches, 2))
        limit = fewer(FIRST_LOOK, beginning[0]) if beginning else 0
        few = in_order(beginning[0], limit) if len(beginning) == 1 else self.everything.first_documents(limit)
        known = learn(shape, self.declared, few)
        while shape.unsure:
            shape = shape.again()
            known = learn(shape, self.declared, few)
        self.shape = shape
        self.shape.learnt = True
        self.varied = known.varied(few)
        if not self.first:
            store.drop_tables(self.con, self.event_name)
        self._make_anew(known, chain(_handed_over(beginning), batches))

    def _make_anew(self, known: Known, batches: Iterable[pa.Table]) -> None:
        if self.rebuilt or not self.first:
            forget(self.con, self.event_name)
        self.known = known
        self.rebuilt = self.reshaped = True
        drop_planned(self.con, self.plans)
        self.plans = store.plans(self.con, self.event_name, known.tables)
        create_tables(self.con, self.plans, self.varied)
        self.left.forget()
        self._insert_fast(batches)

    def _go_on(self, news: Source) -> None:
        """Add the new events to the tables as they are."""
        self.shape = store.load_shape(self.con, self.event_name, self.declared)
        self.known = known_of(self.shape, self.declared)
        self.plans = store.plans(self.con, self.event_name, self.known.tables)
        for rows in news.earlier_than(self.shape):
            observe(self.shape, rows)
        known = known_of(self.shape, self.declared, self.known)
        if self.shape.unsure or news.begins_by(self.shape.sure_after):
            self._begin(self.shape.again())
        elif known is self.known or self._grow(known):
            self._insert_fast(news.batches())
        else:
            self._make_anew(known, self.everything.batches())

    def _settle(self) -> None:
        """Bring in what the fast lane left, learning from it."""
        chunk = FIRST_CHUNK
        while rows := some(self.left.first(chunk), chunk):
            chunk = min(2 * chunk, CHUNK)
            observe(self.shape, rows)
            known = known_of(self.shape, self.declared, self.known)
            if self.shape.unsure:
                self._begin(self.shape.again())
            elif known is self.known:
                self.misfits += insert_exact(self.con, self.plans, rows, self.left, self.telling)
            elif self._grow(known):
                self._insert_fast(self.left.take_all())
            else:
                self._make_anew(known, self.everything.batches())
        self.left.forget()

    def _insert_fast(self, batches: Iterable[pa.Table]) -> None:
        insert_fast(self.con, self.plans, self.known.program, batches, self.left, telling=self.telling)

    def _grow(self, known: Known) -> bool:
        """Alter the tables in place where the rows they hold stay right; False where they must be made anew."""
        plans = store.plans(self.con, self.event_name, known.tables)
        if not alter_tables(self.con, self.plans, plans):
            return False
        self.known, self.plans = known, plans
        self.reshaped = True
        return True

    def _declared_texts(self) -> dict[str, str]:
        return {json_path(steps): type_ for steps, type_ in self.declared.items()}

    def _reports(self, rows: list[int]) -> list[TableReport]:
        reports = []
        for plan, count in zip(self.plans, rows, strict=True):
            columns = [(column.name, column.type, json_path(column.steps)) for column in plan.table.columns]
            added = count - self.before.get(json_path(plan.table.steps), 0)
            reports.append(TableReport(plan.schema_name, plan.table_name, count, added, columns))
        return reports


def _handed_over(batches: list[pa.Table]) -> Iterator[pa.Table]:
    """Each of them, held here no longer."""
    while batches:
        yield batches.pop(0)

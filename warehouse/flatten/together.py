"""Flatten several event_names at a time: while one plans and keeps its books, another reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from queue import SimpleQueue
from threading import Event

import duckdb
import pyarrow as pa

from warehouse.connections import sibling, write_out
from warehouse.flatten.run import FlattenReport, flatten, pending_event_names
from warehouse.flatten.source import documents_of, of_name
from warehouse.memory import settle
from warehouse.statements import statement

FEW = 49_152
"""Events up to which an event_name shares a task with others; a task has no more of them."""

HELD, MOST = 384 * 2**20, 512 * 2**20
"""Bytes of documents that all workers hold for such tasks, as estimated and at most.

Few tasks read less: each decompresses what lies beside its own documents once more.
"""

BOOKS = 10_000
"""Events that take as long as the statements and books of an event_name, about."""

AT_ONCE = 4
"""Event_names that one worker reads in one go."""

SHARE = 0.5
"""Columns made since the last checkpoint, of those before it, from which the next is due: it costs time for each."""

HEARKEN = 0.1
"""Seconds between two looks whether to stop."""

Outcome = tuple[str, FlattenReport | Exception]


class Stopped(Exception):  # noqa: N818 - it names what happened
    """Somebody asked to stop."""

    def __init__(self) -> None:
        super().__init__("it was broken off")


def flatten_each(
    con: duckdb.DuckDBPyConnection, event_names: Sequence[str], stop: Event | None = None
) -> Iterator[Outcome]:
    """Type the new events of these event_names, one worker for each thread of `con`; yields each as it is done.

    An event_name that fails comes with its exception, and stops no other. Event_names whose child tables could ask for
    a name that another's table has are taken one after the other, because one may take another's name. The workers are
    connections of their own; leaving early interrupts them. Raises Stopped once `stop` is set, and interrupts them too.
    """
    alone = set(_neighbours(con)).intersection(event_names)
    again = []
    (threads,) = con.execute("select current_setting('threads')::integer").fetchall()[0]
    tasks = _tasks(con, [name for name in event_names if name not in alone], HELD // threads)
    for name, outcome in _in_parallel(con, tasks, threads, stop):
        if isinstance(outcome, duckdb.TransactionException):
            again.append(name)
        else:
            yield name, outcome
    for name in [*again, *(name for name in event_names if name in alone)]:
        yield name, _outcome(con, name)
    settle(con)


def flatten_all(
    con: duckdb.DuckDBPyConnection, progress: Callable[[int, int], None] = lambda _done, _total: None
) -> None:
    """Type all new events; tells `progress` how many event_names are done, and raises what the first to fail raised."""
    waiting = pending_event_names(con)
    failures = []
    progress(0, len(waiting))
    for done, (_, outcome) in enumerate(flatten_each(con, waiting), 1):
        if isinstance(outcome, Exception):
            failures.append(outcome)
        progress(done, len(waiting))
    if failures:
        raise failures[0]


def _tasks(con: duckdb.DuckDBPyConnection, event_names: Sequence[str], held: int) -> list[list[str]]:
    """The event_names by the task that takes them, the longest first.

    New ones with few events, which lie beside each other in core.event_store, share a task: their documents, `held`
    bytes of them at most, are read in one go.
    """
    sizes = {name: (events, begun) for name, events, begun in con.execute(statement("flatten/sizes")).fetchall()}
    (size,) = con.execute(statement("flatten/size")).fetchall()[0]
    few = min(FEW, int(held / max(1, size)))
    tasks: list[list[str]] = []
    shared: list[str] = []
    room = 0
    for name in sorted(event_names):
        events, begun = sizes.get(name, (0, True))
        if begun or events > few:
            tasks.append([name])
            continue
        if events > room:
            shared, room = [], few
            tasks.append(shared)
        shared.append(name)
        room -= events
    return sorted(tasks, key=lambda names: -sum(sizes.get(name, (0, True))[0] + BOOKS for name in names))


def _in_parallel(
    con: duckdb.DuckDBPyConnection, tasks: Sequence[list[str]], threads: int, stop: Event | None
) -> Iterator[Outcome]:
    if min(threads, len(tasks)) < 2:
        for names in tasks:
            yield from _in_turn(con, names)
        return
    workers = [sibling(con) for _ in range(min(threads, len(tasks)))]
    idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def work(names: list[str]) -> list[Outcome]:
        worker = idle.get()
        try:
            return _outcomes(worker, names, MOST // threads)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(len(workers), thread_name_prefix="flatten") as pool:
        waiting = {pool.submit(work, names) for names in tasks}
        try:
            for outcomes in _completed(waiting, stop):
                write_out(con)
                yield from outcomes
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            _interrupt(workers, waiting)
            raise
    for worker in workers:
        worker.close()


def _completed(waiting: set[Future[list[Outcome]]], stop: Event | None) -> Iterator[list[Outcome]]:
    while waiting:
        done, waiting = wait(waiting, None if stop is None else HEARKEN, FIRST_COMPLETED)
        if stop is not None and stop.is_set():
            raise Stopped
        for future in done:
            yield future.result()


def _interrupt(workers: Sequence[duckdb.DuckDBPyConnection], waiting: set[Future[list[Outcome]]]) -> None:
    """Interrupt all work until it ends: one interrupt may come between two statements, and be lost."""
    working = [future for future in waiting if not future.cancelled()]
    while wait(working, HEARKEN / 10).not_done:
        for worker in workers:
            worker.interrupt()


def _in_turn(con: duckdb.DuckDBPyConnection, event_names: list[str]) -> Iterator[Outcome]:
    settled = made = 0
    for at in range(0, len(event_names), AT_ONCE):
        if made > SHARE * settled:
            settle(con)
            settled, made = settled + made, 0
        outcomes = _outcomes(con, event_names[at : at + AT_ONCE], MOST)
        made += _columns(outcomes)
        yield from outcomes


def _columns(outcomes: Sequence[Outcome]) -> int:
    reports = [report for _, report in outcomes if isinstance(report, FlattenReport)]
    return sum(len(table.columns) for report in reports for table in report.tables)


def _outcomes(con: duckdb.DuckDBPyConnection, event_names: list[str], most: int) -> list[Outcome]:
    try:
        documents = documents_of(con, event_names, most) if len(event_names) > 1 else None
    except Exception as error:  # noqa: BLE001 - as in _outcome, for each of them
        return [(name, error) for name in event_names]
    return [(name, _outcome(con, name, documents and of_name(documents, name))) for name in event_names]


def _outcome(
    con: duckdb.DuckDBPyConnection, event_name: str, documents: pa.Table | None = None
) -> FlattenReport | Exception:
    try:
        return flatten(con, event_name, documents)
    except Exception as error:  # noqa: BLE001 - handed to the caller, who raises it when the others are done
        return error


def _neighbours(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in con.execute(statement("flatten/neighbours")).fetchall()]

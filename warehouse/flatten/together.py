"""Flatten several event_names at a time: while one plans and keeps its books, another reads and writes."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from queue import SimpleQueue

import duckdb

from warehouse.connections import sibling
from warehouse.flatten.run import FlattenReport, flatten, pending_event_names
from warehouse.statements import statement

Outcome = tuple[str, FlattenReport | Exception]


def flatten_each(con: duckdb.DuckDBPyConnection, event_names: Sequence[str]) -> Iterator[Outcome]:
    """Type the new events of these event_names, one worker for each thread of `con`; yields each as it is done.

    An event_name that fails comes with its exception, and stops no other. Event_names whose child tables could ask for
    a name that another's table has are taken one after the other, in the order given, so that names do not depend on
    chance. The workers are connections of their own; leaving early interrupts them.
    """
    sizes = dict(con.execute(statement("flatten/sizes")).fetchall())
    alone = set(_neighbours(con)).intersection(event_names)
    together = sorted((name for name in event_names if name not in alone), key=lambda name: -sizes.get(name, 0))
    again = []
    for name, outcome in _in_parallel(con, together):
        if isinstance(outcome, duckdb.TransactionException):
            again.append(name)
        else:
            yield name, outcome
    for name in [*again, *(name for name in event_names if name in alone)]:
        yield name, _outcome(con, name)


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


def _in_parallel(con: duckdb.DuckDBPyConnection, event_names: Sequence[str]) -> Iterator[Outcome]:
    (threads,) = con.execute("select current_setting('threads')::integer").fetchall()[0]
    if min(threads, len(event_names)) < 2:
        yield from ((name, _outcome(con, name)) for name in event_names)
        return
    workers = [sibling(con) for _ in range(min(threads, len(event_names)))]
    idle: SimpleQueue[duckdb.DuckDBPyConnection] = SimpleQueue()
    for worker in workers:
        idle.put(worker)

    def work(name: str) -> Outcome:
        worker = idle.get()
        try:
            return name, _outcome(worker, name)
        finally:
            idle.put(worker)

    with ThreadPoolExecutor(len(workers), thread_name_prefix="flatten") as pool:
        waiting = [pool.submit(work, name) for name in event_names]
        try:
            for future in as_completed(waiting):
                yield future.result()
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            for worker in workers:
                worker.interrupt()
            raise
    for worker in workers:
        worker.close()


def _outcome(con: duckdb.DuckDBPyConnection, event_name: str) -> FlattenReport | Exception:
    try:
        return flatten(con, event_name)
    except Exception as error:  # noqa: BLE001 - handed to the caller, who raises it when the others are done
        return error


def _neighbours(con: duckdb.DuckDBPyConnection) -> list[str]:
    return [name for (name,) in con.execute(statement("flatten/neighbours")).fetchall()]

"""The stages of a build that begin before Dagster is there to record them.

To import Dagster and to tell it of a hundred assets takes one core some seconds, and leaves one idle. So the command
opens the build file and goes through the stages in a thread meanwhile; each asset of the run then waits for its stage,
fails where it failed, and records it. What a run would not publish is not published here either.
"""

import sys
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor, wait
from contextlib import contextmanager
from contextvars import ContextVar, copy_context
from threading import Event
from typing import Any

import duckdb

from pipelines import stages
from pipelines.home import Home
from warehouse.connections import sibling

NEEDED = ("advance", "refresh")
"""Where one of these fails, nothing is published: what its asset stands for is what a publication is made of."""

TURN = 0.002
"""Seconds that a thread may keep the interpreter from another; Python's own number is 0.005."""


class Ahead:
    """Stages that a thread goes through, one after the other; each is handed over when it is done."""

    def __init__(self, writing: duckdb.DuckDBPyConnection, home: Home) -> None:
        self._writing, self._reading = writing, sibling(writing)
        self._stop = Event()
        self._stages: dict[str, Callable[[], Any]] = {
            "load": lambda: stages.load_new(writing, home, meanwhile=lambda: self._do("refresh")),
            "judge": lambda: stages.judge(writing),
            "flatten": lambda: stages.flatten_new(writing, self._stop),
            "advance": lambda: stages.advance(writing),
            "references": lambda: stages.take_references(writing, home),
            "refresh": lambda: stages.refresh(writing),
            "publish": lambda: stages.publish_new(writing, home),
        }
        self._done: dict[str, Future[Any]] = {stage: Future() for stage in self._stages}

    @property
    def connection(self) -> duckdb.DuckDBPyConnection:
        """The connection for the run: one to read by, until the thread needs its own no more."""
        return self._writing if all(stage.done() for stage in self._done.values()) else self._reading

    def result(self, stage: str) -> Any:
        """Wait for a stage; raises what it raised, and CancelledError where an earlier one forbade it."""
        return self._done[stage].result()

    def go(self) -> None:
        """Go through all stages. What does not load, or must not be built on, is not gone on with."""
        for stage in self._stages:
            if self._done[stage].done():  # the views, while it loaded
                continue
            if self._stop.is_set() or (stage == "publish" and not self._may_be_published()):
                self._done[stage].cancel()
                continue
            self._do(stage)
            if not self._may_go_on(stage):
                self._stop.set()

    def _do(self, stage: str) -> None:
        try:
            self._done[stage].set_result(self._stages[stage]())
        except BaseException as error:  # noqa: BLE001 - handed to the asset that waits for the stage
            self._done[stage].set_exception(error)

    def _may_go_on(self, stage: str) -> bool:
        done = self._done[stage]
        if stage == "judge":
            return done.exception() is None and stages.holds(done.result().values())
        return stage != "load" or done.exception() is None

    def _may_be_published(self) -> bool:
        return all(self._done[stage].exception() is None for stage in NEEDED)

    def break_off(self, going: Future[None]) -> None:
        """Interrupt the thread until it ends: one interrupt may come between two of its statements, and be lost."""
        self._stop.set()
        while not going.done():
            self._writing.interrupt()
            wait([going], timeout=0.01)


_ahead: ContextVar[Ahead | None] = ContextVar("ahead", default=None)


def ahead() -> Ahead | None:
    """Return who goes ahead of this run, where the command has sent somebody."""
    return _ahead.get()


@contextmanager
def going_ahead(home: Home) -> Iterator[None]:
    """Go through the stages in a thread, for the run that is made ready meanwhile; the caller holds the build lock."""
    with (
        _short_turns(),
        stages.opened_build(home) as connection,
        ThreadPoolExecutor(1, "ahead") as pool,
    ):
        one = Ahead(connection, home)
        going = pool.submit(copy_context().run, one.go)
        token = _ahead.set(one)
        try:
            yield
        except BaseException:
            one.break_off(going)
            raise
        finally:
            _ahead.reset(token)


@contextmanager
def _short_turns() -> Iterator[None]:
    """Let threads take turns often: a stage needs the interpreter for moments, and an import would keep it for long."""
    before = sys.getswitchinterval()
    sys.setswitchinterval(TURN)
    try:
        yield
    finally:
        sys.setswitchinterval(before)

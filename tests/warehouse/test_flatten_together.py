"""Many event_names are flattened at a time, and nobody can tell."""

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier, Event

import duckdb
import pyarrow as pa
import pytest

from tests.short_form import shortened
from tests.warehouse.lakes import Delivery, contents, delivery, segment
from warehouse import flatten as room
from warehouse import memory
from warehouse.build import open_build
from warehouse.flatten import FlattenReport, flatten, flatten_each, pending_event_names
from warehouse.flatten import together as workers
from warehouse.load import load


def _loaded(folder: Path, deliveries: list[Delivery]) -> duckdb.DuckDBPyConnection:
    con = open_build(folder / "build.duckdb", memory_limit="500MB", threads=2)
    load(con, [segment(folder / "lake", deliveries)])
    return con


def _deliveries() -> list[Delivery]:
    names = [f"{space}.event_{number}" for space in "ab" for number in range(6)]
    return [
        delivery(at, name, f'{{"n":{at},"texts":["{name}"],"parts":[{{"at":{at}}},{{"at":0.5}}],"{name}":"x"}}')
        for at, name in enumerate(names * 3, 1)
    ]


@pytest.mark.thorough
def test_together_gives_what_one_after_the_other_gives(tmp_path: Path) -> None:
    """Tables, columns and ledgers are the same whether event_names are flattened at a time or in turn."""
    in_turn, together = (_loaded(tmp_path / folder, _deliveries()) for folder in ("in_turn", "together"))
    waiting = pending_event_names(in_turn)
    reports = {name: flatten(in_turn, name) for name in waiting}
    assert dict(flatten_each(together, waiting)) == reports
    assert contents(together) == contents(in_turn)
    assert pending_event_names(together) == []


def test_one_that_fails_stops_no_other(tmp_path: Path) -> None:
    """An event_name whose table cannot be made comes back with its exception; all others are there."""
    con = _loaded(tmp_path, _deliveries())
    con.execute("create table a.event_3 as select 1 as in_the_way")
    con.execute("create view a.event_3__parts as select 2 as in_the_way")
    outcomes = dict(flatten_each(con, pending_event_names(con)))
    failed = {name for name, outcome in outcomes.items() if not isinstance(outcome, FlattenReport)}
    assert failed == {"a.event_3"}
    assert pending_event_names(con) == ["a.event_3"]


def test_names_that_meet_do_not_depend_on_chance(tmp_path: Path) -> None:
    """Event_names whose children ask for one name are taken one after the other, and the names are the right ones."""
    meeting = [
        delivery(1, "x.a", '{"part":[{"n":1}],"b__part":[{"n":2}]}'),
        *(delivery(number, "x.a__b", '{"part":[{"n":3}]}') for number in (2, 3, 4)),
    ]
    in_turn, together = (_loaded(tmp_path / folder, meeting) for folder in ("in_turn", "together"))
    waiting = pending_event_names(in_turn)
    for name in waiting:
        flatten(in_turn, name)
    together.execute("set threads = 1")  # the larger one would surely come first, if it might
    assert [name for name, _ in flatten_each(together, waiting)] == waiting
    assert contents(together) == contents(in_turn)


def test_no_name_is_left_out(tmp_path: Path) -> None:
    """The last one that is done ends the iteration, whatever the number of workers."""
    con = _loaded(tmp_path, _deliveries()[:1])
    assert [name for name, _ in room.flatten_each(con, pending_event_names(con))] == ["a.event_0"]


@pytest.mark.parametrize(("names", "most"), [(8, 3), (48, 7)])
@pytest.mark.thorough
def test_a_small_warehouse_is_written_seldom(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, names: int, most: int
) -> None:
    """A checkpoint costs time for each column there is: six times the event_names ask for few more."""
    con = _loaded(tmp_path, [delivery(at, f"a.event_{at}", '{"n":1,"m":2}') for at in range(names)])
    written: list[int] = []

    def noted(small: duckdb.DuckDBPyConnection) -> None:
        memory.settle(small)
        written.extend(small.execute("select count(*) from ops.tables").fetchall()[0])

    monkeypatch.setattr(workers, "settle", noted)
    assert len(list(flatten_each(con, pending_event_names(con)))) == names
    assert 2 <= len(written) <= most
    assert written[-1] == names


@pytest.mark.parametrize(
    ("held", "most", "reads"),
    shortened([(6, 12, [3, 3, 3, 3]), (12, 12, [6, 6]), (12, 2, [])], 1),
    ids=["in four", "in two", "alone"],
)
def test_event_names_are_read_together_as_far_as_memory_allows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int, most: int, reads: list[int]
) -> None:
    """Known sizes make the tasks; where their documents turn out to be too many, each event_name reads its own."""
    each, padding = 3 * 40_500, "x" * 40_000
    names = [f"a.event_{number:02d}" for number in range(12)]
    sent = [delivery(at, name, f'{{"n":{at},"text":"{padding}"}}') for at, name in enumerate(names * 3)]
    in_turn, together = (_loaded(tmp_path / folder, sent) for folder in ("in_turn", "together"))
    room.flatten_all(in_turn)
    read: list[int] = []
    documents_of = workers.documents_of

    def noted(con: duckdb.DuckDBPyConnection, event_names: list[str], limit: int) -> pa.Table | None:
        documents = documents_of(con, event_names, limit)
        read.extend([len(event_names)] if documents else [])
        return documents

    monkeypatch.setattr(workers, "HELD", held * each)
    monkeypatch.setattr(workers, "MOST", most * each)
    monkeypatch.setattr(workers, "documents_of", noted)
    together.execute("set threads = 2")
    room.flatten_all(together)
    assert contents(together) == contents(in_turn)
    assert read == reads


def test_who_asks_to_stop_does_not_wait(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """All workers are interrupted in what they do; nothing of it is kept, and the next flatten does it."""
    con = _loaded(tmp_path, _deliveries())
    begun, stop = Barrier(3), Event()

    def endless(worker: duckdb.DuckDBPyConnection, *_: object) -> None:
        begun.wait(30)
        worker.execute("select count(*) from range(10000000000) a, range(1000) b")

    with monkeypatch.context() as patched, ThreadPoolExecutor(1) as pool:
        patched.setattr(workers, "FEW", 1)
        patched.setattr(workers, "flatten", endless)
        flattening = pool.submit(lambda: list(flatten_each(con, pending_event_names(con), stop)))
        begun.wait(30)
        stop.set()
        with pytest.raises(workers.Stopped):
            flattening.result(30)
    assert len(pending_event_names(con)) == 12
    room.flatten_all(con)
    assert pending_event_names(con) == []

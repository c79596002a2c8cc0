"""The ledger follows the lake where segments were rewritten: nothing twice, nothing left out."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.warehouse.lakes import Delivery, build, contents, delivery, segment
from warehouse import succession
from warehouse.build import open_build
from warehouse.load import Segment, load
from warehouse.succession import Replacement, SuccessionMismatch, follow

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "3"))

SUMS = """
    select
        (select sum(deliveries) from ops.segments where kind = 'events' and status = 'loaded')
        = (select count(*) from core.event_store) + (select count(*) from ops.duplicates)
        + (select count(*) from ops.conflicts)
"""


def opened(folder: Path, name: str = "build") -> duckdb.DuckDBPyConnection:
    return open_build(folder / name / "build.duckdb", memory_limit="400MB", threads=1)


def compacted(folder: Path, *olds: tuple[Segment, Sequence[Delivery]], more: Sequence[str] = ()) -> Replacement:
    """One segment with the deliveries of others, sorted by receipt."""
    rows = sorted((one for _, held in olds for one in held), key=lambda one: (one.received_at, one.id))
    return Replacement(segment(folder / "compacted", rows), len(rows), (*(old.name for old, _ in olds), *more))


def said(con: duckdb.DuckDBPyConnection) -> dict[str, list[tuple[object, ...]]]:
    """All that the warehouse says but the names of segments and the numbers of loads."""
    return {
        **contents(con),
        "duplicates": con.execute("select event_id, received_at from ops.duplicates order by all").fetchall(),
        "conflicts": con.execute(
            "select * exclude (segment, winner_segment) from ops.conflicts order by all"
        ).fetchall(),
        "sums": con.execute(SUMS).fetchall(),
    }


def names(con: duckdb.DuckDBPyConnection) -> set[str]:
    """Every segment that any row names."""
    tables = {"core.event_store": "segment", "ops.duplicates": "segment", "ops.conflicts": "segment",
              "ops.quarantine": "segment", "ops.segments": "segment"}  # fmt: skip
    found = [con.table(table).select(column).fetchall() for table, column in tables.items()]
    return {
        name for rows in [*found, con.table("ops.conflicts").select("winner_segment").fetchall()] for (name,) in rows
    }


def given_batches() -> list[list[Delivery]]:
    """Three segments' deliveries with duplicates and conflicts within and across."""
    first, again = delivery(1, "a.b", '{"n":1}'), delivery(1, "a.b", '{"n":1}', received_at=1_790_000_900_000_000)
    other = delivery(1, "a.b", '{"n":"x"}', received_at=1_790_000_950_000_000)
    return [
        [first, delivery(2, "a.b", '{"n":2.5}'), again],
        [other, delivery(3, "c.d", '{"m":[{"k":1}]}'), first],
        [delivery(4, "c.d", '{"m":[]}'), other, delivery(2, "a.b", '{"n":2.5}')],
    ]


def test_all_loaded_is_renamed_and_nothing_loaded_again(tmp_path: Path) -> None:
    """Where all were loaded, rows and ledger change their segment's name, and the next build finds nothing new."""
    con, batches = opened(tmp_path), given_batches()
    olds = [(segment(tmp_path / "lake", batch), batch) for batch in batches]
    build(con, [old for old, _ in olds])
    before, loads = said(con), con.execute("select max(load_no) from ops.segments").fetchall()
    one = compacted(tmp_path, *olds)
    assert follow(con, [one]).followed == [one.segment.name]
    again = load(con, [one.segment])
    ledger = con.execute("select segment, deliveries, sha256_prefix, status from ops.segments").fetchall()
    assert (said(con), names(con), again.delivered) == (before, {one.segment.name}, 0)
    assert ledger == [(one.segment.name, 9, one.segment.sha256_prefix, "loaded")]
    assert con.execute("select max(load_no) from ops.segments").fetchall() == loads
    assert follow(con, [one]).followed == []


def test_none_loaded_is_simply_loaded(tmp_path: Path) -> None:
    """A warehouse that knows none of the old segments has nothing to follow, and loads the new one."""
    con, batches = opened(tmp_path), given_batches()
    one = compacted(tmp_path, *[(segment(tmp_path / "lake", batch), batch) for batch in batches])
    assert (follow(con, [one]).followed, build(con, [one.segment]).delivered) == ([], 9)


NUMBERS = st.integers(0, 4)
DATA = st.sampled_from(['{"n":1}', '{"n":2}', '{"n":"t","l":[{"a":1}]}'])
DELIVERY = st.builds(lambda number, data, at: delivery(number, "a.b", data, received_at=1_790_000_000_000_000 + at),
                     NUMBERS, DATA, st.integers(0, 3))  # fmt: skip


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(
    st.lists(st.tuples(st.lists(DELIVERY, min_size=1, max_size=4), st.booleans()), min_size=2, max_size=4),
    st.booleans(),
)
@pytest.mark.thorough
def test_any_part_loaded_equals_a_rebuild(
    tmp_path_factory: pytest.TempPathFactory, batches: list[tuple[list[Delivery], bool]], twice: bool
) -> None:
    """Whichever old segments were loaded, the result is that of a build from the new one, and from the old ones."""
    folder = tmp_path_factory.mktemp("lake")
    olds = [(segment(folder / f"lake{at}", batch), batch) for at, (batch, _) in enumerate(batches)]
    olds = list({old.name: (old, batch) for old, batch in olds}.values())
    loaded = [old for (old, _), (_, is_loaded) in zip(olds, batches, strict=False) if is_loaded]
    with opened(folder) as con, opened(folder, "new") as new, opened(folder, "old") as old:
        build(con, loaded)
        if twice:
            first = compacted(folder, *olds[:2])
            follow(con, [first])
            build(con, [first.segment])
            last = compacted(folder, *olds, more=[first.segment.name])
        else:
            last = compacted(folder, *olds)
        follow(con, [last])
        build(con, [last.segment])
        build(new, [last.segment])
        build(old, [found for found, _ in olds])
        assert (said(con), names(con)) == (said(new), {last.segment.name})
        assert said(con) == said(old)


@pytest.mark.thorough
def test_a_death_between_the_steps_is_made_good(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Killed before the missing part is loaded, or before the ledger has the true hash: the next build ends it."""
    batches = given_batches()
    olds = [(segment(tmp_path / "lake", batch), batch) for batch in batches]
    one = compacted(tmp_path, *olds)
    for step in ("load", "_mend"):
        con = opened(tmp_path, step)
        build(con, [olds[0][0]])
        with monkeypatch.context() as patched:
            patched.setattr(succession, step, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt))
            with pytest.raises(KeyboardInterrupt):
                follow(con, [one])
        con.close()
        con = opened(tmp_path, step)
        follow(con, [one])
        build(con, [one.segment])
        fresh = opened(tmp_path, step + " fresh")
        build(fresh, [one.segment])
        columns = "segment, deliveries, bytes, sha256_prefix, status, detail"
        ledgers = [each.execute(f"select {columns} from ops.segments").fetchall() for each in (con, fresh)]
        assert (said(con), ledgers[0]) == (said(fresh), ledgers[1])
        assert not succession.scratch(tmp_path / step / "build.duckdb").exists()


def test_more_known_than_held_is_refused(tmp_path: Path) -> None:
    """A rewritten segment that lacks a loaded delivery is named, and nothing is changed."""
    con, batches = opened(tmp_path), given_batches()
    old = segment(tmp_path / "lake", batches[0])
    build(con, [old])
    short = compacted(tmp_path, (old, batches[0][:2]))
    with pytest.raises(SuccessionMismatch, match="holds 2 deliveries, but 3 were loaded"):
        follow(con, [short])
    assert names(con) == {old.name}

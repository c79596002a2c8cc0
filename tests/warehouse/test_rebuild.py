"""A warehouse made anew from the lake is the same as one that grew, and compare names what is not."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from random import Random
from tempfile import TemporaryDirectory

import duckdb
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.short_form import shortened
from tests.warehouse.documents import DATA
from tests.warehouse.lakes import Delivery, delivery, segment
from warehouse.build import open_build
from warehouse.compare import LIVE, Comparison, Difference, compare
from warehouse.connections import attached
from warehouse.load import Segment
from warehouse.rebuild import known_to, make, take_history

EXAMPLES = int(os.environ.get("NACRE_EXAMPLES", "2"))
APPROVED = "expenses.expense_approved"
RICH = '{"expenseId":"e1","amount":{"decimal":"10.10","currencyCode":"EUR"},"items":[{"sku":"a"},{"sku":"b"}]}'


def opened(path: Path) -> duckdb.DuckDBPyConnection:
    return open_build(path, memory_limit="500MB", threads=1)


def grown(folder: Path, *batches: list[Segment]) -> Path:
    """A warehouse that took in its segments build by build."""
    path = folder / "build.duckdb"
    for batch in batches:
        with opened(path) as con:
            make(con, batch)
    return path


def compared(folder: Path, live: Path, segments: list[Segment]) -> Comparison:
    """The live warehouse against one made anew."""
    with opened(folder / "rebuild.duckdb") as con:
        make(con, segments)
    return against(folder / "rebuild.duckdb", live)


def against(rebuilt: Path, live: Path) -> Comparison:
    """The live warehouse against one that was made anew."""
    with opened(rebuilt) as con, attached(con, live, LIVE):
        return compare(con)


def deliveries() -> list[Delivery]:
    """Events of several names with echoes, duplicates, conflicts, repeated keys and a misfit of a declared column."""
    found = [delivery(number, APPROVED, RICH) for number in range(4)]
    found += [delivery(number, "odd name", '{"a":1,"a":2,"f":1.10}') for number in range(4, 7)]
    found += [delivery(7, "odd.name", '{"a":"x","long":12345678901234567890.5}'), delivery(8, "odd-name", "{}")]
    found += [delivery(9, APPROVED, '{"expenseId":"e1","amount":{"decimal":"much","currencyCode":"EUR"}}')]
    found += [Delivery(one.id, one.event_name, one.body, one.received_at + 77_000_000) for one in found[:3]]
    found += [delivery(90, APPROVED, "{}", id_=found[1].id), delivery(1, "odd.name", "{}", id_=found[7].id)]
    return found


def laid(folder: Path) -> list[Segment]:
    """A lake of them, in no order."""
    found = deliveries()
    Random(7).shuffle(found)
    return [segment(folder / "lake", found[at::4]) for at in range(4)]


@pytest.fixture
def lake(tmp_path: Path) -> list[Segment]:
    return laid(tmp_path)


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A warehouse, to be copied."""
    folder = tmp_path_factory.mktemp("whole")
    return grown(folder, laid(folder))


@pytest.mark.thorough
def test_a_warehouse_that_grew_compares_as_identical(tmp_path: Path, lake: list[Segment]) -> None:
    """Loaded late and early, in several builds, with duplicates and conflicts: nothing differs from a rebuild."""
    live = grown(tmp_path, [lake[3]], [lake[0], lake[2]], [lake[1]])
    found = compared(tmp_path, live, lake)
    assert (found.differences, found.tables) == ([], 13)


@settings(max_examples=EXAMPLES, deadline=None, suppress_health_check=list(HealthCheck))
@given(st.lists(DATA, min_size=1, max_size=6), st.randoms(use_true_random=False), st.integers(1, 4))
@pytest.mark.thorough
def test_any_order_of_loads_compares_as_identical(documents: list[str], random: Random, parts: int) -> None:
    """Whatever was sent, again and in any order: a warehouse that grew compares as identical with a rebuild."""
    found = [delivery(at, random.choice(["odd.a", "odd.b"]), data) for at, data in enumerate(documents)]
    found += [
        delivery(one, "odd.a", random.choice(documents), id_=random.choice(found).id)
        for one in random.sample(range(100), 3)
    ]
    random.shuffle(found)
    with TemporaryDirectory() as name:
        folder = Path(name)
        segments = [segment(folder / "lake", part) for at in range(parts) if (part := found[at::parts])]
        live = grown(folder, *([one] for one in segments))
        assert compared(folder, live, segments).differences == []


@pytest.mark.thorough
def test_an_event_name_whose_last_event_gave_way_is_forgotten(tmp_path: Path) -> None:
    """An earlier delivery under another event_name takes the only event of a name: its table goes, as in a rebuild."""
    late, early = delivery(5, "odd.b", '{"x":1}'), delivery(1, "odd.a", "{}", id_=delivery(5, "odd.b", "{}").id)
    again = delivery(9, "odd.b", '{"y":2}')
    lake = [segment(tmp_path / "lake", [one]) for one in (late, early)]
    live = grown(tmp_path, *([one] for one in lake))
    with opened(live) as con:
        assert con.execute("select event_name, table_name from ops.tables").fetchall() == [("odd.a", "a")]
    assert compared(tmp_path, live, lake).differences == []
    lake.append(segment(tmp_path / "lake", [again]))
    assert grown(tmp_path, lake) == live
    (tmp_path / "rebuild.duckdb").unlink()
    assert compared(tmp_path, live, lake).differences == []


@pytest.mark.thorough
def test_no_namespace_is_in_the_way_of_the_comparison(tmp_path: Path) -> None:
    """Namespaces that are called as the files beside them might be, compare like any other, and history is kept."""
    names = ("live.x", "whole.x", "rebuild.x", "company_ABC1234.x")
    lake = [segment(tmp_path / "lake", [delivery(at, name, "{}") for at, name in enumerate(names)])]
    live = grown(tmp_path, lake)
    with opened(live) as con:
        con.execute("insert into ops.publications values (timestamptz '2026-01-01 00:00:00Z', 1, 2)")
    found = compared(tmp_path, live, lake)
    assert (found.differences, found.tables) == ([], 12)
    with opened(tmp_path / "rebuild.duckdb") as con:
        take_history(con, live)
        assert con.execute("select load_no, events from ops.publications").fetchall() == [(1, 2)]


ID = f"wh_{2:026d}"
DAMAGES = [
    (
        f"update expenses.expense_approved set \"expenseId\" = 'x' where event_id = '{ID}'",
        Difference("expenses.expense_approved", 5, 5, [ID], [ID]),
    ),
    (
        f"delete from expenses.expense_approved__items where event_id = '{ID}' and position = 1",
        Difference("expenses.expense_approved__items", 7, 8, [], [ID]),
    ),
    (
        "insert into ops.duplicates select * from ops.duplicates order by event_id limit 1",
        Difference("ops.duplicates", 4, 3, [f"wh_{0:026d}"], []),
    ),
    ("drop table events.\"odd_name\"", Difference("events.odd_name", None, 3)),
    (
        "alter table expenses.expense_approved drop column \"amount_currencyCode\"",
        Difference("expenses.expense_approved", 5, 5, [], [], ["amount_currencyCode"]),
    ),
    ("create table events.extra as select 'a' as event_id", None),
    (f"update core.event_store set load_no = 99, segment = 's' where event_id = '{ID}'", None),
]  # fmt: skip


@pytest.mark.parametrize(("damage", "difference"), shortened(DAMAGES, 2), ids=[damage[:50] for damage, _ in DAMAGES])
def test_what_differs_is_named(tmp_path: Path, whole: Path, damage: str, difference: Difference | None) -> None:
    """A table that differs is named with its rows on both sides, ids of rows that differ, and columns."""
    live, rebuilt = (Path(shutil.copy(whole, tmp_path / name)) for name in ("build.duckdb", "rebuild.duckdb"))
    with opened(live) as con:
        con.execute(damage)
    assert against(rebuilt, live).differences == ([] if difference is None else [difference])


def test_only_what_the_live_warehouse_was_made_from_is_compared(tmp_path: Path, lake: list[Segment]) -> None:
    """Segments that came later are left out of the comparison; if one of the live ones is gone, all are taken."""
    live = grown(tmp_path, lake[:2])
    with opened(live) as con:
        assert known_to(con, lake) == lake[:2]
        assert known_to(con, lake[1:]) == lake[1:]


@pytest.mark.thorough
def test_history_outlives_a_rebuild(tmp_path: Path, lake: list[Segment]) -> None:
    """When the warehouse was published and when a column widened is taken over from the live file."""
    live = grown(tmp_path, lake)
    with opened(live) as con:
        con.execute("insert into ops.publications values (timestamptz '2026-01-01 00:00:00Z', 1, 2)")
        con.execute("update ops.columns set widened_at = timestamptz '2026-01-02 00:00:00Z' where column_name = 'f'")
        told = [con.execute(query).fetchall() for query in HISTORY]
    with opened(tmp_path / "rebuild.duckdb") as con:
        make(con, lake)
        take_history(con, live)
        assert [con.execute(query).fetchall() for query in HISTORY] == told
        assert [len(rows) for rows in told] == [1, 1]


def test_what_comes_after_a_rebuild_was_in_no_publication_before(tmp_path: Path, lake: list[Segment]) -> None:
    """All that is rebuilt counts as seen by the publications taken over, and what comes then by none of them."""
    live = grown(tmp_path, lake)
    with opened(live) as con:
        con.execute("insert into ops.publications values (timestamptz '2026-01-01 00:00:00Z', 0, 2), (now(), 9, 2)")
    late = segment(tmp_path / "lake", [delivery(1000, APPROVED, RICH)])
    with opened(tmp_path / "rebuild.duckdb") as con:
        make(con, lake)
        take_history(con, live)
        make(con, [*lake, late])
        seen = (
            "select count(*) from core.event_store as stored"
            " join ops.publications as shown on stored.load_no <= shown.load_no"
        )
        of_late = " where event_id = 'wh_' || lpad('1000', 26, '0')"
        events = con.execute("select count(*) - 1 from core.event_store").fetchall()[0][0]
        assert con.execute(seen).fetchall() == [(2 * events,)]
        assert con.execute(seen + of_late).fetchall() == [(0,)]


HISTORY = ["from ops.publications", "select column_name, widened_at from ops.columns where widened_at is not null"]

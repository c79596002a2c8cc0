"""One company's file: all that is its own, and not a byte of another's."""

from __future__ import annotations

import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.lakes import START, Delivery, build, segment
from warehouse.build import open_build
from warehouse.company import UnknownCompany, publish_company
from warehouse.impersonal import publish_analytics
from warehouse.objects import SqlObject, objects
from warehouse.processes import advance
from warehouse.publish import publish
from warehouse.views import refresh

OURS, THEIRS = "ABC1234", "CANARYcompany"
HOUR = 3_600_000_000
CANARIES = ("CANARY", "canary", "Canary")
CREATED, APPROVED = "expenses.expense_created", "expenses.expense_approved"


def sent(number: int, event_name: str, data: str, company: str = OURS, id_: str = "") -> Delivery:
    """A delivery of a company, an hour after the one before."""
    event_id = id_ or (f"wh_own{number}" if company == OURS else f"wh_CANARY{number:020d}")
    body = f'{{"event_name":"{event_name}","id":"{event_id}","company_id":"{company}","data":{data}}}'
    return Delivery(event_id, event_name, body.encode(), START + number * HOUR, company)


def ours() -> list[Delivery]:
    """Two expenses, one with an array and an echo, a duplicate, a conflict and an unknown event."""
    rich = (
        '{"expenseId":"e2","amount":{"decimal":"12.50","currencyCode":"EUR"},"category":"CAR","items":[{"sku":"x"}],'
        '"name":"Private claim","reviewedBy":"Private Person"}'
    )
    first = sent(1, CREATED, '{"expenseId":"e1"}')
    return [
        first,
        sent(2, CREATED, rich),
        Delivery(first.id, first.event_name, first.body, first.received_at + 1),
        sent(3, CREATED, '{"expenseId":"lost"}', id_=first.id),
        sent(4, APPROVED, '{"expenseId":"e2"}'),
        Delivery("wh_echo", APPROVED, sent(4, APPROVED, '{"expenseId":"e2"}').body, START + 4 * HOUR + 5),
        sent(5, "own_event", '{"number": 1}'),
        sent(7, "Shared.happened", '{"number": 1}'),
        sent(6, CREATED, '{"expenseId":"ours lost to theirs"}', id_="wh_shared"),
    ]


def theirs() -> list[Delivery]:
    """The same events with canaries in every place: ids, values, keys, event_names, conflicts, long texts."""
    long = "canary " * 5000
    twice = sent(8, APPROVED, '{"expenseId":"canary twice"}', THEIRS)
    rich = (
        '{"expenseId":"canary-e","category":"CANARY_CAR","CanaryKey":"canary value","source":"canary",'
        '"amount":{"decimal":"77.77","currencyCode":"CANARYEUR"},"items":[{"canarySku":"canary"}],"reviewedBy":"canary"}'
    )
    return [
        sent(0, CREATED, rich, THEIRS),
        sent(1, CREATED, '{"expenseId":["canary odd"]}', THEIRS),
        sent(2, APPROVED, f'{{"expenseId":"canary-e","note":"{long}"}}', THEIRS),
        sent(3, "canary_space.canary_event", '{"canary":"canary"}', THEIRS),
        sent(0, "SHARED.happened", '{"number": "canary"}', THEIRS, id_="wh_CANARYshared"),
        sent(4, CREATED, '{"expenseId":"canary conflict"}', THEIRS, id_="wh_CANARY00000000000000000000"),
        sent(0, CREATED, '{"expenseId":"canary winner"}', THEIRS, id_="wh_shared"),
        twice,
        Delivery(twice.id, twice.event_name, twice.body, twice.received_at + 9, THEIRS),
        *(sent(number, CREATED, f'{{"expenseId":"canary {number}"}}', THEIRS) for number in range(10, 3000)),
    ]


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Path]:
    """A published warehouse of two companies, and the file of one of them."""
    folder = tmp_path_factory.mktemp("company")
    with open_build(folder / "build.duckdb", memory_limit="500MB", threads=2) as con:
        build(con, [segment(folder / "lake", theirs()[:6] + ours())])
        build(con, [segment(folder / "lake", theirs()[6:])])
        con.execute(
            "insert into ops.quarantine values ('canary', now(), 'canary', 'canary', 'CANARY body'::blob, 'canary')"
        )
        advance(con)
        refresh(con)
        whole = publish(con, folder / "build.duckdb", folder / "warehouse.duckdb").path
    made = publish_company(whole, OURS, folder / "out" / "partner.duckdb")
    assert (made.events, made.company_id, made.bytes) == (6, OURS, made.path.stat().st_size)
    return whole, made.path


@pytest.fixture
def connections(files: tuple[Path, Path]) -> Iterator[list[duckdb.DuckDBPyConnection]]:
    """Both files, open read-only in UTC."""
    opened = [duckdb.connect(str(path), read_only=True) for path in files]
    for con in opened:
        con.execute("set timezone = 'UTC'")
    yield opened
    for con in opened:
        con.close()


def rows(con: duckdb.DuckDBPyConnection, query: str) -> list[Any]:
    return sorted(con.execute(query).fetchall(), key=repr)


def steady(view: SqlObject) -> str:
    """A query for all of a view but what depends on the moment of the query."""
    return f"select {', '.join(name for name in view.columns if name != 'age_seconds')} from {view.full_name}"


def test_no_byte_of_another_company_is_in_the_file(files: tuple[Path, Path]) -> None:
    """No canary is anywhere in the bytes of the file; the whole file has each of them."""
    whole, partner = (path.read_bytes() for path in files)
    assert [canary for canary in CANARIES if canary.encode() in partner] == []
    assert all(canary.encode() in whole for canary in CANARIES)


def test_no_row_of_another_company_is_in_the_file(connections: list[duckdb.DuckDBPyConnection]) -> None:
    """Compression cannot hide one: every row of every table and the catalog are read, and none tells a canary."""
    _, con = connections
    tables = con.execute("select schema_name, table_name from duckdb_tables()").fetchall()
    views = con.execute("select schema_name, view_name from duckdb_views() where not internal").fetchall()
    told = [str(con.table(f'"{schema}"."{name}"').fetchall()) for schema, name in tables + views]
    told += [str(con.execute("select * from duckdb_columns()").fetchall()), str(tables)]
    assert (len(told) > 40, [text for text in told if "canary" in text.lower()]) == (True, [])


@pytest.mark.thorough
def test_each_view_says_what_the_whole_file_says_of_the_company(connections: list[duckdb.DuckDBPyConnection]) -> None:
    """Every view of the company's file has the rows that the whole file has of that company, and not one view fails."""
    whole, partner = connections
    compared = []
    for view in [one for one in objects() if one.kind == "view"]:
        query = steady(view)
        if view.name == "time_in_stage":
            own = " where dimension = 'company' and value = 'ABC1234'"
        else:
            own = " where company_id = 'ABC1234'"
        compared.append((view.name, rows(whole, query + own), rows(partner, query + own)))
        assert view.name == "time_in_stage" or rows(partner, query) == compared[-1][2]
    assert [name for name, expected, found in compared if expected != found] == []
    assert {"expense_approval_timeline", "echoes", "stage_log"} <= {name for name, _, found in compared if found}
    events = "select * from core.events where company_id = 'ABC1234'"
    assert rows(whole, events) == rows(partner, "select * from core.events")


@pytest.mark.thorough
def test_ledgers_tell_the_company_alone(connections: list[duckdb.DuckDBPyConnection]) -> None:
    """Deliveries are the company's, a winner that is another's is not told, and nothing unattributed is there."""
    _, con = connections
    assert rows(con, "select deliveries, status, detail from ops.segments") == [(9, "loaded", None)]
    conflicts = "select event_id, winner_segment is null from ops.conflicts"
    assert rows(con, conflicts) == [("wh_own1", False), ("wh_shared", True)]
    counts = "(select count(*) from ops.duplicates), (select count(*) from ops.quarantine)"
    assert rows(con, f"select {counts}, events from ops.publications") == [(1, 0, 6)]
    assert rows(con, "select schema_name, table_name from ops.tables where json_path = '$'") == [
        ("Shared", "happened"),
        ("events", "own_event"),
        ("expenses", "expense_approved"),
        ("expenses", "expense_created"),
    ]


def test_the_file_is_private_whole_and_replaced_at_once(files: tuple[Path, Path]) -> None:
    """It is 0600, alone in its folder, written for DuckDB 1.5, and a company without events leaves it as it was."""
    whole, partner = files
    before = partner.read_bytes()
    with pytest.raises(UnknownCompany, match=r"No event of company 'NOBODY' is published"):
        publish_company(whole, "NOBODY", partner)
    assert ([path.name for path in partner.parent.iterdir()], partner.read_bytes() == before) == (
        [partner.name],
        True,
    )
    assert stat.S_IMODE(partner.stat().st_mode) == 0o600
    with duckdb.connect() as con:
        con.execute(f"attach '{partner}' as partner (read_only)")
        tags = con.execute("select tags from duckdb_databases() where database_name = 'partner'").fetchall()
    assert tags == [({"storage_version": "v1.5.0+"},)]


@pytest.mark.thorough
def test_no_namespace_is_in_the_way_of_a_company_s_file(tmp_path: Path) -> None:
    """Each table is found by schema and name in a file that is called after the company, whatever the namespaces."""
    names = ("whole.x", "live.x", f"company_{OURS}.x")
    with open_build(tmp_path / "build.duckdb", memory_limit="500MB", threads=1) as con:
        build(con, [segment(tmp_path / "lake", [sent(at, name, '{"n":1}') for at, name in enumerate(names)])])
        whole = publish(con, tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb").path
    made = publish_company(whole, OURS, tmp_path / f"company_{OURS}.duckdb")
    with duckdb.connect(str(made.path), read_only=True) as con:
        tables = con.execute("select schema_name, table_name from ops.tables").fetchall()
        assert [rows(con, f"select n from {schema}.{name}") for schema, name in tables] == [[(1,)]] * len(names)


@pytest.mark.thorough
def test_the_views_alone_make_a_file_of_their_own(files: tuple[Path, Path], tmp_path: Path) -> None:
    """Every view of a company answers from its steps alone as from its whole file, without one body or typed table."""
    whole, partner = files
    made = publish_analytics(whole, tmp_path / "views.duckdb", OURS)
    content = made.path.read_bytes()
    assert [text for text in (*CANARIES, "Private", "reviewedBy") if text.encode() in content] == []
    assert b"Private" in partner.read_bytes()
    with duckdb.connect(str(made.path), read_only=True) as alone, duckdb.connect(str(partner), read_only=True) as own:
        for con in (alone, own):
            con.execute("set timezone = 'UTC'")
        differing = [
            view.full_name
            for view in objects()
            if view.kind == "view" and rows(alone, steady(view)) != rows(own, steady(view))
        ]
        assert differing == []
        held = "select count(*) from core.event_store union all select count(*) from ops.tables"
        assert rows(alone, held) == [(0,), (0,)]
        assert rows(alone, "select events from ops.publications") == [(4,)]
        late = "select expense_id, stage from analytics.expenses_as_of(now())"
        assert rows(alone, late) == rows(own, late) != []

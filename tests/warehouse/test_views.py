"""The objects of `sql/`: read with their dependencies, made in order, made anew only where their text changed."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from tests.warehouse.given import empty_warehouse
from warehouse import views
from warehouse.views import ViewReport

DESCRIBED = """
select views.schema_name || '.' || view_name || ' ' || column_name
from duckdb_columns() as columns join duckdb_views() as views
    on columns.schema_name = views.schema_name and columns.table_name = views.view_name
where not views.internal and views.schema_name = 'analytics' and columns.comment is null
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A database with nothing but the schema of the ledger."""
    with duckdb.connect() as con:
        con.execute("create schema ops; create table ops.source (a integer)")
        yield con


def write(folder: Path, name: str, text: str) -> None:
    """One file of a `sql/` folder, header and all."""
    file = folder / f"{name.replace('.', '/')}.sql"
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("-- grain: one row per thing\n-- key: company_id\n" + text)
    views.objects.__globals__["_objects"].cache_clear()


def test_an_object_tells_what_it_is(tmp_path: Path) -> None:
    """Grain, key, parameters, description, columns and dependencies are read from the file."""
    write(
        tmp_path,
        "one.thing",
        "-- macro: (ts, known_at := null)\n-- Said of\n-- the thing.\n"
        "with own as (select events from ops.source) select own.events, 1 as declines from own, two.other(ts)",
    )
    (thing,) = views.objects(tmp_path)
    assert (thing.full_name, thing.kind, thing.parameters) == ("one.thing", "macro", "(ts, known_at := null)")
    assert thing.depends_on == ["ops.source", "two.other"]
    assert thing.columns == ("events", "declines")
    assert thing.words == "Grain: one row per thing. Key: company_id. Said of the thing."


def test_objects_stand_behind_what_they_depend_on(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """An object is made after the objects it reads, whatever their names."""
    write(tmp_path, "a.first", "select events from b.second(1)")
    write(tmp_path, "b.second", "-- macro: (x)\nselect x as events from c.third")
    write(tmp_path, "c.third", "select a as events from ops.source")
    assert [report.name for report in views.refresh(con, tmp_path)] == ["third", "second", "first"]
    assert con.execute("select * from a.first").fetchall() == []


def test_only_what_changed_is_made_anew(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """A second refresh makes nothing; after a change it makes that object; what no file makes any more is dropped."""
    write(tmp_path, "a.kept", "select 1 as events")
    write(tmp_path, "a.other", "select 1 as events")
    write(tmp_path, "a.turned", "-- macro: (x)\nselect x as events")
    assert [report.changed for report in views.refresh(con, tmp_path)] == [True, True, True]
    assert [report.changed for report in views.refresh(con, tmp_path)] == [False, False, False]
    (tmp_path / "a" / "other.sql").unlink()
    write(tmp_path, "a.kept", "select 2 as events")
    write(tmp_path, "a.turned", "select 3 as events")
    assert views.refresh(con, tmp_path) == [
        ViewReport("a", "kept", "view", changed=True),
        ViewReport("a", "turned", "view", changed=True),
    ]
    assert con.execute("select * from a.kept, a.turned").fetchall() == [(2, 3)]
    assert con.execute("select view_name from duckdb_views() where schema_name = 'a' order by 1").fetchall() == [
        ("kept",),
        ("turned",),
    ]
    assert con.execute("select count(*) from duckdb_functions() where schema_name = 'a'").fetchall() == [(0,)]


def test_a_file_that_makes_no_object_changes_nothing(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """When one object cannot be made, none is."""
    write(tmp_path, "a.good", "select 1 as events")
    write(tmp_path, "a.bad", "select events from ops.nowhere")
    with pytest.raises(duckdb.CatalogException):
        views.refresh(con, tmp_path)
    assert con.execute("select count(*) from duckdb_views() where schema_name = 'a'").fetchall() == [(0,)]
    assert con.execute("from ops.objects").fetchall() == []


def test_everything_is_described() -> None:
    """Every view tells what a row is, every macro too, and every column of the views for people what it means."""
    con = empty_warehouse()
    assert con.execute(DESCRIBED).fetchall() == []
    comments = con.execute("select comment from duckdb_views() where schema_name = 'analytics'").fetchall()
    comments += con.execute("select comment from duckdb_functions() where schema_name = 'analytics'").fetchall()
    assert [comment for (comment,) in comments if not (comment or "").startswith("Grain: ")] == []


def test_every_object_of_the_warehouse_is_known_by_its_key() -> None:
    """The key named in each file is one: its columns are among the object's."""
    for made in views.objects():
        assert set(made.key.split(", ")) <= set(made.columns), made.full_name

"""Dagster's graph: what is an asset, what a run does, what stops it and what does not."""

import json
import re
import shutil
import time
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dagster import AssetCheckKey, AssetKey, DagsterInstance

import pipelines.assets.views
import pipelines.stages
from ingest.lake import EventRow, Lake
from pipelines.event_names import EventName, read_event_names, write_event_names
from pipelines.graph import definitions
from pipelines.home import Home
from pipelines.reading import published
from warehouse.build import open_build
from warehouse.flatten import pending_event_names
from warehouse.objects import objects

CREATED = "expenses.expense_created"
APPROVED = "expenses.expense_approved"
ODD_TYPE = json.dumps([{"event_name": "a.b", "schema_name": "a", "table_name": 1}])
OWN = {"core/events", "core/process_events", "core/holidays", "core/rates", "ops/tables", "ops/publications", "report"}


@pytest.fixture(scope="session")
def begun_once(tmp_path_factory: pytest.TempPathFactory, instance_folder: Path, plant: Any, build_home: Any) -> Home:
    """A published home with two expenses, to be copied; its views are counted, however long it takes."""
    home = Home(tmp_path_factory.mktemp("begun") / "home")
    shutil.copytree(instance_folder, home.dagster)
    personal = {"expenseId": "e1", "name": "Seed Canary", "employeeName": "Ada Canary"}
    plant(home, (1, CREATED, personal), (2, CREATED, {"expenseId": "e2"}))
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(pipelines.assets.views, "METADATA_SECONDS", 600)
        build_home(home)
    return home


@pytest.fixture
def begun(home: Home, begun_once: Home) -> Home:
    """A copy of the published home, which the environment names."""
    shutil.copytree(begun_once.root, home.root, dirs_exist_ok=True)
    return home


def metadata_of(home: Home, *key: str) -> Any:
    """What the latest materialization says."""
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        event = instance.get_latest_materialization_event(AssetKey(key))
    assert event is not None
    assert event.asset_materialization is not None
    return event.asset_materialization.metadata


def asset_keys(home: Home) -> set[str]:
    return {key.to_user_string() for key in definitions(home).resolve_all_asset_keys()}


def materialized(home: Home) -> set[str]:
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        return {key.to_user_string() for key in instance.all_asset_keys()}


def count(home: Home, table: str) -> int:
    with published(home.published) as connection:
        return len(connection.table(table).fetchall())


def test_fresh_home_has_every_asset_but_event_names(home: Home) -> None:
    """Without any event the graph has the store, registry, processes, each SQL object, publication and report."""
    views = {f"{found.schema_name}/{found.name}" for found in objects()}
    assert asset_keys(home) == views | OWN


def test_each_known_event_name_is_an_asset(home: Home) -> None:
    """An event_name in event_names.json is an asset whose key is its table's name and which depends on core/events."""
    write_event_names(home.event_names, [EventName(APPROVED, "expenses", "expense_approved")])
    graph = definitions(home).resolve_asset_graph()
    parents = graph.get(AssetKey(["expenses", "expense_approved"])).parent_keys
    node = graph.get(AssetKey(["expenses", "expense_approved"]))
    described = (node.description or "").startswith("What people paid and want back, from the claim to the money.")
    assert (parents, described) == ({AssetKey(["core", "events"])}, True)


@pytest.mark.parametrize("damage", ["[", "{}", "[1]", '[{"event_name": "a.b"}]', ODD_TYPE])
def test_damaged_list_of_event_names_is_mended(home: Home, damage: str) -> None:
    """Where the file is no JSON, or JSON of another shape, no event_name is known until a build writes it anew."""
    home.event_names.write_text(damage)
    known = [EventName(APPROVED, "expenses", "expense_approved")]
    assert (read_event_names(home.event_names), write_event_names(home.event_names, known)) == ([], True)
    assert read_event_names(home.event_names) == known


def test_names_that_dagster_cannot_tell_apart_do_not_break_the_graph(home: Home) -> None:
    """Two tables whose schema and table join to the same text leave one asset, not a graph that fails to load."""
    names = [EventName("a.b__c", "a", "b__c"), EventName("a__b.c", "a__b", "c")]
    write_event_names(home.event_names, names)
    assert asset_keys(home) & {"a/b__c", "a__b/c"} == {"a/b__c"}


def test_view_lineage_is_read_from_the_sql(home: Home) -> None:
    """Each SQL object depends on exactly the assets that its SQL names."""
    graph = definitions(home).resolve_asset_graph()
    known = {key.to_user_string() for key in graph.get_all_asset_keys()}
    made_with_steps = {"core/process_rules", "core/process_expects"}
    for found in objects():
        parents = {key.to_user_string() for key in graph.get(AssetKey([found.schema_name, found.name])).parent_keys}
        read = {name.replace(".", "/", 1) for name in found.depends_on}
        expected = read & known - {"core/holidays", "core/rates", "ops/publications"}
        assert parents == expected | ({"core/process_events"} if read & made_with_steps else set())


def test_new_event_name_is_built_in_the_run_that_meets_it(begun: Home, plant: Any, build_home: Any) -> None:
    """An event_name first seen in a run has its table, its materialization and its place in the list after that run."""
    home = begun
    plant(home, (3, APPROVED, {"expenseId": "e1"}), first=10)
    before = asset_keys(home)
    outcome = build_home(home)
    assert (
        "expenses/expense_approved" in before,
        outcome.failures,
        "expenses/expense_approved" in materialized(home),
        [name.event_name for name in read_event_names(home.event_names)],
        count(home, "expenses.expense_approved"),
        "expenses/expense_approved" in asset_keys(home),
    ) == (False, [], True, [APPROVED, CREATED], 1, True)


@pytest.mark.thorough
def test_failing_table_stops_no_other(home: Home, plant: Any, build_home: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where one table cannot be built, the others are published, one failure names it, the next build mends it."""
    plant(home, (1, CREATED, {"expenseId": "e1"}), (2, APPROVED, {"expenseId": "e1"}))
    real = pipelines.stages.flatten_each

    def broken(connection: duckdb.DuckDBPyConnection, event_names: Sequence[str], *rest: Any) -> Iterator[Any]:
        yield APPROVED, duckdb.Error("planted")
        yield from real(connection, [name for name in event_names if name != APPROVED], *rest)

    monkeypatch.setattr(pipelines.stages, "flatten_each", broken)
    failed = build_home(home)
    created = count(home, "expenses.expense_created")
    monkeypatch.setattr(pipelines.stages, "flatten_each", real)
    healed = build_home(home)
    assert (failed.published, created, len(failed.failures), APPROVED in failed.failures[0]) == (True, 1, 1, True)
    assert (healed.built, healed.failures, count(home, "expenses.expense_approved")) == (True, [], 1)


@pytest.mark.thorough
def test_mistyped_line_of_the_operator_holds_nothing_back(home: Home, plant: Any, build_home: Any) -> None:
    """A bad line in holidays.csv is named by file and line, the events are published, and mending it is a new build."""
    plant(home, (1, CREATED, {"expenseId": "e1"}))
    holidays = home.references[0]
    holidays.write_text("country,day,name\nES,2026-13-45,Never\n")
    failed = build_home(home)
    holidays.write_text("country,day,name\nES,2026-10-12,Fiesta Nacional\n")
    mended = build_home(home)
    assert (failed.published, len(failed.failures), "holidays.csv, line 2" in failed.failures[0]) == (True, 1, True)
    assert (mended.built, mended.failures, count(home, "core.holidays")) == (True, [], 1)


@pytest.mark.parametrize(
    ("damage", "check"),
    [
        ("insert into core.event_store select * from core.event_store limit 1", "ids_unique"),
        ("delete from core.event_store where event_id = 'wh_planted000001'", "accounting"),
    ],
)
def test_damage_blocks_the_publication(begun: Home, build_home: Any, damage: str, check: str) -> None:
    """A repeated or missing event fails a blocking check, and nothing of that build is published."""
    home = begun
    before = home.published.read_bytes()
    with duckdb.connect(str(home.build)) as connection:
        connection.execute(damage)
    home.publication.unlink()
    outcome = build_home(home)
    assert (outcome.published, check in " ".join(outcome.failures)) == (False, True)
    assert home.published.read_bytes() == before


def test_nothing_is_built_on_what_does_not_hold(begun: Home, plant: Any, build_home: Any) -> None:
    """Where a blocking check fails, the new events are not flattened, though their stage had begun before the run."""
    plant(begun, (9, CREATED, {"expenseId": "e9"}), first=9)
    with duckdb.connect(str(begun.build)) as connection:
        connection.execute("delete from core.event_store where event_id = 'wh_planted000001'")
    outcome = build_home(begun)
    assert (outcome.published, "accounting" in " ".join(outcome.failures)) == (False, True)
    with open_build(begun.build) as connection:
        assert pending_event_names(connection) == [CREATED]


@pytest.mark.thorough
def test_silent_event_name_is_a_warning_with_its_reason(home: Home, build_home: Any) -> None:
    """What came every two hours and has not come for a day is named, with its usual gap; the others are not."""
    now = int(time.time()) // 3600 * 3600
    sent = {CREATED: range(24, 50, 2), APPROVED: range(0, 26, 2), "time_off.request_created": range(40, 50, 2)}
    rows = [
        EventRow(f"wh_{name}{hours}", name, "ABC1234", (now - hours * 3600) * 1_000_000, envelope(name, hours))
        for name, ago in sent.items()
        for hours in ago
    ]
    Lake(home.root).write_events(rows, "planted")
    outcome = build_home(home)
    assert not outcome.failures, outcome
    with DagsterInstance.from_config(str(home.dagster)) as instance:
        key = AssetCheckKey(AssetKey(["core", "events"]), "silence")
        (record,) = instance.event_log_storage.get_asset_check_execution_history(key, limit=1)
        assert record.evaluation is not None
        told = {name: value.value for name, value in record.evaluation.metadata.items()}
    assert (outcome.published, record.evaluation.passed, record.evaluation.severity.value) == (True, False, "WARN")
    assert (told["wrong"], told["judged"]) == (1, 2)
    reason = (
        r"expenses\.expense_created: nothing for 2[45] hours, last seen .*; usually every 2 hours, with gaps up to 2"
    )
    assert re.fullmatch(reason, str(told["silent"]))


def envelope(name: str, number: int) -> bytes:
    return json.dumps(
        {"event_name": name, "id": f"wh_{name}{number}", "company_id": "ABC1234", "data": {"expenseId": f"e{number}"}}
    ).encode()


@pytest.mark.thorough
def test_restricted_file_is_written_with_a_build_that_is_asked(
    begun: Home, plant: Any, build_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """NACRE_PUBLISH_RESTRICTED=true publishes warehouse_restricted.duckdb beside the warehouse; else there is none."""
    before = begun.restricted.exists()
    monkeypatch.setenv("NACRE_PUBLISH_RESTRICTED", "true")
    plant(begun, (3, APPROVED, {"expenseId": "e1"}), first=10)
    build_home(begun)
    with published(begun.restricted) as connection:
        query = "select stage, expense_name from analytics.expense_approval_timeline where expense_id = 'e1'"
        assert (before, connection.execute(query).fetchall()) == (False, [("approved", "Seed Canary")])


def test_materialization_says_what_people_expect(begun: Home) -> None:
    """A typed table's materialization has its rows, columns, lineage, name and preview, and shows no personal text."""
    metadata = metadata_of(begun, "expenses", "expense_created")
    columns = {column.name: column.description for column in metadata["dagster/column_schema"].value.columns}
    lineage = metadata["dagster/column_lineage"].value.deps_by_column
    assert (metadata["dagster/row_count"].value, metadata["dagster/table_name"].value, list(columns)) == (
        2,
        "warehouse.expenses.expense_created",
        ["event_id", "company_id", "occurred_at", "received_at", "expenseId", "name", "employeeName"],
    )
    assert columns["expenseId"] == "$['expenseId'] Oyster's id of the expense. Personal data: none."
    assert [dep.column_name for name in ("event_id", "expenseId") for dep in lineage[name]] == ["event_id", "data"]
    assert "wh_planted000001" in metadata["preview"].value
    assert "Canary" not in str(metadata)


def test_views_of_many_events_are_not_tried(
    begun: Home, plant: Any, build_home: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Over METADATA_EVENTS a view says that its rows are not counted, and its columns; a table is counted."""
    monkeypatch.setattr(pipelines.assets.views, "METADATA_SECONDS", 600)
    monkeypatch.setattr(pipelines.assets.views, "METADATA_EVENTS", 2)
    plant(begun, (3, APPROVED, {"expenseId": "e1"}), first=10)
    build_home(begun)
    view = metadata_of(begun, "analytics", "pending_expenses")
    assert ("row_count_left_out" in view, "dagster/row_count" in view, "dagster/column_schema" in view) == (
        True,
        False,
        True,
    )
    assert metadata_of(begun, "core", "process_events")["dagster/row_count"].value == 3


def test_materialization_of_a_view_says_what_its_columns_are_made_of(begun: Home) -> None:
    """A view's materialization has its rows, columns, preview and, for each column, the columns that it comes from."""
    metadata = metadata_of(begun, "analytics", "pending_expenses")
    made_of = metadata["dagster/column_lineage"].value.deps_by_column["age_seconds"]
    timeline = AssetKey(["analytics", "expense_approval_timeline"])
    assert [(dep.asset_key, dep.column_name) for dep in made_of] == [(timeline, "last_submitted_at")]
    assert (metadata["dagster/row_count"].value, "created" in metadata["preview"].value) == (2, True)
    columns = [column.name for column in metadata["dagster/column_schema"].value.columns]
    assert columns[:4] == ["company_id", "expense_id", "stage", "waiting_since"]

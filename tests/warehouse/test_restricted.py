"""Personal data: the views for people show none of it, whatever the events hold."""

import json
import stat
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest

from tests.warehouse.given import DAY, Event, advance, empty_warehouse, load
from tests.warehouse.lakes import delivery, warehouse
from warehouse import catalogue, processes
from warehouse.catalogue import CatalogueError, Family
from warehouse.objects import objects
from warehouse.publish import publish
from warehouse.restricted import publish_restricted
from warehouse.views import refresh

IDS = ("engagementId", "engagement_id", "employmentId", "contractId", "benefitEnrollmentId")


def planted(data: dict[str, Any], dotted: str, value: object) -> None:
    """Put a value at a dotted path, in the first element of each array on the way."""
    *way, last = dotted.split(".")
    for step in way:
        key, array, _ = step.partition("[*]")
        data = data.setdefault(key, [{}] if array else {})
        data = data[0] if isinstance(data, list) else data
    key, array, _ = last.partition("[*]")
    data[key] = [value] if array else value


def told(family: Family) -> Iterator[Event]:
    """An event for each verb and root of a family, with something personal in every place that is classified so."""
    verbs = [verb for _, verb in family.process.verbs] if family.process else ["changed"]
    for number, verb in enumerate(verbs):
        for root in family.roots:
            data: dict[str, Any] = {}
            for path, field in family.fields.items():
                if field.personal != "none" and not path.endswith(IDS):
                    dotted = path if root == "$" else f"{root}.{path}"
                    planted(data, dotted, f"Canary.{len(data)}@{path.replace('[*]', '')}.example")
            planted(data, "id" if root == "$" else f"{root}.id", f"entity{number}")
            at = DAY + timedelta(minutes=number)
            name = f"{family.namespaces[0]}.thing_{verb}"
            yield Event(f"wh_{family.name}{number}{root}", name, "C1", at, at, json.dumps(data))


@pytest.fixture
def con() -> duckdb.DuckDBPyConnection:
    """A warehouse whose events are full of personal data."""
    con = empty_warehouse()
    load(con, [event for family in catalogue.load().families for event in told(family)])
    advance(con)
    return con


@pytest.mark.thorough
def test_no_view_for_people_shows_personal_data(con: duckdb.DuckDBPyConnection) -> None:
    """Names, addresses and texts of people, at any place that the catalogue classifies, are in no row of any view."""
    shown, rows = [], 0
    for one in objects():
        if one.schema_name == "analytics" or one.name == "process_states":
            call = one.full_name + ("('2200-01-01')" if one.kind == "macro" else "")
            found = con.execute("select * from " + call).fetchall()
            rows += len(found)
            shown += [(one.full_name, row) for row in found if "canary" in str(row).lower()]
    assert (shown, rows > 100) == ([], True)
    (held,) = con.execute("select count(*) from core.events where contains(data::varchar, 'Canary')").fetchall()
    assert held[0] > 30


@pytest.mark.thorough
def test_an_approver_is_an_id_or_a_code(con: duckdb.DuckDBPyConnection) -> None:
    """An id stays; a name or an address becomes a code that is the same each time."""
    told_by = ["r-7", "Ann", "ann@example.com", "Ann", "3f2a"]
    data = [json.dumps({"expenseId": f"a{number}", "reviewedBy": by}) for number, by in enumerate(told_by)]
    load(con, [Event(f"wh_a{n}", "expenses.expense_approved", "C1", DAY, DAY, text) for n, text in enumerate(data)])
    advance(con)
    found = con.execute(
        "select approver from analytics.expense_approval_timeline where expense_id in ('a0', 'a1', 'a2', 'a3', 'a4')"
        " order by expense_id"
    ).fetchall()
    assert [one for (one,) in found] == ["r-7", "hidden 17239b6e", "hidden 71d4f55f", "hidden 17239b6e", "3f2a"]


def test_no_catalogue_can_show_what_it_classifies(tmp_path: Path) -> None:
    """A file whose process shows a leaf that the same file classifies is refused, with file and line."""
    text = (Path(catalogue.__file__).parent / "time_off.yaml").read_text()
    shown = text.replace("    engagement_id:\n", "    category: [timeOffRequest.type]\n    engagement_id:\n", 1)
    (tmp_path / "time_off.yaml").write_text(shown)
    with pytest.raises(CatalogueError, match=r"^time_off\.yaml, line \d+: `category` is shown.*classified special$"):
        catalogue.load(tmp_path)


@pytest.mark.thorough
def test_the_restricted_file_names_people(tmp_path: Path) -> None:
    """Its views show who it is, what people wrote and who decided, and its owner alone may read it."""
    people = '"engagement": {"engagementId": "n1", "name": "Ada Canary"}'
    given = [
        ("engagements.engagement_created", '{"engagementId": "n1", "employment": {"email": "ada@canary.example"}}'),
        ("expenses.expense_submitted", f'{{"expenseId": "e1", "name": "Canary seed", {people}}}'),
        ("expenses.expense_declined", '{"expenseId": "e1", "reviewedBy": "Bob Canary", "reason": "No canary"}'),
        ("expenses.expense_submitted", f'{{"expenseId": "e2", "name": "Second canary", {people}}}'),
        ("time_off.request_submitted", f'{{"timeOffRequestId": "t1", "type": "SICK_CANARY", {people}}}'),
    ]
    with warehouse(tmp_path, [delivery(number, *one) for number, one in enumerate(given, 1)]) as con:
        processes.advance(con)
        refresh(con)
        publish(con, tmp_path / "build.duckdb", tmp_path / "warehouse.duckdb")
    made = publish_restricted(tmp_path / "warehouse.duckdb", tmp_path / "warehouse_restricted.duckdb")
    assert (made.events, stat.S_IMODE(made.path.stat().st_mode)) == (5, 0o600)
    queries = [
        "select person_name, approver_name, decline_reason from analytics.expense_approval_timeline",
        "select person_name, expense_name from analytics.pending_expenses",
        "select entity_id, with_role, with_name, person_email from analytics.open_items where stage = 'submitted'",
        "select request_id, type, person_name, stage from analytics.time_off_requests",
        "select engagement_id, name, email from analytics.people",
    ]
    with duckdb.connect(str(made.path), read_only=True) as con:
        assert [sorted(con.execute(query).fetchall(), key=repr) for query in queries] == [
            [("Ada Canary", "Bob Canary", "No canary"), ("Ada Canary", None, None)],
            [("Ada Canary", "Second canary")],
            [
                ("e2", "approver", "Bob Canary", "ada@canary.example"),
                ("t1", "company", None, "ada@canary.example"),
            ],
            [("t1", "SICK_CANARY", "Ada Canary", "submitted")],
            [("n1", "Ada Canary", "ada@canary.example")],
        ]
        kept = con.execute("select count(*) from core.events where contains(data::varchar, 'Canary')").fetchall()
        assert kept == [(4,)]
    with duckdb.connect(str(tmp_path / "warehouse.duckdb"), read_only=True) as con:
        shown = [
            con.execute("from analytics." + view).fetchall() for view in ("expense_approval_timeline", "open_items")
        ]
        assert "anary" not in str(shown)

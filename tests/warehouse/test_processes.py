"""core.process_events: brought up to date by what is new, right in any order of arrival."""

from pathlib import Path

import duckdb
import pytest

from tests.warehouse.given import advance, empty_warehouse, events, load, rows, warehouse
from warehouse import processes, views

ECHOES = "select event_id, is_echo, echo_of from core.process_events order by event_id"


def echoes(con: duckdb.DuckDBPyConnection) -> list[tuple[str, bool, str | None]]:
    """Each event with whether it is an echo, and of which."""
    return con.execute(ECHOES).fetchall()


def test_nothing_new_changes_nothing() -> None:
    """A second call without a load between reports nothing and leaves every row as it was."""
    con = warehouse("created 10:00\napproved 11:00 id=wh_2")
    before = rows(con, "from core.process_events order by event_id")
    assert advance(con) == processes.AdvanceReport(retold=(), touched=0)
    assert rows(con, "from core.process_events order by event_id") == before


def test_what_was_told_with_its_row_is_not_told_again() -> None:
    """The events of a first and of a later load are told when they are typed, and none is told anew."""
    con = empty_warehouse()
    for line in ('created 10:00 id=wh_1 {"id": "e1"}', 'created 10:00 id=wh_2 {"id": "e2"}'):
        load(con, events(line))
        assert advance(con) == processes.AdvanceReport(retold=(), touched=0)
    told = con.execute("select event_id, entity_id from core.process_events order by all").fetchall()
    assert told == [("wh_1", "e1"), ("wh_2", "e2")]


def test_an_earlier_event_takes_the_place_of_its_echo() -> None:
    """A late event that comes before what was known becomes the original, the known one its echo."""
    con = warehouse("submitted 10:00:30 id=wh_b")
    assert echoes(con) == [("wh_b", False, None)]
    load(con, events("submitted 10:00 id=wh_a"))
    advance(con)
    assert echoes(con) == [("wh_a", False, "wh_a"), ("wh_b", True, "wh_a")]


@pytest.mark.thorough
def test_echoes_are_marked_however_many_rows_went_before() -> None:
    """Where rows were replaced again and again, the echo of a new event is still marked."""
    for _ in range(8):
        con = warehouse("submitted 10:00:30 id=wh_b", "submitted 10:00 id=wh_a")
        assert echoes(con) == [("wh_a", False, "wh_a"), ("wh_b", True, "wh_a")]


def test_a_late_event_joins_two_runs() -> None:
    """Two events over a minute apart become one run when the event between them arrives."""
    con = warehouse("submitted 10:00 id=wh_a", "submitted 10:01:50 id=wh_c")
    assert echoes(con) == [("wh_a", False, None), ("wh_c", False, None)]
    load(con, events("submitted 10:00:55 id=wh_b"))
    advance(con)
    assert echoes(con) == [("wh_a", False, "wh_a"), ("wh_b", True, "wh_a"), ("wh_c", True, "wh_a")]


def test_a_run_of_echoes_is_ordered_by_time() -> None:
    """The first by occurred_at is the original, whatever its id, and only the gap to the one before counts."""
    con = warehouse(
        "submitted 10:02 id=wh_a\nsubmitted 10:00 id=wh_b\nsubmitted 10:01 id=wh_c\nsubmitted 10:04 id=wh_0"
    )
    assert echoes(con) == [
        ("wh_0", False, None),
        ("wh_a", True, "wh_b"),
        ("wh_b", False, "wh_b"),
        ("wh_c", True, "wh_b"),
    ]


def test_an_echo_whose_original_goes_is_the_event() -> None:
    """When the original is erased, the echo counts in its place."""
    con = warehouse("submitted 10:00 id=wh_a\nsubmitted 10:00:10 id=wh_b\ncreated 10:00 id=wh_c")
    con.execute("delete from core.event_store where event_id = 'wh_a'")
    con.execute("insert into core.withdrawn values ('wh_a', 'expenses.expense_submitted', 2)")
    advance(con)
    assert echoes(con) == [("wh_b", False, None), ("wh_c", False, None)]


def test_a_replaced_event_is_there_once() -> None:
    """An id whose row a later load replaced has the later row, and no other."""
    con = warehouse('submitted 10:00 id=wh_a {"id": "e1"}', 'submitted 9:00 id=wh_a {"id": "e2"}')
    assert rows(con, "select event_id, entity_id, load_no from core.process_events") == [
        {"event_id": "wh_a", "entity_id": "e2", "load_no": 2}
    ]


@pytest.mark.parametrize(
    "other",
    [
        'expense.expense_submitted 10:00 id=wh_b {"expenseId": "e1"}',
        'submitted 10:00 id=wh_b company=C2 {"expenseId": "e1"}',
        'submitted 10:00 id=wh_b {"expenseId":"e1"}',
        'approved 10:00 id=wh_b {"expenseId": "e1"}',
    ],
)
def test_only_equal_events_are_echoes(other: str) -> None:
    """Another name, company or text of data is another event."""
    con = warehouse(f'submitted 10:00 id=wh_a {{"expenseId": "e1"}}\n{other}')
    assert [is_echo for _, is_echo, _ in echoes(con)] == [False, False]


def test_every_process_finds_its_entities() -> None:
    """Time off, engagements and payroll are read by the same declarations as expenses."""
    con = warehouse("""
        time_off.time_off_request_submitted 10:00 {"timeOffRequestId": "t1", "type": "VACATION", "engagement": {"engagementId": "n1", "countryCode": "ES"}}
        time_off.time_off_request_rejected 10:00 {"time_off_request": {"id": "t1"}}
        engagements.engagement_created 10:00 {"engagementId": "n1", "countryCode": "ES", "engagementType": "CONTRACT"}
        engagement.terminated 10:00 {"engagement": {"engagementId": "n1"}}
        payroll.payroll_paid 10:00 {"payrollId": 7, "amount": {"decimal": "1", "currencyCode": "EUR"}}
        workflow.step_finished 10:00 {"id": "x"}
    """)  # noqa: E501 # one event a line
    query = (
        "select process, entity_id, stage, category, engagement_id, country from core.process_events order by event_id"
    )
    assert con.execute(query).fetchall() == [
        ("time_off", "t1", "submitted", None, "n1", "ES"),
        ("time_off", "t1", "declined", None, None, None),
        ("engagement", "n1", "created", "CONTRACT", "n1", "ES"),
        ("engagement", "n1", "ended", None, "n1", None),
        ("payroll", "7", "reimbursed", None, None, None),
    ]


def test_another_catalogue_makes_the_table_anew(tmp_path: Path) -> None:
    """A process that a user declares is read from the events that are there already."""
    (tmp_path / "invoices.yaml").write_text(
        """
        family: invoices
        description: Invoices.
        namespaces: [billing]
        roots: [$]
        process:
          name: invoice
          stages: {submitted: [sent], reimbursed: [settled]}
          facts: {entity_id: [invoice.number]}
        fields: {}
        """
    )
    con = warehouse('billing.invoice_settled 10:00 {"invoice": {"number": 12}}\ncreated 10:00 id=wh_2')
    assert con.execute("select process, entity_id from core.process_events").fetchall() == [("expense", "e1")]
    report = advance(con, tmp_path)
    assert report == processes.AdvanceReport(retold=("billing.invoice_settled", "expenses.expense_created"), touched=0)
    assert con.execute("select process, entity_id, stage from core.process_events").fetchall() == [
        ("invoice", "12", "reimbursed")
    ]
    assert advance(con, tmp_path) == processes.AdvanceReport(retold=(), touched=0)


def test_a_failure_leaves_everything_as_it_was() -> None:
    """A step that fails half-way has not been, and the next one does it whole."""
    con = warehouse("created 10:00 id=wh_a\nsubmitted 11:00 id=wh_b")
    before = rows(con, "from core.process_events order by event_id")
    load(con, events('submitted 9:00 id=wh_b {"id": "e2"}'))
    con.execute("alter table core.process_events add column other integer")
    with pytest.raises(duckdb.Error):
        advance(con)
    con.execute("alter table core.process_events drop column other")
    assert rows(con, "from core.process_events order by event_id") == before
    advance(con)
    assert [row["entity_id"] for row in rows(con, "from core.process_events order by event_id")] == ["e1", "e2"]


def test_the_views_hold_when_told_before_the_first_event() -> None:
    """Advancing an empty warehouse is nothing, and refreshing it twice makes nothing anew."""
    con = empty_warehouse()
    assert advance(con) == processes.AdvanceReport(retold=(), touched=0)
    assert [report for report in views.refresh(con) if report.changed] == []

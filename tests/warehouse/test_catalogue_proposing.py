"""A draft of a catalogue file from what was observed, and what a change of the catalogue touches."""

from collections.abc import Iterator
from pathlib import Path

import duckdb
import pytest

from warehouse import catalogue
from warehouse.build import create_objects
from warehouse.catalogue import Catalogue, Declared
from warehouse.catalogue.proposing import NothingObservedError, propose, touched

DRAFT = """\
# Drafted from what was observed of workflow.step_finished. Say what each leaf is, and classify it: none, personal or
# special; what is not classified counts as personal.
family: workflow
description: To be described.
namespaces: [workflow]
roots: [$]
fields:
  step.doneOn:
    # DATE, in 50% of 2 rows, about 1 different values
    type: DATE
    description: To be described.
  # "$['odd.key']" cannot be declared: a key with such characters has no dotted path
  tags[*].text:
    # VARCHAR, in 100% of 1 rows, about 1 different values
    description: To be described.
"""


@pytest.fixture
def con() -> Iterator[duckdb.DuckDBPyConnection]:
    """A warehouse that knows one event with an array of objects."""
    with duckdb.connect() as con:
        create_objects(con)
        con.execute("create schema workflow")
        con.execute("create table workflow.step_finished as select * from (values ('a', date '2026-01-01', 1),"
                    " ('b', null, 2)) as rows (event_id, \"step_doneOn\", \"odd.key\")")  # fmt: skip
        con.execute("create table workflow.step_finished__tags as select 'a' as event_id, 'x' as text")
        con.execute("insert into ops.tables values ('workflow.step_finished', 'workflow', 'step_finished', '$', 2),"
                    " ('workflow.step_finished', 'workflow', 'step_finished__tags', '$[''tags'']', 1)")  # fmt: skip
        columns = [
            ("step_finished", "event_id", "", "VARCHAR", 1),
            ("step_finished", "step_doneOn", "$['step']['doneOn']", "DATE", 2),
            ("step_finished", "odd.key", "$['odd.key']", "BIGINT", 3),
            ("step_finished__tags", "text", "$['tags'][*]['text']", "VARCHAR", 1),
        ]
        con.executemany(
            "insert into ops.columns (schema_name, table_name, column_name, json_path, data_type, ordinal, origin)"
            " values ('workflow', ?, ?, ?, ?, ?, 'observed')",
            columns,
        )
        yield con


def test_a_draft_tells_what_was_observed(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """The draft names each leaf with its type, share and variety, and is a file that loads."""
    draft = propose(con, "workflow.step_finished")
    assert draft == DRAFT
    (tmp_path / "workflow.yaml").write_text(draft)
    (family,) = catalogue.load(tmp_path).families
    assert family.fields == {
        "step.doneOn": Declared("DATE", "To be described.", None, "personal"),
        "tags[*].text": Declared(None, "To be described.", None, "personal"),
    }


def test_nothing_is_proposed_of_what_never_came(con: duckdb.DuckDBPyConnection) -> None:
    """An event that was never loaded is refused by its name."""
    with pytest.raises(NothingObservedError, match=r"No table of workflow\.other is in the warehouse"):
        propose(con, "workflow.other")


def test_a_change_names_what_it_touches(con: duckdb.DuckDBPyConnection, tmp_path: Path) -> None:
    """Each changed leaf of a table that is there is a line; a changed process names everything that follows from it."""
    (tmp_path / "workflow.yaml").write_text(DRAFT)
    drafted = catalogue.load(tmp_path)
    assert touched(con, drafted, drafted) == []
    assert touched(con, Catalogue(()), drafted) == [
        "workflow.step_finished $['step']['doneOn']: not declared → DATE, personal, To be described.",
        "workflow.step_finished $['tags'][*]['text']: not declared → observed, personal, To be described.",
    ]
    lines = touched(con, Catalogue(()), catalogue.load())
    assert lines[0] == "core.process_events: made anew from all events"
    assert "analytics.expense_approval_timeline: follows" in lines

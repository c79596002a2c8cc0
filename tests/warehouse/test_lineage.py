"""Where each column comes from: traced through the SQL, recorded, and never of another text than the file's."""

import json

import pytest

from warehouse.lineage import known_columns, recorded, traced
from warehouse.objects import RECORDED, fingerprint, objects, parsed

AGAIN = "run python -m warehouse.lineage"


def test_what_is_recorded_was_told_of_the_files_as_they_are() -> None:
    """Each file of sql/ is recorded with the hash of its present text, its columns and what it reads."""
    found = {name: told | {"lineage": {}} for name, told in json.loads(RECORDED.read_text(encoding="utf-8")).items()}
    expected = {
        one.full_name: {
            "fingerprint": fingerprint(one.path.read_text(encoding="utf-8")),
            **parsed(one.full_name, one.query),
            "lineage": {},
        }
        for one in objects()
    }
    assert found == expected, AGAIN


def test_lineage_goes_through_macros_and_names_what_is_read() -> None:
    """A column's lineage names the columns it is made of, none where it counts rows alone."""
    views = {one.full_name: one for one in objects()}
    schema = known_columns()
    named = traced(views["analytics.pending_expenses"], schema)
    assert named["age_seconds"] == ["analytics.expense_approval_timeline.last_submitted_at"]
    called = traced(views["analytics.expense_approval_timeline"], schema)
    assert called["amount"] == ["analytics.expenses_as_of.amount"]
    assert traced(views["analytics.throughput_by_week"], schema)["entries"] == []


@pytest.mark.long
def test_everything_recorded_is_what_is_traced() -> None:
    """Tracing every file again gives what is recorded."""
    assert json.loads(RECORDED.read_text(encoding="utf-8")) == recorded(), AGAIN

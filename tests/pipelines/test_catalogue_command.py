"""`nacre catalogue`: from observed to declared, and what a declaration changes."""

import json
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.cli import nacre
from pipelines.home import Home
from tests.warehouse.lakes import delivery, warehouse
from warehouse import catalogue
from warehouse.publish import publish

CREATED = "expenses.expense_created"


def run(*arguments: object) -> Any:
    return CliRunner().invoke(nacre, ["catalogue", *map(str, arguments)])


@pytest.fixture
def built(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Home:
    """A home with one known and one unknown event in its warehouse."""
    home = Home(tmp_path / "home")
    monkeypatch.setenv("NACRE_HOME", str(home.root))
    created = delivery(1, CREATED, '{"expenseId": "e1", "name": "Taxi"}')
    with warehouse(home.root, [created, delivery(2, "invoices.invoice_issued", '{"due": "2026-01-31"}')]) as connection:
        publish(connection, home.build, home.published)
    return home


def test_a_draft_goes_from_what_was_observed_to_what_it_touches(built: Home, tmp_path: Path) -> None:
    """The draft of an unknown event is written once, loads, and its diff names the columns that it would declare."""
    file = tmp_path / "invoices.yaml"
    printed, written, again = (
        run("propose", "invoices.invoice_issued", *more) for more in ([], ["--out", file], ["--out", file])
    )
    assert (printed.output, written.exit_code, again.exit_code) == (file.read_text(), 0, 1)
    assert "  due:\n    # DATE, in 100% of 1 rows, about 1 different values\n    type: DATE\n" in printed.output
    assert json.loads(run("diff", file, "--json").output) == [
        "invoices.invoice_issued $['due']: not declared → DATE, personal, To be described."
    ]
    assert built.published.exists()


def test_a_changed_file_stands_in_for_the_one_of_its_name(built: Home, tmp_path: Path) -> None:
    """A changed copy of a catalogue file is compared with the one it would replace; an equal one changes nothing."""
    (expenses,) = [family.file for family in catalogue.load().families if family.name == "expenses"]
    file = tmp_path / expenses.name
    file.write_text(expenses.read_text())
    same = run("diff", file)
    file.write_text(expenses.read_text().replace("What the person called the expense.", "Its title."))
    assert (same.output, built.published.exists()) == ("Nothing in the published warehouse changes.\n", True)
    said = "observed, personal, What the person called the expense. → observed, personal, Its title."
    paths = ["$['expense']['name']", "$['name']"]
    assert json.loads(run("diff", file, "--json").output) == [f"{CREATED} {path}: {said}" for path in paths]


def test_mistakes_are_one_sentence(built: Home, tmp_path: Path) -> None:
    """An event that never came, and a file that does not read, end with 1 and one sentence that names them."""
    file = tmp_path / "wrong.yaml"
    file.write_text("family: wrong\nnonsense: 1\n")
    answers = [run("propose", "other.event"), run("diff", file)]
    assert [answer.exit_code for answer in answers] == [1, 1]
    assert answers[0].output.startswith("Error: No table of other.event is in the warehouse")
    assert answers[1].output.startswith("Error: wrong.yaml, line ")
    assert built.published.exists()

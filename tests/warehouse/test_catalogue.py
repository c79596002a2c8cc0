"""The catalogue: readable files, checked when loaded, every mistake named with file and line."""

from pathlib import Path
from textwrap import dedent

import duckdb
import pytest

from warehouse import catalogue
from warehouse.build import create_objects
from warehouse.catalogue import CatalogueError, Declared
from warehouse.comments import describe_event

GOOD = """\
family: invoices
description: Invoices.
namespaces: [billing, bill]
roots: [$, invoice]
process:
  name: invoice
  stages:
    submitted: [sent]
    reimbursed: [settled]
  facts:
    entity_id: [number, invoice.number]
  ends: [reimbursed]
  targets:
    submitted: 3
  expects:
    reimbursed: [submitted]
fields:
  total.decimal:
    type: DECIMAL(38,9)
    description: What it
      comes to.
    unit: in total.currencyCode
    personal: none
  lines[*].text:
    description: What was sold.
"""


def load(folder: Path, text: str, name: str = "invoices.yaml") -> catalogue.Catalogue:
    """The catalogue of a folder with this file."""
    (folder / name).write_text(dedent(text))
    catalogue.load.cache_clear()
    return catalogue.load(folder)


def test_a_file_declares_a_family(tmp_path: Path) -> None:
    """Everything a file says is in the family; what nobody classified counts as personal."""
    (family,) = load(tmp_path, GOOD).families
    assert family.namespaces == ("billing", "bill")
    assert family.fields == {
        "total.decimal": Declared("DECIMAL(38,9)", "What it comes to.", "in total.currencyCode", "none"),
        "lines[*].text": Declared(None, "What was sold.", None, "personal"),
    }
    process = family.process
    assert process is not None
    assert process.verbs == (("submitted", "sent"), ("reimbursed", "settled"))
    assert (process.ends, process.targets, process.expects) == (
        ("reimbursed",),
        {"submitted": 3},
        {"reimbursed": ("submitted",)},
    )


MISTAKES = {
    ("family: invoices", "famly: invoices"): (1, "`famly` is not known here"),
    ("roots: [$, invoice]\n", ""): (1, "`roots` is missing"),
    ("description: Invoices.", "description: ''"): (2, "a text is expected"),
    ("[billing, bill]", "billing"): (3, "a list of at least one text is expected"),
    ("[billing, bill]", "[billing, billing]"): (3, "an entry stands in this list twice"),
    ("[settled]", "[sent]"): (8, "the verb `sent` stands for both submitted and reimbursed"),
    ("entity_id: [", "entity: ["): (11, "`entity` is not known here"),
    ("[number, invoice.number]", "[a, b, c, d, e, f, g, h, i]"): (11, "in 8 places, not 9"),
    ("ends: [reimbursed]", "ends: [paid]"): (12, "`paid` is not a stage of this process"),
    ("submitted: 3", "submitted: soon"): (14, "`soon` is not a whole number above zero"),
    ("reimbursed: [submitted]", "paid: [submitted]"): (16, "`paid` is not a stage of this process"),
    ("DECIMAL(38,9)", "MONEY"): (19, "`MONEY` is not known; one of VARCHAR, "),
    ("personal: none", "personal: maybe"): (23, "`maybe` is not known; one of none, personal, special"),
    ("    description: What was sold.", "    personal: none"): (25, "`description` is missing"),
    ("lines[*].text:", "total.decimal:"): (24, "`total.decimal` stands here a second time"),
    ("fields:", "fields: ["): (19, "this is not YAML"),
}


@pytest.mark.parametrize("mistake", MISTAKES)
def test_a_mistake_is_named_with_file_and_line(mistake: tuple[str, str], tmp_path: Path) -> None:
    """A file that cannot be understood stops the loading with a sentence that says where."""
    line, problem = MISTAKES[mistake]
    assert mistake[0] in GOOD
    with pytest.raises(CatalogueError) as caught:
        load(tmp_path, GOOD.replace(*mistake))
    assert (caught.value.file.name, caught.value.line) == ("invoices.yaml", line)
    assert str(caught.value).startswith(f"invoices.yaml, line {line}: ")
    assert problem in str(caught.value)


def test_a_namespace_belongs_to_one_family(tmp_path: Path) -> None:
    """Two files cannot declare the same namespace."""
    load(tmp_path, GOOD)
    with pytest.raises(CatalogueError, match=r"others\.yaml, line 1: bill is declared in invoices\.yaml already"):
        load(tmp_path, GOOD.replace("[billing, bill]", "[bill]").replace("name: invoice", "name: bill"), "others.yaml")


def test_an_empty_file_is_named(tmp_path: Path) -> None:
    """An empty file is a mistake, not a family."""
    with pytest.raises(CatalogueError, match=r"invoices\.yaml, line 1: the file is empty"):
        load(tmp_path, "# nothing\n")


def test_declared_leaves_stand_at_normalized_paths() -> None:
    """A field is declared wherever the object of the family may stand in data."""
    found = catalogue.declared("expenses.expense_approved")
    money = Declared("DECIMAL(38,9)", "The amount claimed.", "in amount.currencyCode", "none")
    assert found["$['amount']['decimal']"] == found["$['expense']['amount']['decimal']"] == money
    assert found == catalogue.declared("expense.anything.at_all")
    records = catalogue.declared("payroll.payroll_paid")
    assert records["$['records'][*]['taxesTotalAmount']['decimal']"].type == "DECIMAL(38,9)"


@pytest.mark.parametrize("name", ["workflow.step_finished", "expenses", "expense_approved", ".expenses", ""])
def test_nothing_is_declared_of_unknown_events(name: str) -> None:
    """An event outside the declared namespaces flows without a catalogue."""
    assert catalogue.declared(name) == {}


def test_only_dates_times_and_money_are_typed() -> None:
    """All else keeps the type that was observed."""
    catalogue.load.cache_clear()
    types = {field.type for family in catalogue.load().families for field in family.fields.values()}
    assert types == {None, "DATE", "TIMESTAMPTZ", "DECIMAL(38,9)"}


def test_tables_and_columns_say_what_the_catalogue_says() -> None:
    """The tables of a declared event carry its descriptions, those of an unknown event carry none."""
    con = duckdb.connect()
    create_objects(con)
    con.execute(
        "create schema expenses; create table expenses.expense_created (event_id varchar, amount_decimal decimal)"
    )
    con.execute("insert into ops.tables values ('expenses.expense_created', 'expenses', 'expense_created', '$', 0)")
    con.execute(
        "insert into ops.columns (schema_name, table_name, column_name, json_path, data_type, origin, ordinal)"
        " values ('expenses', 'expense_created', 'amount_decimal', '$[''amount''][''decimal'']', '', 'declared', 1)"
    )
    describe_event(con, "expenses.expense_created")
    describe_event(con, "workflow.step_finished")
    assert con.execute("select comment from duckdb_tables() where schema_name = 'expenses'").fetchall() == [
        ("expenses.expense_created: What people paid and want back, from the claim to the money.",)
    ]
    columns = con.execute("select column_name, comment from duckdb_columns() where schema_name = 'expenses'").fetchall()
    assert columns == [
        ("event_id", None),
        ("amount_decimal", "The amount claimed. Unit: in amount.currencyCode. Personal data: none."),
    ]
    con.close()

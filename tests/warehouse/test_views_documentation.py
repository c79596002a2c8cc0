"""docs/tables.md: generated, and never out of step with what it describes."""

from pathlib import Path

from warehouse.catalogue import load
from warehouse.documentation import tables_page
from warehouse.views import objects

PAGE = Path(__file__).parents[2] / "docs" / "tables.md"


def test_the_page_is_what_would_be_generated() -> None:
    """A change of a view or the catalogue needs `python -m warehouse.documentation docs/tables.md`."""
    assert PAGE.read_text(encoding="utf-8") == tables_page()


def test_the_page_tells_of_everything_declared() -> None:
    """Every view for people and every declared leaf stands on the page."""
    page = tables_page()
    assert [one.full_name for one in objects() if one.schema_name == "analytics" and one.full_name not in page] == []
    assert [path for family in load().families for path in family.fields if f"| `{path}` |" not in page] == []

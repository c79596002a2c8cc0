"""`make faults` and `make proof` write one page without losing each other's half."""

from pathlib import Path

from tests.reliability_page import write_faults, write_proofs


def test_neither_run_loses_what_the_other_found(tmp_path: Path) -> None:
    """Whichever run comes first or again, the page holds the newest faults and the newest proofs, each once."""
    page = tmp_path / "page.md"
    for faults, proofs in (("# Page\n\nfaults 1\n", "proofs 1"), ("# Page\n\nfaults 2\n", "proofs 2")):
        write_faults(faults, page)
        write_proofs(proofs, page)
    write_faults("# Page\n\nfaults 3\n", page)
    assert page.read_text() == "# Page\n\nfaults 3\n\n## The warehouse\n\nproofs 2\n"

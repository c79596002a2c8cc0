"""`docs/reliability.md` has two halves, each written by its own run: the endpoint's faults, the warehouse's proofs."""

from pathlib import Path

PAGE = Path(__file__).parents[1] / "docs" / "reliability.md"
PROOFS = "\n## The warehouse\n"


def write_faults(text: str, page: Path = PAGE) -> None:
    """Replace what `make faults` found; the proofs stay as they are."""
    _, proofs = halves(page)
    page.write_text(text.rstrip() + "\n" + proofs, encoding="utf-8")


def write_proofs(text: str, page: Path = PAGE) -> None:
    """Replace what `make proof` found; the faults stay as they are."""
    faults, _ = halves(page)
    page.write_text(f"{faults.rstrip()}\n{PROOFS}\n{text.strip()}\n", encoding="utf-8")


def halves(page: Path) -> tuple[str, str]:
    """The page up to the proofs, and from there on; empty where there is none."""
    faults, mark, proofs = page.read_text(encoding="utf-8").partition(PROOFS) if page.exists() else ("", "", "")
    return faults, mark + proofs

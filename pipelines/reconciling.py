"""`nacre reconcile`: the expenses that Oyster lists, held against those that events have told of."""

import csv
import json
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path
from typing import TextIO

from ingest.oyster import connect
from pipelines.home import Home
from pipelines.progress import Listener
from pipelines.reading import published

ID = "expenseId"


class IdsFileError(Exception):
    """A line of an exported list tells no id."""

    def __init__(self, line: int, problem: str) -> None:
        super().__init__(f"line {line} of the list: {problem}; one id a line, or CSV or NDJSON with {ID}, is expected")
        self.line = line


class NotListable(Exception):  # noqa: N818 - it names a state
    """An item of Oyster's listing has no id."""

    def __init__(self, number: int) -> None:
        super().__init__(f"expense {number} of Oyster's listing has no {ID}; its API may have changed: report it.")
        self.number = number


class CompanyNotNamed(Exception):  # noqa: N818 - it names a state
    """The warehouse holds several companies, and ids are told apart only within one."""

    def __init__(self, companies: list[str]) -> None:
        some = ", ".join(companies[:5]) + (", …" if len(companies) > 5 else "")
        super().__init__(f"the warehouse holds {len(companies)} companies ({some}); name the listed one by --company")
        self.companies = companies


@dataclass(frozen=True)
class Reconciliation:
    """How a listing and the warehouse meet. `deleted` are known here, ended by a deletion, and rightly not listed."""

    listed: int
    known: int
    both: int
    coverage_percent: float | None
    missing_here: list[str]
    missing_there: list[str]
    deleted: int


def reconcile(home: Home, listed: Iterable[str], company_id: str | None = None) -> Reconciliation:
    """Compare listed ids with the published warehouse. Raises CompanyNotNamed and NothingPublished."""
    known = _known(home, company_id)
    ids = set(listed)
    both = len(ids & known.keys())
    unlisted = known.keys() - ids
    deleted = sum(known[one] for one in unlisted)
    return Reconciliation(
        listed=len(ids),
        known=len(known),
        both=both,
        coverage_percent=_percent(both, len(ids)),
        missing_here=sorted(ids - known.keys()),
        missing_there=sorted(one for one in unlisted if not known[one]),
        deleted=deleted,
    )


def listed_by_oyster(home: Home, listener: Listener) -> Iterator[str]:
    """The ids of all expenses that Oyster's API lists to our developer application."""
    with connect(home.root) as api:
        for number, item in enumerate(api.expenses(), 1):
            expense_id = item.get(ID) if isinstance(item, dict) else None
            if not isinstance(expense_id, str) or not expense_id:
                raise NotListable(number)
            listener("listed", number, number)
            yield expense_id


def listed_in(file: TextIO) -> Iterator[str]:
    """The ids of an exported list: one a line, or the `expenseId` of CSV or NDJSON. Raises IdsFileError."""
    lines = ((number, _text(number, line).strip().removeprefix("\ufeff")) for number, line in enumerate(file, 1))
    full = ((number, line) for number, line in lines if line)
    number, first = next(full, (1, ""))
    header = next(csv.reader([first])) if first else []
    if first.startswith("{"):
        yield _of_json(number, first)
        yield from (_of_json(number, line) for number, line in full)
    elif ID in header:
        yield from _of_csv(header.index(ID), full)
    else:
        yield from (_alone(number, line) for number, line in [(number, first), *full] if line)


def open_list(path: Path) -> TextIO:
    """Open an exported list, `-` for standard input; what is no UTF-8 in it is for `listed_in` to name."""
    raw = sys.stdin.buffer if str(path) == "-" else path.open("rb")
    return TextIOWrapper(raw, encoding="utf-8-sig", errors="surrogateescape", newline="")


def _known(home: Home, company_id: str | None) -> dict[str, bool]:
    """The expenses that events have told of, each with whether it is deleted."""
    with published(home.published) as connection:
        found = connection.execute("select distinct company_id from core.process_events order by all").fetchall()
        companies = [company for (company,) in found]
        if company_id is None and len(companies) > 1:
            raise CompanyNotNamed(companies)
        query = "select expense_id, stage = 'deleted' from analytics.expense_approval_timeline where company_id = ?"
        return dict(connection.execute(query, [company_id or next(iter(companies), "")]).fetchall())


def _percent(part: int, whole: int) -> float | None:
    """A share in percent, rounded down: 100 only where nothing is missing; None of nothing."""
    return (10_000 * part // whole) / 100 if whole else None


def _text(number: int, line: str) -> str:
    try:
        line.encode()
    except UnicodeEncodeError:
        raise IdsFileError(number, "not UTF-8") from None
    return line


def _of_json(number: int, line: str) -> str:
    try:
        found = json.loads(line)
    except ValueError:
        raise IdsFileError(number, "not JSON") from None
    expense_id = found.get(ID) if isinstance(found, dict) else None
    if not isinstance(expense_id, str) or not expense_id:
        raise IdsFileError(number, f"no {ID} in it")
    return expense_id


def _of_csv(column: int, lines: Iterator[tuple[int, str]]) -> Iterator[str]:
    numbers: list[int] = []

    def texts() -> Iterator[str]:
        for number, line in lines:
            numbers.append(number)
            yield line + "\n"

    for row in csv.reader(texts()):
        if len(row) <= column or not row[column].strip():
            raise IdsFileError(numbers[-1], f"no {ID} in it")
        yield row[column].strip()


def _alone(number: int, line: str) -> str:
    if "," in line or " " in line:
        raise IdsFileError(number, "more than an id")
    return line

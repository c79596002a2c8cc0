"""Holidays and rates: what the operator's two files say, and no more."""

from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest

from tests.warehouse.given import empty_warehouse
from warehouse.references import ReferenceFileError, take


def test_the_files_are_taken_as_they_stand(tmp_path: Path) -> None:
    """Every line is a row, a changed file takes the place of the old one, a removed file leaves nothing."""
    con = empty_warehouse()
    assert take(con, tmp_path) == []
    (tmp_path / "holidays.csv").write_text("country,day,name\nES,2026-10-12,Fiesta\n,2026-01-01,New Year\n")
    (tmp_path / "rates.csv").write_text("currency,base,day,rate\nUSD,EUR,2026-03-01,0.9\nUSD,EUR,2026-03-01,0.90\n")
    assert take(con, tmp_path) == ["holidays.csv", "rates.csv"]
    assert take(con, tmp_path) == []
    assert con.execute("from core.holidays order by day").fetchall() == [
        (None, date(2026, 1, 1), "New Year"),
        ("ES", date(2026, 10, 12), "Fiesta"),
    ]
    assert con.execute("from core.rates").fetchall() == [("USD", "EUR", date(2026, 3, 1), Decimal("0.9"))]
    (tmp_path / "holidays.csv").unlink()
    assert take(con, tmp_path) == ["holidays.csv"]
    assert con.execute("from core.holidays").fetchall() == []


MISTAKES = {
    "country,date,name\n": (1, "the columns must be country, day, name"),
    "": (1, "the columns must be country, day, name"),
    "country,day,name\nES,2026-02-30,x\n": (2, "`2026-02-30` is no day"),
    "country,day,name\nES,2026-02-03,x\nES,2026-02-03\n": (3, "`` is no name"),
    "currency,base,day,rate\nUSD,EUR,2026-03-01,-1\n": (2, "`-1` is no rate"),
    "currency,base,day,rate\nUSD,EUR,2026-03-01,0.1234567891\n": (2, "`0.1234567891` is no rate"),
    "currency,base,day,rate\nUSD,EUR,2026-03-01,NaN\n": (2, "`NaN` is no rate"),
    "currency,base,day,rate\nUSD,,2026-03-01,1\n": (2, "`` is no base"),
    "currency,base,day,rate\nUSD,EUR,2026-03-01,1\nUSD,EUR,2026-03-01,2\n": (3, "a line before says otherwise"),
    "country,day,name\nES,2026-01-06,D\xeda de Reyes\n": (2, "this is not UTF-8"),
    f"country,day,name\nES,2026-01-06,{'x' * 200_000}\n": (2, "field larger than field limit (131072)"),
}


@pytest.mark.parametrize("text", MISTAKES)
def test_a_mistake_is_named_with_file_and_line(text: str, tmp_path: Path) -> None:
    """A line that cannot be used stops the taking with a sentence that says where."""
    name = "rates.csv" if text.startswith("currency") else "holidays.csv"
    (tmp_path / name).write_text(text, encoding="latin-1")
    con = empty_warehouse()
    with pytest.raises(ReferenceFileError) as caught:
        take(con, tmp_path)
    line, problem = MISTAKES[text]
    assert str(caught.value) == f"{name}, line {line}: {problem}"
    assert (caught.value.file, caught.value.line) == (tmp_path / name, line)

"""The text that is cast into a column has there the value of the number that was sent."""

from decimal import Decimal

import duckdb
import pytest

from warehouse.schema.columns import Column
from warehouse.schema.held import held
from warehouse.schema.tokens import parse


@pytest.mark.parametrize(
    "token",
    [
        "0e99999",
        "-0e-99999",
        "1" + "0" * 30 + "e-30",
        "123456789012345678901234567890e-9",
        "0." + "0" * 60 + "1e61",
        "99999999999999999999999999999.999999999",
        "12.50",
    ],
)
def test_a_decimal_is_the_number_however_it_is_written(token: str) -> None:
    """Exponents and zeros without end are no reason for DuckDB to refuse a number, or to make 0 of it."""
    text = held(Column("a", ("a",), "DECIMAL(38,9)"), parse(token))
    assert duckdb.execute("select cast(? as decimal(38, 9))", [text]).fetchall() == [(Decimal(token),)]

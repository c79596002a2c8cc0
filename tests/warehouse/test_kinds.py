"""Which of the numeric types hold a number exactly, at the edges."""

import pytest

from warehouse.schema.kinds import fits_decimal, fits_double


@pytest.mark.parametrize(
    ("token", "in_double", "in_decimal"),
    [
        ("9007199254740992", True, True),
        ("9007199254740993", False, True),
        ("-9007199254740993", False, True),
        ("0.1234567891", True, False),
        ("123456.123456789", True, True),
        ("1234567.123456789", True, True),
        ("0.30000000000000004", True, False),
        ("0.300000000000000041", False, False),
        ("1e22", True, True),
        ("1e400", False, False),
        ("1e-400", False, False),
        ("99999999999999999999999999999.999999999", False, True),
        ("100000000000000000000000000000", True, False),
        ("-0.0", True, True),
        ("0e5", True, True),
        ("0e99999", True, True),
        ("1" + "0" * 30 + "e-30", True, True),
        ("0." + "0" * 60 + "1e61", True, True),
    ],
)
def test_a_type_holds_a_number_only_with_its_value(token: str, in_double: bool, in_decimal: bool) -> None:
    """DOUBLE and DECIMAL(38,9) are said to hold what they give back with the same value, and nothing else."""
    assert (fits_double(token), fits_decimal(token)) == (in_double, in_decimal)

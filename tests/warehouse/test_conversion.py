"""What an amount is worth in another currency: the exact product, rounded once."""

from decimal import ROUND_HALF_UP, Context, Decimal

import pytest

from tests.warehouse.given import rich, warehouse

EXACT = Context(prec=60, rounding=ROUND_HALF_UP)


@pytest.mark.parametrize(
    ("amount", "rate"),
    [
        ("1.00495", "1"), ("-1.00495", "1"), ("0.004999999", "1"), ("0.005", "1"), ("-0.005", "1"),
        ("99999999999999.123456789", "0.923456789"), ("-99999999999999.999999999", "999999999.999999999"),
        ("0.000000001", "999999999.999999999"), ("0.000000001", "0.000000001"),
    ],
)  # fmt: skip
def test_a_conversion_is_rounded_once(amount: str, rate: str) -> None:
    """Claims and receipts are worth their exact product, to the nearest hundredth."""
    money = {"decimal": amount, "currencyCode": "USD"}
    con = warehouse(
        f"""
        submitted 10:00 {rich(amount=money)}
        submitted 10:00 {rich(expenseId="e2", amount={"decimal": "0", "currencyCode": "EUR"}, receiptAmount=money)}
        """
    )
    con.execute("insert into core.rates values ('USD', 'EUR', '2026-01-01', ?)", [Decimal(rate)])
    worth = EXACT.multiply(Decimal(amount), Decimal(rate)).quantize(Decimal("0.01"), context=EXACT)
    assert con.execute("select claimed from analytics.spend_converted").fetchall() == [(worth,)]
    assert con.execute("select receipt_converted from analytics.expense_receipts").fetchall() == [(worth,)]

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.money import affordable, settle_fifo, to_money

amounts = st.decimals("0", "9999", places=2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(0.1, "0.10"), (2.675, "2.68"), ("199.425", "199.43"), (-0.005, "-0.01"), (349, "349.00")],
)
def test_rounds_half_up_to_cents(value, expected):
    assert to_money(value) == Decimal(expected)


@given(paid=amounts, dues=st.lists(amounts, max_size=12))
def test_oldest_due_is_settled_first_and_nothing_is_invented(paid, dues):
    settled = settle_fifo(paid, dues)
    assert sum(settled) == min(paid, sum(dues, Decimal(0)))
    assert all(0 <= part <= due for part, due in zip(settled, dues, strict=True))
    incomplete = [i for i, (p, d) in enumerate(zip(settled, dues, strict=True)) if p < d]
    if incomplete:
        assert not any(settled[incomplete[0] + 1 :])


def test_partial_payment_of_three_months():
    assert settle_fifo(500, [349, 349, 349]) == [Decimal(349), Decimal(151), Decimal(0)]


def test_negative_money_settles_nothing():
    assert settle_fifo(-5, [349]) == [Decimal(0)]


@given(credit=amounts, prices=st.lists(amounts, max_size=12))
def test_affordable_is_the_longest_prefix(credit, prices):
    count = affordable(credit, prices)
    assert sum(prices[:count], Decimal(0)) <= credit
    assert count == len(prices) or sum(prices[: count + 1], Decimal(0)) > credit


def test_exact_money_pays_everything():
    assert affordable(1047.0, [349.0, 349.0, 349.0]) == 3
    assert affordable(1046.99, [349.0, 349.0, 349.0]) == 2

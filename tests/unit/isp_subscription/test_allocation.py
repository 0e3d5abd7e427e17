from decimal import Decimal

from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.allocation import share_parts, split_by_weight

amounts = st.decimals("0.00", "5000.00", places=2)
some = st.lists(amounts, min_size=1, max_size=8)


def test_example_of_two_payments_for_three_months():
    assert share_parts([349, 349, 349], [500, 547]) == [
        [Decimal(349), Decimal(151), Decimal(0)],
        [Decimal(0), Decimal(198), Decimal(349)],
    ]


@given(some, some)
def test_shares_add_up_and_the_oldest_due_comes_first(dues, parts):
    shares = share_parts(dues, parts)
    for part, row in zip(parts, shares, strict=True):
        assert sum(row) <= part
    settled = [sum(column) for column in zip(*shares, strict=True)]
    assert sum(settled) == min(sum(dues), sum(parts))
    for index, (due, paid) in enumerate(zip(dues, settled, strict=True)):
        assert 0 <= paid <= due
        if paid < due:
            assert not any(settled[index + 1 :]), "a later due got money before an older one"


@given(amounts, some)
def test_weighted_parts_add_up_to_the_cent(amount, weights):
    parts = split_by_weight(amount, weights)
    assert sum(parts) == amount
    assert all(part >= 0 for part in parts)
    total = sum(weights)
    if total:
        for weight, part in zip(weights, parts, strict=True):
            assert abs(part - amount * weight / total) <= Decimal("0.01")


def test_without_weights_the_first_one_gets_everything():
    assert split_by_weight("10.00", [0, 0]) == [Decimal("10.00"), Decimal(0)]

"""The drawer: what it should hold, what was counted, the change to give back."""

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.till import (
    SIGNS,
    cents,
    change_due,
    counted_cash,
    denominations,
    expected_cash,
)

AMOUNT = st.decimals("0", "100000", places=2)
MOVED = st.lists(st.tuples(st.sampled_from(sorted(SIGNS)), AMOUNT))


@given(AMOUNT, st.lists(AMOUNT), MOVED)
def test_order_does_not_matter_and_floats_lose_nothing(opening, taken, moved):
    total = expected_cash(opening, taken, moved)
    floats = expected_cash(
        float(opening), map(float, reversed(taken)), ((kind, float(a)) for kind, a in moved)
    )
    assert total == floats
    assert total == total.quantize(Decimal("0.01"))


@given(AMOUNT, st.lists(AMOUNT, min_size=1))
def test_a_payment_given_back_leaves_no_trace(opening, taken):
    assert expected_cash(opening, taken, [("reversal", taken[0])]) == expected_cash(
        opening, taken[1:], []
    )


@given(AMOUNT, AMOUNT)
def test_out_then_in_again(opening, amount):
    assert expected_cash(opening, [], [("out", amount), ("in", amount)]) == cents(opening)


def test_unknown_kind():
    with pytest.raises(KeyError):
        expected_cash(0, [], [("lost", 1)])


@given(st.dictionaries(st.sampled_from([500, 20, 1, 0.5]), st.integers(0, 500)))
def test_count_is_the_sum_of_its_pieces(pieces):
    worth = sum((Decimal(str(value)) * number for value, number in pieces.items()), Decimal(0))
    assert counted_cash(pieces.items()) == worth


def test_negative_pieces():
    with pytest.raises(ValueError, match="not negative"):
        counted_cash([(5, -1)])


@given(AMOUNT, AMOUNT)
def test_change(amount, handed):
    change = change_due(amount, handed)
    assert change >= 0
    assert change == max(handed - amount, Decimal(0))


@given(st.lists(st.decimals("0.01", "1000", places=2)))
def test_denominations_are_read_back(values):
    text = ", ".join(map(str, values))
    assert denominations(text) == sorted(set(values), reverse=True)


@pytest.mark.parametrize("text", ["x", "0", "-1", "0.001", "nan", "inf", "1 2"])
def test_bad_denominations(text):
    with pytest.raises(ValueError, match="."):
        denominations(f"500, {text}")

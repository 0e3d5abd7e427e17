from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.leave import balance_of, next_year
from isp_subscription_services.periods import Period, prorate, reference_period

CENT = Decimal("0.01")
days = st.dates(date(2024, 1, 1), date(2044, 12, 31))
anchors = st.integers(1, 31)
prices = st.decimals("1.00", "5000.00", places=2)


def give_back(price, period, cut):
    """Return ``(used, credit)`` when the service ends on ``cut``, as the ledger books it."""
    credit = prorate(price, (period.end - cut).days, period.days)
    return price - credit, credit


@given(day=days, anchor=anchors, price=prices)
def test_used_and_credit_are_the_price_on_every_day_of_the_period(day, anchor, price):
    """Section 7 of the rules: credit + used = price, for every day of every period length."""
    period = reference_period(day, anchor)
    assert 28 <= period.days <= 31
    for index in range(period.days + 1):
        used, credit = give_back(price, period, period.start + timedelta(index))
        assert used + credit == price
        assert used >= 0
        assert credit >= 0
        # billed afterwards, the same days cost what was kept for them, to the cent
        assert abs(used - prorate(price, index, period.days)) <= CENT


@given(
    day=days, anchor=anchors, price=prices, cuts=st.tuples(st.integers(0, 31), st.integers(0, 31))
)
def test_two_credits_of_one_period_never_exceed_its_price(day, anchor, price, cuts):
    """A pause in the middle, then the end of the service: the parts stay within the price."""
    period = reference_period(day, anchor)
    first, second = sorted(min(cut, period.days) for cut in cuts)
    parts = (first, second - first, period.days - second)
    amounts = [prorate(price, part, period.days) for part in parts]
    assert abs(sum(amounts) - price) <= 2 * CENT
    assert prorate(price, first + second - first, period.days) <= price


@pytest.mark.parametrize("length", [28, 29, 30, 31])
def test_every_period_length_is_reached(length):
    starts = [date(2024, 1, 1) + timedelta(offset) for offset in range(400)]
    assert length in {reference_period(day, 31).days for day in starts}


@given(day=days, anchor=anchors, price=prices)
def test_a_later_end_never_gives_more_back(day, anchor, price):
    period = reference_period(day, anchor)
    unused = [
        give_back(price, period, period.start + timedelta(index))[1]
        for index in range(period.days + 1)
    ]
    assert unused == sorted(unused, reverse=True)
    assert (unused[0], unused[-1]) == (price, 0)


def test_worked_examples():
    march = Period(date(2026, 3, 21), date(2026, 4, 21))
    parts = give_back(Decimal(349), march, date(2026, 4, 10))
    assert parts == (Decimal("225.16"), Decimal("123.84"))
    june = Period(date(2026, 6, 21), date(2026, 7, 21))
    assert prorate(349, (date(2026, 7, 16) - date(2026, 7, 1)).days, june.days) == Decimal("174.50")
    assert balance_of(["-123.84", "-349", "-349"]) == Decimal("-821.84")


@given(start=days, length=st.integers(1, 90))
def test_next_year_keeps_the_day_and_the_order(start, length):
    end = start + timedelta(length)
    again, back = next_year(start), next_year(end)
    assert again.year == start.year + 1
    assert (again.month, min(again.day, 28)) == (start.month, min(start.day, 28))
    assert abs((back - again).days - length) <= 1
    if length > 1:
        assert again < back


def test_next_year_of_a_leap_day():
    assert next_year(date(2028, 2, 29)) == date(2029, 2, 28)

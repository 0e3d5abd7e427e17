from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.periods import Period, next_cut, prorate, reference_period
from isp_subscription_services.plan_change import (
    Line,
    Terms,
    cheapest,
    cut_for_change,
    difference,
    factors,
    is_adjusted,
    period_factors,
    rest,
    to_arrive,
    total,
)

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
anchors = st.integers(1, 31)
prices = st.decimals("0.01", "5000", places=2)
lengths = st.integers(28, 31)
CENT = Decimal("0.01")


def test_upgrade_of_the_rules():
    assert difference(349, 650, 20, 31) == (Decimal("225.16"), Decimal("419.35"), Decimal("194.19"))


def test_downgrade_of_the_rules():
    assert difference(650, 349, 20, 31)[2] == Decimal("-194.19")


def test_days_of_the_design():
    """3 days of 449 and of 349, then a month: 458.68 in all."""
    credit, charge, _net = difference(349, 449, 3, 31)
    lines = [
        Line("month", "Next month", "", Decimal("449.00")),
        Line("days", "Days", factors(449, 3, 31), charge),
        Line("unused", "Unused days", factors(349, 3, 31), -credit),
    ]
    assert (charge, credit, total(lines)) == (Decimal("43.45"), Decimal("33.77"), Decimal("458.68"))


@given(prices, prices, lengths, st.data())
def test_up_and_down_on_the_same_day_is_nothing(old, new, length, data):
    used = data.draw(st.integers(0, length))
    assert difference(old, new, used, length)[2] + difference(new, old, used, length)[2] == 0


@given(prices, lengths, st.data())
def test_credit_and_used_part_are_the_price(price, length, data):
    unused = data.draw(st.integers(0, length))
    credit = prorate(price, unused, length)
    assert abs(credit + prorate(price, length - unused, length) - price) <= CENT


@given(st.lists(st.decimals("-5000", "5000", places=2), max_size=8))
def test_lines_add_up(amounts):
    lines = [Line("x", "x", "", amount) for amount in amounts]
    assert total(lines) == sum(amounts, Decimal(0))
    assert to_arrive(lines) == max(total(lines), 0)


def test_factors():
    assert factors(349, 20, 31) == "349.00 × 20/31"
    assert factors("1349.5", 1, 28) == "1,349.50 × 1/28"
    assert factors(349, 31, 31) == ""


@given(days, anchors, prices)
def test_factors_of_a_period_have_its_own_month(day, anchor, price):
    reference = reference_period(day, anchor)
    text = period_factors(price, Period(day, reference.end), anchor)
    assert bool(text) == (day != reference.start)
    assert not text or text.endswith(f"{(reference.end - day).days}/{reference.days}")


@pytest.mark.parametrize(
    ("mode", "old", "new", "is_ahead", "adjusted"),
    [
        ("prorate", 349, 650, False, True),
        ("prorate", 650, 349, True, True),
        ("none", 650, 349, True, False),
        ("customer", 349, 650, False, False),
        ("customer", 650, 349, False, True),
        ("customer", 349, 650, True, True),
        ("customer", 349, 349, False, False),
    ],
)
def test_unused_days(mode, old, new, is_ahead, adjusted):
    assert is_adjusted(mode, old, new, is_ahead) is adjusted


def test_unknown_rule_for_unused_days():
    with pytest.raises(ValueError, match="unknown"):
        is_adjusted("gift", 1, 2, False)


def _terms(day, *amounts):
    return Terms("now_credit", day, tuple(Line("x", "x", "", Decimal(str(a))) for a in amounts))


def test_the_day_that_costs_least():
    asked, paid = _terms(date(2026, 4, 1), 100), _terms(date(2026, 4, 3), "90.5")
    assert cheapest([asked, paid]) == paid
    assert cheapest([asked, asked._replace(day=date(2026, 4, 3))]) == asked


@given(st.lists(st.decimals("-5000", "5000", places=2), max_size=4), prices)
def test_credit_is_used_as_far_as_it_goes(amounts, credit):
    terms = _terms(date(2026, 4, 1), *amounts)
    with_credit = terms.with_credit("Credit", credit)
    assert with_credit.amount_total == terms.amount_total
    assert with_credit.amount_due == max(terms.amount_total - credit, 0)
    assert total(with_credit.lines) >= min(terms.amount_total, 0)


@given(days, days, anchors)
def test_cut_for_change_is_never_past(covered, today, anchor):
    cut = cut_for_change(covered, today, anchor)
    assert cut >= today
    assert cut == covered if covered >= today else cut == next_cut(today, anchor)


@given(prices, st.lists(prices, max_size=3))
def test_rest_is_never_negative(amount, parts):
    assert rest(amount, parts) == max(amount - sum(parts), 0)

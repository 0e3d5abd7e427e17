"""Every cut-off day over many years, against an oracle that only counts days."""

from calendar import isleap
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.periods import (
    Period,
    add_months,
    count_months,
    first_gap,
    next_cut,
    next_months,
    next_periods,
    period_amount,
    previous_cut,
    reference_period,
)

ANCHORS = range(1, 32)
FIRST, LAST = date(2025, 12, 1), date(2046, 1, 31)
ONE_DAY = timedelta(1)


def is_cut(day, anchor):
    """Tell by counting alone: the anchor day, or the last day of a month that has not got it."""
    if day.day == anchor:
        return True
    return day.day < anchor and (day + ONE_DAY).day == 1


def cuts_between(first, last, anchor):
    days = (first + timedelta(index) for index in range((last - first).days + 1))
    return [day for day in days if is_cut(day, anchor)]


@pytest.mark.parametrize("anchor", ANCHORS)
def test_every_day_of_twenty_years_has_the_cuts_that_counting_finds(anchor):
    cuts = cuts_between(FIRST, LAST, anchor)
    assert len(cuts) == 20 * 12 + 2, "one cut a month, never two, never none"
    for before, after in pairwise(cuts):
        day = before
        while day < after:
            assert previous_cut(day, anchor) == before
            assert next_cut(day, anchor) == after
            assert reference_period(day, anchor) == Period(before, after)
            day += ONE_DAY


@pytest.mark.parametrize("anchor", ANCHORS)
def test_a_period_has_28_to_31_days_and_a_year_of_them_all_its_days(anchor):
    cuts = cuts_between(FIRST, LAST, anchor)
    assert all(28 <= (after - before).days <= 31 for before, after in pairwise(cuts))
    for first, twelve_later in zip(cuts, cuts[12:], strict=False):
        leap_day = isleap(first.year if first.month <= 2 else twelve_later.year)
        if first.month != 2:
            assert (twelve_later - first).days == 365 + leap_day, first


@pytest.mark.parametrize("year", [2096, 2100, 2104, 2000])
@pytest.mark.parametrize("anchor", [28, 29, 30, 31])
def test_centuries(year, anchor):
    last_of_february = date(year, 3, 1) - ONE_DAY
    assert next_cut(date(year, 1, 31), anchor) == min(
        last_of_february, date(year, 2, 28) + timedelta(anchor - 28)
    )


@pytest.mark.parametrize("anchor", ANCHORS)
def test_months_one_by_one_are_the_months_at_once(anchor):
    """N single payments equal one payment of N months: rows, dates and amounts."""
    for start in (date(2027, 1, 31), date(2027, 2, 28), date(2028, 2, 29), date(2027, 10, 17)):
        at_once = next_months(start, anchor, 24)
        one_by_one = []
        for _index in range(24):
            day = first_gap(start, one_by_one)
            one_by_one += next_months(day, anchor, 1, one_by_one)
        assert one_by_one == at_once
        assert at_once == next_periods(start, anchor, 24)
        assert at_once[-1].end == add_months(start, 24, anchor)
        assert count_months([period.start for period in at_once], anchor) == 24


@given(
    start=st.dates(date(2026, 1, 1), date(2046, 1, 1)),
    anchor=st.integers(1, 31),
    parts=st.lists(st.integers(1, 6), min_size=1, max_size=6),
    price=st.decimals("1.00", "5000.00", places=2),
)
def test_any_split_of_a_payment_gives_the_same_rows_and_the_same_money(start, anchor, parts, price):
    at_once = next_months(start, anchor, sum(parts))
    in_parts = []
    for months in parts:
        in_parts += next_months(first_gap(start, in_parts), anchor, months, in_parts)
    assert in_parts == at_once
    total = sum(period_amount(price, period, anchor) for period in at_once)
    assert total == sum(period_amount(price, period, anchor) for period in in_parts)


@given(
    start=st.dates(date(2026, 1, 1), date(2036, 1, 1)),
    anchor=st.integers(1, 31),
    pause=st.tuples(st.integers(0, 200), st.integers(1, 90)),
    months=st.integers(1, 12),
)
def test_a_pause_never_moves_the_cut_off_day(start, anchor, pause, months):
    begin = start + timedelta(pause[0])
    off = (begin, begin + timedelta(pause[1]))
    rows = next_months(start, anchor, months, [off])
    ends = {period.end for period in rows} - {off[0]}
    assert all(is_cut(end, anchor) for end in ends)
    for row in rows:
        assert row.end <= off[0] or row.start >= off[1]

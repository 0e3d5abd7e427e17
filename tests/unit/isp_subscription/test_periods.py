from calendar import monthrange
from datetime import date, timedelta
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.periods import (
    Period,
    add_months,
    count_months,
    cut_of_month,
    cut_off,
    first_gap,
    next_cut,
    next_months,
    next_periods,
    period_amount,
    periods_until,
    previous_cut,
    prorate,
    reference_period,
    uncovered,
)

days = st.dates(date(2020, 1, 1), date(2040, 12, 31))
anchors = st.integers(1, 31)
prices = st.decimals("0.01", "5000", places=2)
DAY_0 = date(2026, 1, 1)


def days_of(period):
    return [period.start + timedelta(index) for index in range(period.days)]


@pytest.mark.parametrize("anchor", range(1, 32))
def test_anchor_never_drifts_in_twenty_years(anchor):
    day = cut_of_month(2020, 1, anchor)
    for index in range(1, 20 * 12 + 1):
        day = next_cut(day, anchor)
        year, month = 2020 + index // 12, index % 12 + 1
        assert day == date(year, month, min(anchor, monthrange(year, month)[1]))


def test_table_of_the_rules():
    day = date(2026, 1, 31)
    seen = []
    for _index in range(4):
        day = next_cut(day, 31)
        seen.append(day)
    assert seen == [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
    assert next_cut(date(2028, 1, 31), 30) == date(2028, 2, 29)


def test_pay_ahead_example():
    assert add_months(date(2026, 1, 31), 3, 31) == date(2026, 4, 30)
    assert add_months(date(2021, 10, 21), 1, 21) == date(2021, 11, 21)


@given(day=days, anchor=anchors)
def test_next_and_previous_cut_enclose_every_day(day, anchor):
    before, after = reference_period(day, anchor)
    assert before <= day < after
    assert 28 <= (after - before).days <= 31
    assert previous_cut(after, anchor) == after
    assert next_cut(before, anchor) == after


@given(day=days, anchor=anchors, months=st.integers(0, 24))
def test_many_single_months_equal_one_payment_of_many(day, anchor, months):
    one_by_one = day
    for _index in range(months):
        one_by_one = add_months(one_by_one, 1, anchor)
    assert one_by_one == add_months(day, months, anchor)
    periods = next_periods(day, anchor, months)
    assert len(periods) == months
    assert not periods or periods[-1].end == one_by_one


@given(day=days, anchor=anchors, months=st.integers(1, 24))
def test_periods_touch_and_never_overlap(day, anchor, months):
    periods = next_periods(day, anchor, months)
    assert periods[0].start == day
    for left, right in zip(periods, periods[1:], strict=False):
        assert left.end == right.start
    assert all(1 <= period.days <= 31 for period in periods)


@given(day=days, anchor=anchors, months=st.integers(1, 12), hole=st.integers(0, 11))
def test_a_freed_period_is_found_again(day, anchor, months, hole):
    periods = next_periods(day, anchor, months)
    hole = min(hole, months - 1)
    taken = periods[:hole] + periods[hole + 1 :]
    assert first_gap(day, taken) == periods[hole].start
    assert next_periods(periods[hole].start, anchor, 1, taken) == [periods[hole]]
    assert next_periods(periods[hole].start, anchor, 2, taken)[1].start == periods[-1].end or (
        hole == months - 1
    )


def test_period_stops_where_a_taken_one_starts():
    taken = [(date(2026, 3, 5), date(2026, 4, 5))]
    found = next_periods(date(2026, 2, 21), 21, 2, taken)
    assert found == [
        Period(date(2026, 2, 21), date(2026, 3, 5)),
        Period(date(2026, 4, 5), date(2026, 4, 21)),
    ]


@given(start=days, skip=st.integers(1, 40))
def test_first_gap_ignores_what_lies_after_it(start, skip):
    later = start + timedelta(skip)
    assert first_gap(start, [(later, later + timedelta(30))]) == start
    assert first_gap(start, [(start, later)]) == later


@pytest.mark.parametrize(
    ("price", "part", "whole", "expected"),
    [
        (349, 20, 31, "225.16"),
        (650, 20, 31, "419.35"),
        (349, 16, 28, "199.43"),
        (349, 11, 31, "123.84"),
        (349, 15, 30, "174.50"),
    ],
)
def test_prorate_examples(price, part, whole, expected):
    assert str(prorate(price, part, whole)) == expected


@given(price=prices, day=days, anchor=anchors)
def test_prorated_parts_add_up_within_a_cent(price, day, anchor):
    reference = reference_period(day, anchor)
    used = (day - reference.start).days
    parts = prorate(price, used, reference.days) + prorate(
        price, reference.days - used, reference.days
    )
    assert abs(parts - price) <= prorate("0.01", 1, 1)
    assert period_amount(price, reference, anchor) == price


@given(price=prices, day=days, anchor=anchors)
def test_first_incomplete_period_costs_its_days_only(price, day, anchor):
    reference = reference_period(day, anchor)
    period = Period(day, reference.end)
    assert period_amount(price, period, anchor) == prorate(price, period.days, reference.days)


@pytest.mark.parametrize("anchor", [0, 32, -1])
def test_impossible_anchor_is_refused(anchor):
    with pytest.raises(ValueError, match="anchor"):
        cut_of_month(2026, 1, anchor)


@pytest.mark.parametrize(("part", "whole"), [(1, 0), (-1, 30), (31, 30)])
def test_impossible_prorate_is_refused(part, whole):
    with pytest.raises(ValueError, match="prorate"):
        prorate(100, part, whole)


@given(day=days, anchor=anchors, months=st.integers(0, 18))
def test_periods_until_are_those_that_begin_before_that_day(day, anchor, months):
    periods = next_periods(day, anchor, months + 1)
    until = periods[-1].start
    assert periods_until(day, anchor, until) == periods[:-1]
    assert periods_until(day, anchor, until + timedelta(1)) == periods
    assert periods_until(day, anchor, until, periods[:-1]) == []


# === DAYS NOT COVERED === #

RANGES = st.lists(
    st.tuples(st.integers(0, 60), st.integers(1, 20)).map(
        lambda pair: (DAY_0 + timedelta(pair[0]), DAY_0 + timedelta(sum(pair)))
    ),
    max_size=6,
)


@given(st.integers(0, 60), st.integers(1, 40), RANGES)
def test_uncovered_days_are_those_in_no_range(first, length, taken):
    start, end = DAY_0 + timedelta(first), DAY_0 + timedelta(first + length)
    gaps = uncovered(start, end, taken)
    free = {day for gap in gaps for day in days_of(gap)}
    busy = {day for begin, finish in taken for day in days_of(Period(begin, finish))}
    assert free == set(days_of(Period(start, end))) - busy
    assert all(one.end < other.start for one, other in pairwise(gaps)), "no needless cuts"


@given(st.integers(1, 31), st.integers(1, 12), st.integers(0, 400))
def test_periods_never_pass_the_end_of_the_service(anchor, count, offset):
    periods = next_periods(DAY_0, anchor, count)
    end = DAY_0 + timedelta(offset)
    kept = cut_off(periods, end)
    assert [day for period in kept for day in days_of(period)] == [
        day for period in periods for day in days_of(period) if day < end
    ]
    assert cut_off(periods, None) == periods


@given(anchors, st.integers(0, 12), RANGES)
def test_months_with_days_off_count_once_and_free_days_are_all_there(anchor, months, taken):
    periods = next_months(DAY_0, anchor, months, taken)
    assert count_months([period.start for period in periods], anchor) == months
    busy = {day for begin, finish in taken for day in days_of(Period(begin, finish))}
    billed = [day for period in periods for day in days_of(period)]
    assert len(billed) == len(set(billed))
    assert not busy.intersection(billed)
    if billed:
        assert billed[-1] + timedelta(1) == next_cut(billed[-1], anchor) or (
            billed[-1] + timedelta(1) in busy
        )
        assert set(days_of(Period(DAY_0, billed[-1]))) <= busy.union(billed)


@given(anchors, st.integers(0, 12))
def test_months_without_days_off_are_the_next_periods(anchor, months):
    assert next_months(DAY_0, anchor, months) == next_periods(DAY_0, anchor, months)

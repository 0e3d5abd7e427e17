"""Attempts of a direct debit: schedule, hours, amount, cards that expire."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.dunning import (
    Window,
    chargeable,
    expires_next_month,
    is_expired,
    next_attempt,
    notice_date,
    parse_schedule,
)

DAY = date(2026, 4, 21)
DATES = st.dates(date(2024, 1, 1), date(2044, 12, 31))
SCHEDULES = st.lists(st.integers(1, 60), max_size=9, unique=True).map(
    lambda days: [0, *sorted(days)]
)
MONEY = st.decimals(0, 99_999, places=2)
ZONES = st.sampled_from(["America/Mexico_City", "America/Tijuana", "America/Cancun"])
MOMENTS = st.datetimes(datetime(2024, 1, 1), datetime(2044, 1, 1))


# === SCHEDULE === #


def test_default_schedule():
    assert parse_schedule("0,1,3,5,7") == [0, 1, 3, 5, 7]
    assert parse_schedule(" 0 , 2 ") == [0, 2]


@pytest.mark.parametrize(
    "text", ["", "1,2", "0,0", "0,3,2", "0,-1", "0,x", "0,61", "0,1,2,3,4,5,6,7,8,9,10"]
)
def test_refused_schedules(text):
    with pytest.raises(ValueError):
        parse_schedule(text)


@given(DATES, SCHEDULES)
def test_on_time_the_attempts_are_the_schedule(first, schedule):
    made = []
    while (day := next_attempt(first, made, schedule)) is not None:
        made.append(day)
    assert made == [first + timedelta(days=offset) for offset in schedule]


@given(DATES, SCHEDULES, st.lists(st.integers(0, 40), min_size=10, max_size=10))
def test_after_silences_the_distances_are_kept(first, schedule, delays):
    made = []
    for delay in delays:
        day = next_attempt(first, made, schedule)
        if day is None:
            break
        made.append(day + timedelta(days=delay))
    assert len(made) <= len(schedule)
    gaps = [(later - earlier).days for earlier, later in zip(made, made[1:], strict=False)]
    wanted = [later - earlier for earlier, later in zip(schedule, schedule[1:], strict=False)]
    assert all(gap >= least >= 1 for gap, least in zip(gaps, wanted, strict=False))


def test_used_up():
    assert next_attempt(DAY, [DAY], [0]) is None


# === HOURS === #


@pytest.mark.parametrize(
    ("moment", "inside"),
    [
        ("2026-04-21T13:59", False),
        ("2026-04-21T14:00", True),
        ("2026-04-22T01:59", True),
        ("2026-04-22T02:00", False),
    ],
)
def test_hours_are_those_of_the_company(moment, inside):
    window = Window(8, 20, "America/Mexico_City")
    assert window.holds(datetime.fromisoformat(moment)) is inside


@given(MOMENTS, st.integers(4, 23), st.integers(1, 24), ZONES)  # no clock is changed after 3
def test_next_opening(moment, start, length, zone):
    window = Window(start, min(start + length, 24), zone)
    opening = window.next_opening(moment)
    assert window.holds(opening)
    assert timedelta(0) <= opening - moment <= timedelta(hours=25)
    if not window.holds(moment):
        local = opening.replace(tzinfo=UTC).astimezone(ZoneInfo(zone))
        assert (local.hour, local.minute) == (start, 0)


# === AMOUNT === #


@given(MONEY, MONEY, st.none() | MONEY)
def test_never_above_debt_cap_and_notice(residual, cap, announced):
    amount = chargeable(residual, cap, announced)
    limits = [residual, cap, *([] if announced is None else [announced])]
    assert amount == min(limits)


@pytest.mark.parametrize("residual", [0, -1, Decimal("-349.00")])
def test_nothing_is_owed(residual):
    assert chargeable(residual, 698, 349) == 0


def test_floats_do_not_gain_a_cent():
    assert chargeable(0.1 + 0.2, 349.0) == Decimal("0.30")


# === NOTICE AND CARD === #


@given(DATES, st.integers(0, 30), st.integers(0, 5))
def test_notice_leaves_the_days_of_the_law(charge, days, margin):
    assert (charge - notice_date(charge, days, margin)).days == days + margin >= days


@pytest.mark.parametrize(
    ("card", "told", "over"),
    [
        ((2026, 3), False, True),
        ((2026, 4), True, False),
        ((2026, 5), True, False),
        ((2026, 6), False, False),
        ((2027, 4), False, False),
    ],
)
def test_expiry(card, told, over):
    assert expires_next_month(*card, DAY) is told
    assert is_expired(*card, DAY) is over


@given(st.integers(2020, 2040), st.integers(1, 12), DATES)
def test_a_card_is_expired_or_told_never_both(year, month, today):
    assert not (is_expired(year, month, today) and expires_next_month(year, month, today))

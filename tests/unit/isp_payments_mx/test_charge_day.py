"""The day of a direct debit: near the due date, never drifting, never before its notice."""

from datetime import date, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.charge_day import (
    charge_date,
    day_of_month,
    earliest_charge,
    offered_days,
)

DATES = st.dates(date(2024, 1, 1), date(2044, 12, 31))
DAYS = st.integers(1, 31)
EARLY = st.integers(0, 7)
LATE = st.integers(0, 7)


@pytest.mark.parametrize(
    ("due", "day", "expected"),
    [
        ("2026-04-21", 21, "2026-04-21"),
        ("2026-04-21", 19, "2026-04-19"),
        ("2026-04-21", 15, "2026-04-19"),  # agreed too early: the notice would not fit
        ("2026-04-21", 26, "2026-04-26"),
        ("2026-04-21", 30, "2026-04-26"),  # agreed too late: the service would be cut
        ("2026-02-28", 31, "2026-02-28"),
        ("2026-03-31", 31, "2026-03-31"),
        ("2026-01-31", 3, "2026-02-03"),
        ("2026-01-01", 31, "2025-12-31"),
        ("2028-02-29", 30, "2028-02-29"),
    ],
)
def test_examples(due, day, expected):
    found = charge_date(date.fromisoformat(due), day, early=2, late=5)
    assert found == date.fromisoformat(expected)


@pytest.mark.parametrize("day", [0, 32, -1])
def test_no_such_day(day):
    with pytest.raises(ValueError, match="out of range"):
        charge_date(date(2026, 1, 1), day, 0, 0)


@given(DATES, DAYS, EARLY, LATE)
def test_stays_near_the_due_date(due, day, early, late):
    distance = (charge_date(due, day, early, late) - due).days
    assert -early <= distance <= late


@given(DATES, EARLY, LATE)
def test_the_day_of_the_due_date_is_the_due_date(due, early, late):
    assert charge_date(due, due.day, early, late) == due


@given(DAYS, DATES, EARLY, LATE)
def test_an_anchor_never_drifts(anchor, moment, early, late):
    """A customer who agrees to his cut-off day is charged on each of his cut-offs."""
    due = day_of_month(moment.year, moment.month, anchor)
    assert charge_date(due, anchor, early, late) == due


@given(DATES, EARLY, LATE)
def test_offered_days_are_kept(due, early, late):
    days = offered_days(due, early, late)
    assert len(days) == len(set(days)) == early + late + 1
    assert due.day in days
    for offset, day in enumerate(days, start=-early):
        assert charge_date(due, day, early, late) == due + timedelta(days=offset)


@given(DATES, DATES, st.integers(0, 30))
def test_never_before_the_notice_is_old_enough(wanted, told, days):
    found = earliest_charge(wanted, told, days)
    assert found >= wanted
    assert (found - told).days >= days
    assert found in (wanted, told + timedelta(days=days))

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_subscription_services.cut_rules import (
    CUT,
    GRACE,
    NONE,
    WAIT,
    Facts,
    capped_fee,
    decide,
    first_cut_day,
)

DAY = date(2026, 4, 27)
DEBTOR = Facts("active", date(2026, 4, 21), overdue=349, late=349)


@pytest.mark.parametrize(
    ("changes", "closed", "expected"),
    [
        ({}, "", (CUT, "debt")),
        ({"state": "grace"}, "", (CUT, "debt")),
        ({"state": "suspended"}, "", (NONE, "state")),
        ({"state": "paused"}, "", (NONE, "state")),
        ({"overdue": 0, "late": 0}, "", (NONE, "nothing")),
        ({"overdue": 49.99, "late": 49.99}, "", (NONE, "min_debt")),
        ({"overdue": 50, "late": 50}, "", (CUT, "debt")),
        ({"cutoff_date": date(2026, 4, 28)}, "", (NONE, "paid_ahead")),
        ({"cutoff_date": None}, "", (NONE, "paid_ahead")),
        ({"cutoff_date": DAY}, "", (CUT, "debt")),
        ({"credit": 299.01}, "", (NONE, "credit")),
        ({"credit": 299}, "", (CUT, "debt")),
        ({"late": 0}, "", (GRACE, "grace_days")),
        ({"late": 49.99}, "", (GRACE, "grace_days")),
        ({"promise": "promise"}, "", (WAIT, "promise")),
        ({"promise": "extension"}, "holiday", (WAIT, "extension")),
        ({"pending": True}, "", (WAIT, "pending")),
        ({"notified": False}, "", (WAIT, "notice")),
        ({}, "weekday", (WAIT, "weekday")),
        ({}, "holiday", (WAIT, "holiday")),
    ],
)
def test_verdicts(changes, closed, expected):
    assert decide(DEBTOR._replace(**changes), DAY, 50, closed) == expected


def test_a_smallest_debt_of_nothing_still_cuts_nobody_who_owes_nothing():
    facts = Facts("active", date(2026, 4, 21), overdue=0, late=0)
    assert decide(facts, DAY, 0).verdict == NONE


amounts = st.decimals(0, 5000, places=2)
facts = st.builds(
    Facts,
    state=st.sampled_from(["active", "grace", "suspended", "paused", "cancelled"]),
    cutoff_date=st.none() | st.dates(date(2026, 1, 1), date(2026, 12, 31)),
    overdue=amounts,
    late=amounts,
    credit=amounts,
    promise=st.sampled_from(["", "promise", "extension"]),
    pending=st.booleans(),
    notified=st.booleans(),
)


@given(facts, amounts, st.sampled_from(["", "weekday", "holiday", "eve"]))
def test_nobody_is_cut_without_a_debt_of_his_own(case, least, closed):
    verdict, reason = decide(case, DAY, least, closed)
    assert reason
    if verdict == CUT:
        assert case.state in ("active", "grace")
        assert case.cutoff_date <= DAY
        assert case.late - case.credit >= max(least, Decimal("0.01"))
        assert case.notified
        assert not (case.promise or case.pending or closed)


def test_example_of_the_adhesion_contract():
    assert first_cut_day(date(2026, 4, 21), 5) == DAY


@given(st.dates(date(2020, 1, 1), date(2040, 1, 1)), st.integers(0, 60))
def test_more_than_the_grace_days_have_passed(due, grace):
    assert first_cut_day(due, grace) - due == timedelta(days=grace + 1)


@pytest.mark.parametrize(
    ("fee", "price", "expected"),
    [
        (100, 349, "69.80"),
        (50, 349, "50.00"),
        (100, 349.99, "69.99"),
        (10, 0, "0.00"),
        (-1, 9, "0"),
    ],
)
def test_fee_is_at_most_a_fifth_of_a_month(fee, price, expected):
    assert capped_fee(fee, price, 20) == Decimal(expected)


@given(amounts, amounts, st.integers(0, 100))
def test_fee_never_exceeds_the_percentage(fee, price, percent):
    assert 0 <= capped_fee(fee, price, percent) * 100 <= price * percent
    assert capped_fee(fee, price, percent) <= fee

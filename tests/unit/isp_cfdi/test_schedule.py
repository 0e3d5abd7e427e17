"""Dates of a cancelation."""

from __future__ import annotations

import datetime
from decimal import Decimal

import pytest
from isp_cfdi_services.schedule import PollPlan, last_cancel_day, needs_acceptance

HOUR = datetime.timedelta(hours=1)


@pytest.mark.parametrize(
    ("hours", "asked", "minutes"),
    [(0, False, 10), (0.2, True, 60), (23, True, 60), (25, True, 360), (119, True, 360)]
    + [(121, True, 1440), (500, True, 1440)],
)
def test_sat_is_asked_less_and_less(hours, asked, minutes):
    assert PollPlan().wait(hours * HOUR, asked) == datetime.timedelta(minutes=minutes)


@pytest.mark.parametrize(
    ("kind", "total", "receiver", "hours", "expected"),
    [
        ("I", "1000.00", "RAMC900412QX3", 48, False),
        ("I", "1000.01", "RAMC900412QX3", 48, True),
        ("I", "5000", "RAMC900412QX3", 3, False),
        ("I", "5000", "XAXX010101000", 48, False),
        ("E", "5000", "RAMC900412QX3", 48, False),
        ("P", "0", "RAMC900412QX3", 48, True),
        ("P", "0", "RAMC900412QX3", 3, False),
    ],
)
def test_receiver_is_asked_by_the_rules_of_2026(kind, total, receiver, hours, expected):
    found = needs_acceptance(kind, Decimal(total), receiver, hours * HOUR, Decimal(1000))
    assert found is expected


def test_last_day_follows_the_annual_return():
    issued = datetime.date(2026, 5, 2)
    assert last_cancel_day(issued, "RTA190412AB9") == datetime.date(2027, 3, 31)
    assert last_cancel_day(issued, "RAMC900412QX3") == datetime.date(2027, 4, 30)

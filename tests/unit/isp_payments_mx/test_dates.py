"""Moments: end of the local day, ISO 8601 there and back."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.dates import end_of_day_after, from_iso, local_date, to_iso

MOMENTS = st.datetimes(datetime(2000, 1, 1), datetime(2090, 1, 1)).map(
    lambda moment: moment.replace(microsecond=0)
)
ZONES = st.sampled_from(["America/Mexico_City", "America/Tijuana", "America/Cancun"])


def test_seed_example():
    created = from_iso("2024-04-04T08:43:58-06:00")
    due = end_of_day_after(created, 2)
    assert to_iso(due) == "2024-04-06T23:59:59-06:00"
    assert due == datetime(2024, 4, 7, 5, 59, 59)


def test_late_evening_belongs_to_the_local_day():
    created = from_iso("2026-11-22T23:30:00-06:00")
    assert to_iso(end_of_day_after(created, 0)) == "2026-11-22T23:59:59-06:00"


@given(MOMENTS, st.integers(0, 30), ZONES)
def test_end_of_day(moment, days, zone):
    due = end_of_day_after(moment, days, zone)
    assert due >= moment
    assert local_date(due, zone) == local_date(moment, zone) + timedelta(days=days)
    assert to_iso(due, zone)[11:19] == "23:59:59"


@given(MOMENTS, ZONES)
def test_there_and_back(moment, zone):
    assert from_iso(to_iso(moment, zone)) == moment


@pytest.mark.parametrize("text", [None, "", "tomorrow", "2026-13-01T00:00:00-06:00"])
def test_unreadable(text):
    assert from_iso(text) is None


def test_without_offset_is_local():
    assert from_iso("2026-11-22T10:00:00") == datetime(2026, 11, 22, 16)

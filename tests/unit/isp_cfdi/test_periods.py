"""Periods of the factura global and the dates by which SAT wants a document."""

from __future__ import annotations

import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_cfdi_services.periods import (
    cancel_last_day,
    month_end,
    period_of,
    rep_last_day,
    self_invoice_last_day,
)

DAYS = st.dates(datetime.date(2020, 1, 1), datetime.date(2035, 12, 31))
ONE = datetime.timedelta(days=1)


@given(DAYS, st.sampled_from(["01", "02", "03", "04", "05"]))
def test_periods_cover_every_day_once(day, kind):
    period = period_of(day, kind)
    assert period.start <= day <= period.end
    assert period_of(period.start, kind) == period == period_of(period.end, kind)
    assert period_of(period.end + ONE, kind).start == period.end + ONE
    assert period.start.year == period.end.year
    if kind != "05":
        assert period.start.month == period.end.month


@pytest.mark.parametrize(
    ("day", "kind", "start", "end", "months"),
    [
        ("2026-02-10", "01", "2026-02-10", "2026-02-10", "02"),
        ("2026-07-30", "02", "2026-07-27", "2026-07-31", "07"),
        ("2026-08-01", "02", "2026-08-01", "2026-08-02", "08"),
        ("2026-02-16", "03", "2026-02-16", "2026-02-28", "02"),
        ("2028-02-03", "04", "2028-02-01", "2028-02-29", "02"),
        ("2026-02-16", "05", "2026-01-01", "2026-02-28", "13"),
        ("2026-11-16", "05", "2026-11-01", "2026-12-31", "18"),
    ],
)
def test_periods_of_sat(day, kind, start, end, months):
    period = period_of(datetime.date.fromisoformat(day), kind)
    assert (str(period.start), str(period.end), period.months) == (start, end, months)


@given(DAYS, st.integers(1, 28))
def test_complement_is_due_on_that_day_of_the_next_month(paid, day):
    last = rep_last_day(paid, day)
    assert last.day == day
    assert (last.year * 12 + last.month) - (paid.year * 12 + paid.month) == 1


def test_last_days():
    day = datetime.date(2026, 1, 31)
    assert rep_last_day(day) == datetime.date(2026, 2, 5)
    assert cancel_last_day(day, 3) == datetime.date(2027, 3, 31)
    assert cancel_last_day(day, 4) == datetime.date(2027, 4, 30)
    assert self_invoice_last_day(datetime.date(2026, 2, 3)) == datetime.date(2026, 2, 28)
    assert self_invoice_last_day(day, 5) == datetime.date(2026, 2, 5)
    assert month_end(datetime.date(2028, 2, 1)).day == 29

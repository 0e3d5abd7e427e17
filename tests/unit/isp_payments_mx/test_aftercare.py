"""When paid card charges are read again."""

from datetime import datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.aftercare import next_look

START = datetime(2026, 1, 1, 12)


@pytest.mark.parametrize(
    ("age", "days", "expected"),
    [(0, 180, 1), (1, 180, 2), (3, 180, 4), (121, 180, 150), (150, 180, 180)],
)
def test_next_look(age, days, expected):
    found = next_look(START, START + timedelta(days=age), days)
    assert found == START + timedelta(days=expected)


@pytest.mark.parametrize(("age", "days"), [(180, 180), (0, 0), (7, 7), (400, 365)])
def test_no_more(age, days):
    assert next_look(START, START + timedelta(days=age), days) is None


@given(st.integers(0, 24 * 800), st.integers(0, 720))
def test_looks_go_forward_and_end(hours, days):
    now = START + timedelta(hours=hours)
    found = next_look(START, now, days)
    if found:
        assert now < found <= START + timedelta(days=days)

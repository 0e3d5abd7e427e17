"""Refusals: what each means for the request that was sent."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services.answers import read_refusal


@pytest.mark.parametrize(
    ("status", "code", "outcome"),
    [
        (400, 1001, "rejected"),
        (409, 1006, "duplicate"),
        (409, 2003, "rejected"),
        (404, 1005, "rejected"),
        (412, 1012, "rejected"),
        (401, 1002, "retry"),
        (403, 1010, "retry"),
        (429, 0, "retry"),
        (500, 1000, "unknown"),
        (503, 1004, "unknown"),
        (504, 0, "unknown"),
    ],
)
def test_outcomes(status, code, outcome):
    refusal = read_refusal(status, {"error_code": code, "description": "why"})
    assert refusal.outcome == outcome
    assert refusal.code == str(code or status)
    assert refusal.text == "why"


@given(st.integers(400, 599), st.one_of(st.none(), st.text(), st.lists(st.integers())))
def test_never_raises(status, body):
    assert read_refusal(status, body).outcome in ("rejected", "retry", "unknown")


def test_no_card_number_is_repeated():
    """Openpay names the token that it does not know, whatever it was."""
    refusal = read_refusal(404, {"description": "no token 4111111111111111"})
    assert "4111" not in refusal.text

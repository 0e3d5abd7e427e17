"""Refused charges: which may be tried again, and what the customer is told."""

import pytest
from isp_payments_mx_services.declines import HARD, OURS, SOFT, classify, reason


@pytest.mark.parametrize("code", ["3001", "3003", "3012", "3010", "1000", "1004", "429", "503"])
def test_soft(code):
    assert classify(code) == SOFT


@pytest.mark.parametrize(
    "code", ["2005", "2007", "3002", "3004", "3005", "3006", "3008", "3009", "3011", "1005"]
)
def test_hard(code):
    assert classify(code) == HARD


@pytest.mark.parametrize("code", ["1001", "1002", "1010", "4001", "401"])
def test_our_own_fault(code):
    assert classify(code) == OURS


@pytest.mark.parametrize("code", ["", "9999", "3001"])
def test_unknown_codes_have_plain_words(code):
    assert classify(code) == SOFT
    assert reason(code) == "declined"


def test_reasons():
    assert reason("3003") == "funds"
    assert reason("3002") == reason("2005") == "expired"
    assert reason("3004") == reason("3009") == "blocked"
    assert reason("dispute") == "disputed"

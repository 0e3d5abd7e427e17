"""References that are fit to be shown, and marks of names without a logo."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services import clabe
from isp_payments_mx_services.marks import mark_of
from isp_payments_mx_services.references import (
    Account,
    barcode_number,
    is_agreement,
    reference_problem,
)
from isp_payments_mx_services.wire import parse_charge

NONE = Account()
SPEI = parse_charge(
    {
        "id": "tr1",
        "status": "in_progress",
        "method": "bank_account",
        "amount": 349,
        "currency": "MXN",
        "payment_method": {
            "agreement": "1411217",
            "clabe": "012914002014112176",
            "name": "11030021342311520255",
        },
    }
)
STORE = replace(SPEI, method="store", reference="1010101574043722", clabe="", agreement="")
CARD = replace(STORE, method="card", reference="")
URL = "https://sandbox-api.openpay.mx/barcode/{}?width=1&height=45&text=false"


@pytest.mark.parametrize("charge", [SPEI, STORE, CARD])
def test_what_openpay_answers_is_fit(charge):
    assert reference_problem(charge, NONE) is None


@given(st.from_regex(r"[0-9]{16}", fullmatch=True))
def test_sixteen_digits_with_their_own_barcode(reference):
    charge = replace(STORE, reference=reference, barcode_url=URL.format(reference))
    assert reference_problem(charge, NONE) is None


@given(st.text())
def test_any_other_reference_is_refused(reference):
    fit = len(reference) == 16 and reference.isascii() and reference.isdigit()
    problem = reference_problem(replace(STORE, reference=reference), NONE)
    assert (problem is None) == fit


def test_barcode_of_another_reference():
    charge = replace(STORE, barcode_url=URL.format("1010101574043723"))
    assert reference_problem(charge, NONE).code == "barcode"
    # an address of another form says nothing, and is not believed to say anything
    charge = replace(STORE, barcode_url="https://example.com/x.png")
    assert reference_problem(charge, NONE) is None


@given(st.text())
def test_any_address_can_be_read(url):
    assert barcode_number(url) == "" or barcode_number(url) in url


@pytest.mark.parametrize(
    ("values", "account", "code"),
    [
        ({"reference": ""}, NONE, "reference"),
        ({"reference": "1103 0021"}, NONE, "reference"),
        ({"clabe": "012914002014112175"}, NONE, "clabe"),
        ({"clabe": ""}, NONE, "clabe"),
        ({"agreement": ""}, NONE, "agreement"),
        ({}, Account(clabe="002010077777777771"), "clabe"),
        ({}, Account(agreement="7654321"), "agreement"),
    ],
)
def test_transfer_that_would_go_elsewhere(values, account, code):
    assert reference_problem(replace(SPEI, **values), account).code == code


def test_settings_fill_what_openpay_does_not_say():
    account = Account(agreement="1411217", clabe="012914002014112176")
    charge = replace(SPEI, agreement="", clabe="")
    assert reference_problem(charge, account) is None


@given(st.from_regex(r"[0-9]{17}", fullmatch=True), st.integers(0, 16), st.integers(1, 9))
def test_one_wrong_digit_of_a_clabe_is_noticed(first, place, shift):
    right = first + str(clabe.check_digit(first))
    wrong = right[:place] + str((int(right[place]) + shift) % 10) + right[place + 1 :]
    assert clabe.is_valid(right)
    assert not clabe.is_valid(wrong)


@pytest.mark.parametrize("text", ["1411217", "0001", "123456789012"])
def test_agreement(text):
    assert is_agreement(text)


@pytest.mark.parametrize("text", ["", "123", "1234567890123", "14112l7", "１４１１２１７"])
def test_no_agreement(text):
    assert not is_agreement(text)


@pytest.mark.parametrize(
    ("name", "mark"),
    [
        ("Farmacias del Ahorro", "FA"),
        ("7-Eleven", "7E"),
        ("BBVA", "B"),
        ("Círculo K", "CK"),
        ("oxxo", "O"),
        ("", "·"),
        (None, "·"),
        ("***", "·"),
    ],
)
def test_mark(name, mark):
    assert mark_of(name) == mark

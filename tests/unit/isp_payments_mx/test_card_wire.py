"""Requests and answers of card charges."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services import card_wire, wire

NUMBERS = st.from_regex(r"[0-9]{13,19}", fullmatch=True)
ANA = wire.Customer(name="Ana", last_name="Rojas", email="ana@example.com")


def request(amount="349.00", **values):
    data = {"customer": ANA, "source_id": "ktoken", "device_session_id": "device"} | values
    return json.loads(card_wire.card_request(amount, "MXN", "Residencial 50", "S1~0", **data))


def test_inline():
    body = request()
    assert body["method"] == "card"
    assert body["amount"] == 349.0
    assert (body["source_id"], body["device_session_id"]) == ("ktoken", "device")
    assert body["customer"]["email"] == "ana@example.com"
    assert not {"use_3d_secure", "redirect_url", "confirm"} & set(body)


def test_secure():
    body = request(use_3ds=True, redirect_url="https://isp.example/back")
    assert (body["use_3d_secure"], body["redirect_url"]) == (True, "https://isp.example/back")


def test_hosted_sends_no_card():
    body = request(hosted=True, redirect_url="https://isp.example/back")
    assert body["confirm"] is False
    assert not {"source_id", "device_session_id"} & set(body)


def test_stored_has_no_customer_and_no_device():
    body = request(customer=None, device_session_id="")
    assert not {"customer", "device_session_id"} & set(body)


@pytest.mark.parametrize(
    "values",
    [
        {"amount": "0"},
        {"amount": "0.001"},
        {"amount": "-1"},
        {"amount": "x"},
        {"source_id": ""},
        {"use_3ds": True},
        {"hosted": True},
        {"customer": wire.Customer("Ana", "")},
    ],
)
def test_refused(values):
    with pytest.raises(wire.WireError):
        request(**values)


@given(st.decimals("0.01", "99999", places=2))
def test_amount_is_exact_to_the_cent(amount):
    assert round(request(amount)["amount"] * 100) == int(amount * 100)


def test_mask():
    body = json.loads(card_wire.mask_body(json.dumps(request())))
    assert (body["source_id"], body["device_session_id"]) == ("***", "***")
    assert body["order_id"] == "S1~0"


def test_read_card():
    data = {"card": {"type": "credit", "brand": "Visa", "card_number": "411111XXXXXX1111"}}
    data["card"] |= {"expiration_year": "29", "expiration_month": "08", "holder_name": "Ana"}
    data["payment_method"] = {"type": "redirect", "url": "https://bank.example"}
    answer = card_wire.card_of_charge(data)
    assert (answer.brand, answer.last4, answer.kind) == ("visa", "1111", "credit")
    assert (answer.exp_month, answer.exp_year) == (8, 2029)
    assert answer.redirect_url == "https://bank.example"
    assert answer.looks_like(card_wire.read_card(data["card"]))


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    )
)
def test_strange_cards_do_not_break(card):
    answer = card_wire.read_card(card)
    assert answer.kind in ("", "credit", "debit")


@given(
    st.from_regex(r"[0-9]{13,19}", fullmatch=True), st.from_regex(r"[0-9]{13,19}", fullmatch=True)
)
def test_same_number(one, other):
    def card(number, **values):
        masked = number[:6] + "X" * (len(number) - 10) + number[-4:]
        return card_wire.read_card({"card_number": masked, **values})

    renewed = card(one, expiration_month="3", expiration_year="39", holder_name="R. IBARRA")
    assert card(one).has_number_of(renewed)
    same = (one[:6], one[-4:]) == (other[:6], other[-4:])
    assert card(one).has_number_of(card(other)) is same


@pytest.mark.parametrize("number", ["", None, "1111", "XXXXXXXXXXXX1111"])
def test_number_that_is_not_told_is_no_other(number):
    card = card_wire.read_card({"card_number": number})
    assert not card.has_number_of(card)

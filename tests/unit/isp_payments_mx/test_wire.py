"""Requests and answers of charges."""

import json
from datetime import datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services import wire

DUE = datetime(2026, 11, 25, 5, 59, 59)
ANA = wire.Customer(name="Ana", last_name="Rojas", email="ana@example.com")
AMOUNTS = st.decimals("0.01", "9999999", places=2)


def request(amount="349.00", **values):
    data = {"currency": "MXN", "description": "Residencial 50", "order_id": "S1~00000000"}
    data |= {"due": DUE, "customer": ANA} | values
    return wire.reference_request(amount, **data)


def answer(**values):
    charge = {
        "id": "trnzf2xjwpupjfryyj23",
        "amount": 349.0,
        "authorization": None,
        "method": "bank_account",
        "status": "in_progress",
        "currency": "MXN",
        "creation_date": "2026-11-22T10:18:32-06:00",
        "operation_date": "2026-11-22T10:18:32-06:00",
        "order_id": "S1~00000000",
        "customer": {"email": "ANA@example.com"},
        "payment_method": {
            "type": "bank_transfer",
            "agreement": "1411217",
            "bank": "BBVA Bancomer",
            "clabe": "012914002014112176",
            "name": "11030021342311520255",
        },
    }
    return charge | values


def test_request():
    assert json.loads(request()) == {
        "method": "bank_account",
        "amount": 349.0,
        "currency": "MXN",
        "description": "Residencial 50",
        "order_id": "S1~00000000",
        "due_date": "2026-11-24T23:59:59-06:00",
        "customer": {
            "name": "Ana",
            "last_name": "Rojas",
            "email": "ana@example.com",
            "requires_account": False,
        },
    }


@given(AMOUNTS)
def test_amount_keeps_its_cents(amount):
    body = json.loads(request(amount), parse_float=Decimal)
    assert Decimal(str(body["amount"])) == amount


@given(st.text(), st.text())
def test_any_text_is_one_valid_json(description, order):
    body = json.loads(request(description=description, order_id=order))
    assert body["order_id"] == order
    assert len(body["description"]) <= 250
    assert "\n" not in body["description"]


@pytest.mark.parametrize(
    "bad",
    [
        {"amount": "0"},
        {"amount": "-1"},
        {"amount": "NaN"},
        {"amount": "x"},
        {"customer": wire.Customer(name="Ana", email="")},
        {"customer": wire.Customer(name="", email="a@b.mx")},
    ],
)
def test_impossible_requests(bad):
    with pytest.raises(wire.WireError):
        request(**bad)


def test_documented_answer():
    charge = wire.parse_charge(answer())
    assert (charge.reference, charge.clabe) == ("11030021342311520255", "012914002014112176")
    assert (charge.agreement, charge.bank) == ("1411217", "BBVA Bancomer")
    assert charge.amount == Decimal("349.00")
    assert charge.created == datetime(2026, 11, 22, 16, 18, 32)
    assert not charge.is_paid
    assert wire.parse_charge(answer(status="completed")).is_paid


@pytest.mark.parametrize("key", ["id", "status", "method", "amount", "currency"])
def test_answers_that_are_no_charge(key):
    with pytest.raises(wire.WireError):
        wire.parse_charge(answer(**{key: None}))
    for other in (None, [], "x", {}):
        with pytest.raises(wire.WireError):
            wire.parse_charge(other)


def test_adoption():
    def differs(**values):
        return wire.mismatch(wire.parse_charge(answer(**values)), request())

    assert differs() == ""
    assert differs(amount=350) == "amount"
    assert differs(amount=100, status="completed") == ""
    assert differs(method="store") == "method"
    assert differs(currency="USD") == "currency"
    assert differs(order_id="S2~1") == "order_id"
    assert differs(customer={"email": "x@example.com"}) == "customer"


@given(st.text())
def test_names_are_split_without_loss(name):
    first, last = wire.split_name(name)
    assert f"{first} {last}".split() == name.split()

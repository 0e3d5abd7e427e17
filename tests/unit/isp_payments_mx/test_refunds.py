"""Refunds: the request, what a charge tells of them, whose they are, what they take."""

import json
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_payments_mx_services import refunds
from isp_payments_mx_services.wire import WireError

money = st.decimals(min_value=0, max_value=100_000, places=2)


def charge(**values):
    return {"id": "tr1", "status": "completed", "amount": 349.0, **values}


def shown(**values):
    return {"id": "tr2", "amount": 100.0, "description": "R-1~ab half a month", **values}


def test_request_is_exact():
    body = refunds.refund_request(99.999, "R-1~ab", "half  a\nmonth")
    assert body == '{"description":"R-1~ab half a month","amount":100.0}'
    assert len(json.loads(refunds.refund_request(1, "k", "x" * 400))["description"]) == 250


@pytest.mark.parametrize("amount", [0, -1, 0.004, "x", float("nan")])
def test_request_needs_an_amount(amount):
    with pytest.raises(WireError):
        refunds.refund_request(amount, "k", "r")


def test_reads_what_a_charge_shows():
    moment = "2026-01-02T18:00:00-06:00"
    found = refunds.read_refunds(charge(refund=shown(operation_date=moment)))
    assert [(row.id, row.amount, row.moment.hour) for row in found] == [("tr2", Decimal(100), 0)]
    several = charge(refund=[shown(), shown(id="tr3", amount="249")])
    assert [row.id for row in refunds.read_refunds(several)] == ["tr2", "tr3"]


@pytest.mark.parametrize(
    "refund",
    [None, "x", 7, {}, {"amount": None}, {"amount": 0}, {"amount": -5}, {"amount": "NaN"}, []],
)
def test_reads_nothing_that_is_none(refund):
    assert refunds.read_refunds(charge(refund=refund)) == []


def test_charge_that_was_given_back_whole():
    (row,) = refunds.read_refunds(charge(status="REFUNDED"))
    assert (row.id, row.amount) == ("tr1-whole", Decimal(349))
    (row,) = refunds.read_refunds(charge(status="refunded", refund={"amount": 349}))
    assert row.id == "tr1-refund"


@pytest.mark.parametrize(
    ("description", "amount", "position"),
    [
        ("R-2~cd reason", 1, 1),
        ("", 100, 0),
        ("said otherwise", 100, 0),
        ("", 249, None),
        ("", 50, None),
    ],
)
def test_whose_refund_it_is(description, amount, position):
    orders = [
        refunds.Order("R-1~ab", Decimal(100), is_open=True),
        refunds.Order("R-2~cd", Decimal(249), is_open=False),
    ]
    refund = refunds.Refund("tr9", Decimal(amount), description, None)
    assert refunds.answered(refund, orders) == position


def test_credit_first_then_what_was_paid_last():
    plan = refunds.plan_refund(Decimal(400), Decimal("51"), [(2, Decimal(300)), (1, Decimal(300))])
    assert plan == refunds.Plan(Decimal(51), ((2, Decimal(300)), (1, Decimal(49))), Decimal(0))


@given(money, money, st.lists(money, max_size=6))
def test_every_cent_is_taken_once(amount, credit, parts):
    settled = list(enumerate(parts))
    plan = refunds.plan_refund(amount, credit, settled)
    taken = sum((part for _key, part in plan.reopened), Decimal(0))
    assert plan.credit + taken + plan.rest == amount
    assert all(0 < part <= parts[key] for key, part in plan.reopened)
    if plan.rest:
        assert plan.credit == credit and taken == sum(parts)
    if plan.reopened:
        assert plan.credit == credit

"""Negative lines become discounts, to the last cent."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st
from isp_cfdi_services.dto import Concept, Tax
from isp_cfdi_services.errors import CfdiDataError
from isp_cfdi_services.negative import absorb_negative
from isp_cfdi_services.receipt import pack_receipt, receipt_total, unpack_receipt
from isp_cfdi_services.totals import compute_totals

RATE = Decimal("0.16")


def _concept(net, rate=RATE, name="Mes"):
    net = Decimal(net)
    taxes = () if rate is None else (Tax("002", "Tasa", net, rate, net * rate),)
    return Concept("81112101", "E48", name, Decimal(1), abs(net), net, taxes=taxes)


def _net(rows):
    return sum((row.amount - row.discount for row in rows), Decimal(0))


AMOUNTS = st.decimals(Decimal("0.01"), Decimal(9999), places=2)


@given(st.lists(AMOUNTS, min_size=1, max_size=6), AMOUNTS)
def test_what_is_spread_is_neither_lost_nor_made(prices, taken):
    rows = [_concept(price) for price in prices]
    if taken >= sum(prices):
        return
    kept = absorb_negative([*rows, _concept(-taken, name="Menos")])
    assert _net(kept) == sum(prices) - taken
    for row in kept:
        net = row.amount - row.discount
        assert net > 0
        assert abs(row.taxes[0].base - net) <= Decimal("0.000001")
        assert abs(row.taxes[0].amount - net * RATE) <= Decimal("0.000002")


@pytest.mark.parametrize(
    ("positive", "negative", "rate"), [("100", "-100.01", RATE), ("100", "-1", None)]
)
def test_no_room_is_an_error_that_names_the_line(positive, negative, rate):
    with pytest.raises(CfdiDataError, match="Menos"):
        absorb_negative([_concept(positive), _concept(negative, rate, "Menos")])


def test_wholly_taken_back_line_disappears():
    kept = absorb_negative([_concept("100"), _concept("50", None), _concept("-50", None)])
    assert [row.amount for row in kept] == [100]


@given(st.lists(AMOUNTS, min_size=1, max_size=6))
def test_receipt_survives_the_database(prices):
    totals = compute_totals([_concept(price) for price in prices])
    receipt = unpack_receipt("INV/1", pack_receipt(totals))
    assert receipt_total(receipt) == totals.total
    assert receipt.reference == "INV/1"

"""Every public REP computed again from its inputs: equal to the last decimal."""

from __future__ import annotations

import pytest
from isp_cfdi_services.dto import Rep
from isp_cfdi_services.nodes import read_nodes
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.rep_reader import (
    payment_nodes,
    read_payments,
    stated_taxes,
    stated_totals,
)
from isp_cfdi_services.rep_totals import least_amount, payment_taxes, rep_totals
from isp_cfdi_services.rules_rep_documents import check_sums
from isp_cfdi_services.xmlio import parse

from .factory import FECHA, ISSUER, RECEIVER

FILES = ("001", "002", "003", "004")


@pytest.fixture(params=FILES)
def stated(request, vectors):
    path = vectors / f"cfdi/cfdiutils/pagos20-calculator/{request.param}.xml"
    return read_nodes(parse(path.read_bytes()))


def test_s2_totals_are_equal(stated):
    assert rep_totals(read_payments(stated)) == stated_totals(stated)


def test_s2_taxes_of_every_payment_are_equal(stated):
    nodes = payment_nodes(stated)
    for payment, node in zip(read_payments(stated), nodes, strict=True):
        assert payment_taxes(payment.documents) == stated_taxes(node)


def test_s2_built_document_states_the_same(stated):
    """ImpuestosP and Totales of the built XML, Pago by Pago."""
    built = read_nodes(parse(build_rep(Rep(ISSUER, RECEIVER, read_payments(stated), FECHA))))
    assert stated_totals(built) == stated_totals(stated)
    pairs = zip(payment_nodes(built), payment_nodes(stated), strict=True)
    for ours, theirs in pairs:
        assert stated_taxes(ours) == stated_taxes(theirs)
    assert check_sums(built, read_payments(built)) == []
    assert check_sums(stated, read_payments(stated)) == []


def test_least_amount_is_never_above_what_was_paid(stated):
    for payment in read_payments(stated):
        least = least_amount(payment.documents, payment.currency)
        assert least <= payment.amount
        assert payment.amount - least <= 1

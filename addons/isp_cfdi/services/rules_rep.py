"""Rules of Pagos 2.0 that SAT's schema does not check: header, saldos, taxes and totals."""

from __future__ import annotations

from lxml import etree

from .const import PAGO20
from .rep_reader import read_payments, stated_taxes, stated_totals
from .rep_totals import payment_taxes, rep_totals
from .rules import check_parties


def check_sums(root: etree._Element) -> list[str]:
    """ImpuestosP and Totales follow from the documents."""
    payments = read_payments(root)
    problems = []
    nodes = root.iter(f"{PAGO20}Pago")
    for position, (payment, node) in enumerate(zip(payments, nodes, strict=True), 1):
        if payment_taxes(payment.documents) != stated_taxes(node):
            problems.append(f"CRP20220: the taxes of payment {position} are not those of its parts")
    expected, stated = rep_totals(payments), stated_totals(root)
    for name in sorted({*expected, *stated}):
        if expected.get(name) != stated.get(name):
            problems.append(f"CRP20200: {name} must be {expected.get(name, 'left out')}")
    return problems


REP_RULES = (check_parties, check_sums)

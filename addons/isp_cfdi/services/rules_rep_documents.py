"""Rules of Pagos 2.0: the documents of a payment, their taxes and the totals."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from . import const
from .catalogs import currency_decimals
from .const import PAGO20
from .dto import PaidDocument, Payment, Tax
from .limits import tax_outside
from .nodes import Node
from .problems import Problem
from .rep_reader import stated_taxes, stated_totals
from .rep_totals import PaymentTaxes, rep_totals
from .rounding import decimals_needed

_UNTAXED = {"01", "03", "04", "05"}


def name_of(document: PaidDocument) -> str:
    """What a clerk calls the document: its serie and folio, else its UUID."""
    return f"{document.serie}{document.folio}" or document.uuid


def check_document(document: PaidDocument, payment: Payment) -> list[Problem]:
    """Currency, saldos and taxes of a DoctoRelacionado."""
    invoice = name_of(document)
    if document.currency == const.CURRENCY_NONE:
        return [Problem("CRP20236", invoice=invoice)]
    problems = []
    if document.currency == payment.currency and document.equivalence != 1:
        problems.append(Problem("CRP20238", invoice=invoice))
    if document.balance <= 0 or document.paid <= 0:
        problems.append(Problem("CRP20239", invoice=invoice))
    digits = currency_decimals(document.currency)
    said = document.left if document.stated_left is None else document.stated_left
    amounts = (document.balance, document.paid, said)
    if any(decimals_needed(amount) > digits for amount in amounts):
        problems.append(Problem("CRP20240", invoice=invoice, digits=digits))
    if document.left < 0 or document.left != said:
        problems.append(Problem("CRP20244", invoice=invoice, expected=document.left))
    return problems


def check_object(node: Node, invoice: str) -> list[Problem]:
    """ObjetoImpDR 02 wants ImpuestosDR, 01 and 03 to 05 forbid it."""
    taxes, kind = node.find(f"{PAGO20}ImpuestosDR"), node.get("ObjetoImpDR")
    if taxes is None:
        return [Problem("CRP20246", invoice=invoice)] if kind == const.OBJECT_YES else []
    if kind in _UNTAXED:
        return [Problem("CRP20247", invoice=invoice)]
    if not taxes.children:
        return [Problem("CRP20248", invoice=invoice)]
    rows = taxes.grandchildren()
    return [problem for tax in rows for problem in _check_tax(tax, invoice)]


def _check_tax(tax: Node, invoice: str) -> list[Problem]:
    """Rate and amount of a tax of a document, within SAT's limits."""
    withheld = tax.tag == f"{PAGO20}RetencionDR"
    rate, amount = tax.get("TasaOCuotaDR"), tax.get("ImporteDR")
    if tax.get("TipoFactorDR") == const.FACTOR_EXEMPT:
        if withheld:
            return [Problem("CRP20251", invoice=invoice)]
        exempt = rate is None and amount is None
        return [] if exempt else [Problem("CRP20258", invoice=invoice)]
    if rate is None or amount is None:
        return [Problem("CRP20259", invoice=invoice)]
    limits = tax_outside(tax.get("BaseDR", "0"), rate, amount)
    if limits is None:
        return []
    code, (low, high) = tax.get("ImpuestoDR"), limits
    return [Problem("CRP20261", invoice=invoice, tax=code, low=low, high=high)]


def check_taxes(number: int, payment: Payment, node: Node, due: PaymentTaxes) -> list[Problem]:
    """ImpuestosDR of every document, and ImpuestosP as their sums, each group once."""
    problems = []
    documents = node.all(f"{PAGO20}DoctoRelacionado")
    for document, row in zip(payment.documents, documents, strict=True):
        if row.get("EquivalenciaDR") is None:
            problems.append(Problem("CRP20237", invoice=name_of(document)))
        problems += check_object(row, name_of(document))
    stated = stated_taxes(node)
    problems += _compare_withheld(number, stated.withholdings, dict(due.withholdings))
    return problems + _compare_transfers(number, stated.transfers, due.transfers)


def _compare_withheld(
    number: int, stated: Iterable[tuple[str, Decimal]], due: dict[str, Decimal]
) -> list[Problem]:
    rows = list(stated)
    found = dict(rows)
    problems = [
        Problem("CRP20263", number=number, tax=code)
        for code in found
        if [row[0] for row in rows].count(code) > 1
    ]
    for code in sorted({*found, *due}):
        if found.get(code) != due.get(code):
            expected = due.get(code, Decimal(0))
            problems.append(Problem("CRP20265", number=number, tax=code, expected=expected))
    return problems


def _compare_transfers(number: int, stated: Iterable[Tax], due: Iterable[Tax]) -> list[Problem]:
    rows, wanted = list(stated), {tax.key: tax for tax in due}
    found = {tax.key: tax for tax in rows}
    problems = []
    if len(found) != len(rows):
        problems.append(Problem("CRP20271", number=number, tax=rows[0].code))
    for key in {**wanted, **found}:
        one, other = found.get(key), wanted.get(key)
        base = other.base if other else Decimal(0)
        amount = other.amount if other else Decimal(0)
        if one is None or one.base != base:
            problems.append(Problem("CRP20268", number=number, tax=key[1], expected=base))
        elif one.amount != amount:
            problems.append(Problem("CRP20274", number=number, tax=key[1], expected=amount))
    return problems


def check_sums(
    root: Node, payments: tuple[Payment, ...], due: list[PaymentTaxes] | None = None
) -> list[Problem]:
    """Totales in pesos: every field that applies and no other."""
    expected, stated = rep_totals(payments, due), stated_totals(root)
    return [
        Problem("CRP20201", field=name, expected=expected.get(name, "—"))
        for name in sorted({*expected, *stated})
        if expected.get(name) != stated.get(name)
    ]

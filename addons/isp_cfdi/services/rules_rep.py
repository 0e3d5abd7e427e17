"""Rules of a document of type P: its fixed header and line, and its payments (Pagos 2.0)."""

from __future__ import annotations

from . import const
from .banks import bank_problems
from .catalogs import catalog, currency_decimals
from .const import CFDI
from .dto import Payment
from .nodes import Node
from .problems import Problem
from .rep_reader import payment_nodes, read_payments
from .rep_totals import least_amount, payment_taxes
from .rounding import decimals_needed
from .rules_rep_documents import check_document, check_sums, check_taxes

#: Attributes that a REP must have with one value, or (None) must not have at all.
_HEADER = {
    "Exportacion": (const.EXPORT_NONE, "CRP20102"),
    "SubTotal": ("0", "CFDI40109"),
    "Moneda": (const.CURRENCY_NONE, "CRP20104"),
    "FormaPago": (None, "CFDI40103"),
    "MetodoPago": (None, "CRP20106"),
    "CondicionesDePago": (None, "CRP20107"),
    "Descuento": (None, "CRP20108"),
    "TipoCambio": (None, "CFDI40116"),
    "Total": ("0", "CRP20110"),
}
_LINE = {
    "ClaveProdServ": const.PRODUCT_PAYMENT,
    "NoIdentificacion": None,
    "Cantidad": "1",
    "ClaveUnidad": const.UNIT_ACTIVITY,
    "Unidad": None,
    "Descripcion": const.TEXT_PAYMENT,
    "ValorUnitario": "0",
    "Importe": "0",
    "Descuento": None,
    "ObjetoImp": const.OBJECT_NO,
}
_CHAIN = ("CertPago", "CadPago", "SelloPago")


def check_fixed(root: Node) -> list[Problem]:
    """Header and line of a REP are the same in every document."""
    kind = const.TYPE_PAYMENT
    problems = [
        Problem(code, kind=kind)
        for name, (value, code) in _HEADER.items()
        if root.get(name) != value
    ]
    if root.find(f"{CFDI}Impuestos") is not None:
        problems.append(Problem("CFDI40201", kind=kind))
    receiver = root.find(f"{CFDI}Receptor")
    if receiver is not None and receiver.get("UsoCFDI") != const.USE_PAYMENT:
        regime = receiver.get("RegimenFiscalReceptor")
        problems.append(Problem("CFDI40161", use=receiver.get("UsoCFDI"), regime=regime))
    lines = root.below(f"{CFDI}Conceptos", f"{CFDI}Concepto")
    if len(lines) != 1 or lines[0].children:
        return [*problems, Problem("CRP20111")]
    for name, expected in _LINE.items():
        if lines[0].get(name) != expected:
            problems.append(Problem("CRP20113", field=name, expected=expected or "—"))
    return problems


def check_payments(root: Node) -> list[Problem]:
    """Every payment on its own, then Totales."""
    nodes = payment_nodes(root)
    payments = read_payments(root)
    problems: list[Problem] = []
    due = [payment_taxes(payment.documents) for payment in payments]
    for number, (payment, node) in enumerate(zip(payments, nodes, strict=True), 1):
        problems += _check_money(number, payment, node)
        problems += bank_problems(number, payment)
        problems += _check_chain(number, payment, node)
        for document in payment.documents:
            problems += check_document(document, payment)
        problems += check_taxes(number, payment, node, due[number - 1])
    return problems or check_sums(root, payments, due)


def _check_money(number: int, payment: Payment, node: Node) -> list[Problem]:
    """Form, currency, rate and amount of a payment."""
    problems = []
    form, currency = payment.form, payment.currency
    if form == const.FORM_TO_DEFINE or form not in catalog("forma_pago"):
        problems.append(Problem("CRP20212", number=number, form=form))
    if currency == const.CURRENCY_NONE:
        return [*problems, Problem("CRP20213", number=number)]
    if payment.exchange_rate is None:
        problems.append(Problem("CRP20214", number=number, currency=currency))
    elif currency == const.CURRENCY_LOCAL and node.get("TipoCambioP") != "1":
        problems.append(Problem("CRP20215", number=number))
    digits = currency_decimals(currency)
    if payment.amount <= 0:
        problems.append(Problem("CRP20218", number=number))
    if decimals_needed(payment.amount) > digits:
        problems.append(Problem("CRP20219", number=number, digits=digits))
    least = least_amount(payment.documents, currency)
    if payment.amount < least:
        problems.append(Problem("CRP20217", number=number, least=least))
    return problems


def _check_chain(number: int, payment: Payment, node: Node) -> list[Problem]:
    """A payment chain (SPEI) comes whole, and with transfers only."""
    kind, parts = node.get("TipoCadPago"), [node.get(name) for name in _CHAIN]
    if kind is None and not any(parts):
        return []
    if payment.form != "03":
        return [Problem("CRP20229", number=number)]
    return [] if kind and all(parts) else [Problem("CRP20230", number=number)]

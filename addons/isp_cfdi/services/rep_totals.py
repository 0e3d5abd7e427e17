"""Arithmetic of Pagos 2.0: ImpuestosP, the least Monto and Totales.

Every amount of a document is divided by its EquivalenciaDR at full precision; sums are
rounded once, half-up: to six decimals per payment, to two in the totals, which are pesos.
Truncation is for the least Monto alone.
"""

from __future__ import annotations

import decimal
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal

from . import const
from .catalogs import currency_decimals
from .dto import PaidDocument, Payment, Tax
from .rounding import MAX_DECIMALS, cut, half_up

_ZERO = Decimal(0)
#: Digits of the divisions: amounts have up to 18 + 6 digits, EquivalenciaDR ten decimals.
_CONTEXT = decimal.Context(prec=50, rounding=decimal.ROUND_HALF_UP)
#: Rate of transferred IVA -> suffix of its fields in Totales.
_IVA_FIELDS = {Decimal("0.16"): "IVA16", Decimal("0.08"): "IVA8", _ZERO: "IVA0"}
_WITHHELD_FIELDS = {
    const.TAX_IVA: "TotalRetencionesIVA",
    const.TAX_ISR: "TotalRetencionesISR",
    const.TAX_IEPS: "TotalRetencionesIEPS",
}
#: Order of the fields in SAT's schema.
_FIELDS = (
    *_WITHHELD_FIELDS.values(),
    *(
        field
        for rate in ("IVA16", "IVA8", "IVA0")
        for field in (f"TotalTrasladosBase{rate}", f"TotalTrasladosImpuesto{rate}")
    ),
    "TotalTrasladosBaseIVAExento",
    "MontoTotalPagos",
)


@dataclass(frozen=True)
class PaymentTaxes:
    """ImpuestosP in the currency of the payment, with six decimals."""

    transfers: tuple[Tax, ...]
    withholdings: tuple[tuple[str, Decimal], ...]


def payment_taxes(documents: Iterable[PaidDocument]) -> PaymentTaxes:
    """Sums per tax, factor and rate (transferred) and per tax (withheld)."""
    transfers: dict[tuple, list[Decimal]] = {}
    withholdings: dict[str, Decimal] = {}
    for document in documents:
        for tax in document.taxes:
            amount = _converted(tax.amount or _ZERO, document)
            if tax.withheld:
                held = withholdings.get(tax.code, _ZERO)
                withholdings[tax.code] = _CONTEXT.add(held, amount)
                continue
            sums = transfers.setdefault((tax.code, tax.factor, tax.rate), [_ZERO, _ZERO])
            sums[0] = _CONTEXT.add(sums[0], _converted(tax.base, document))
            sums[1] = _CONTEXT.add(sums[1], amount)
    return PaymentTaxes(
        tuple(_rounded(key, *sums) for key, sums in transfers.items()),
        tuple((code, half_up(amount, MAX_DECIMALS)) for code, amount in withholdings.items()),
    )


def _converted(amount: Decimal, document: PaidDocument) -> Decimal:
    """An amount of a document in the currency of the payment, at full precision."""
    if document.equivalence == 1:
        return amount
    return _CONTEXT.divide(amount, document.equivalence)


def _rounded(key: tuple, base: Decimal, amount: Decimal) -> Tax:
    code, factor, rate = key
    rounded = None if rate is None else half_up(amount, MAX_DECIMALS)
    return Tax(code, factor, half_up(base, MAX_DECIMALS), rate, rounded)


def least_amount(documents: Iterable[PaidDocument], currency: str) -> Decimal:
    """The least Monto: what the documents take of it, cut to the currency's decimals."""
    total = _ZERO
    for document in documents:
        total = _CONTEXT.add(total, _converted(document.paid, document))
    return cut(total, currency_decimals(currency))


def rate_of(payment: Payment) -> Decimal:
    """TipoCambioP: pesos per unit, 1 for pesos."""
    if payment.currency == const.CURRENCY_LOCAL:
        return Decimal(1)
    return payment.exchange_rate or _ZERO


def rep_totals(
    payments: Iterable[Payment], taxes: Iterable[PaymentTaxes] | None = None
) -> dict[str, Decimal]:
    """Totales in pesos: only the fields that apply, in SAT's order.

    ``taxes`` are the ``payment_taxes`` of every payment where the caller has them already.
    Transferred IEPS and IVA of another rate have no field: they show in ImpuestosP alone.
    """
    found: dict[str, Decimal] = {}

    def add(field: str, amount: Decimal, rate: Decimal) -> None:
        found[field] = _CONTEXT.add(found.get(field, _ZERO), _CONTEXT.multiply(amount, rate))

    rows = tuple(payments)
    groups = taxes or (payment_taxes(payment.documents) for payment in rows)
    for payment, group in zip(rows, groups, strict=True):
        rate = rate_of(payment)
        add("MontoTotalPagos", payment.amount, rate)
        for code, amount in group.withholdings:
            add(_WITHHELD_FIELDS[code], amount, rate)
        for tax in group.transfers:
            for field, amount in _iva_fields(tax):
                add(field, amount, rate)
    return {field: half_up(found[field], 2) for field in _FIELDS if field in found}


def _iva_fields(tax: Tax) -> list[tuple[str, Decimal]]:
    if tax.code != const.TAX_IVA:
        return []
    if tax.rate is None:
        return [("TotalTrasladosBaseIVAExento", tax.base)]
    suffix = _IVA_FIELDS.get(tax.rate)
    if suffix is None:
        return []
    return [
        (f"TotalTrasladosBase{suffix}", tax.base),
        (f"TotalTrasladosImpuesto{suffix}", tax.amount or _ZERO),
    ]

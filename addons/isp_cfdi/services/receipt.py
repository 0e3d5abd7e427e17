"""A receipt of a factura global as it waits in the database: plain JSON, amounts as texts."""

from __future__ import annotations

from decimal import Decimal

from . import const
from .dto import Concept, Receipt, Tax
from .totals import Totals


def pack_receipt(totals: Totals) -> dict:
    """Amount and taxes of an invoice, rounded to cents, as the engine summed them up.

    Withholdings belong to named documents: the public in general withholds nothing.
    """
    # SAT allows no price of zero: what was given away whole shows its discount.
    free = totals.subtotal == totals.discount
    return {
        "amount": str(totals.subtotal if free else totals.subtotal - totals.discount),
        "discount": str(totals.discount if free else 0),
        "taxes": [
            [
                tax.code,
                tax.factor,
                str(tax.base),
                None if tax.rate is None else str(tax.rate),
                None if tax.amount is None else str(tax.amount),
            ]
            for tax in totals.transfers
        ],
        "withheld": [[code, str(amount)] for code, amount in totals.withholdings],
    }


def _taxes(data: dict) -> tuple[Tax, ...]:
    return tuple(
        Tax(
            code,
            factor,
            Decimal(base),
            None if rate is None else Decimal(rate),
            None if amount is None else Decimal(amount),
        )
        for code, factor, base, rate, amount in data["taxes"]
    )


def unpack_receipt(reference: str, data: dict) -> Receipt:
    """The ``Receipt`` of a factura global again."""
    discount = Decimal(data.get("discount", 0))
    return Receipt(reference, Decimal(data["amount"]), _taxes(data), discount)


def receipt_total(receipt: Receipt) -> Decimal:
    """What the customer paid."""
    taxes = sum((tax.amount or Decimal(0) for tax in receipt.taxes), Decimal(0))
    return receipt.amount - receipt.discount + taxes


def credit_concept(receipt: Receipt, text: str) -> Concept:
    """The only concept of a credit note that takes ``receipt`` out of a factura global."""
    return Concept(
        product=const.PRODUCT_PAYMENT,
        unit=const.UNIT_ACTIVITY,
        description=text,
        quantity=Decimal(1),
        unit_price=receipt.amount,
        amount=receipt.amount,
        discount=receipt.discount,
        taxes=receipt.taxes,
        reference=receipt.reference,
    )

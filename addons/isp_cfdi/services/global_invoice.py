"""Factura global: everybody as receiver, one concept per receipt (cfdi.md, point 4)."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from . import const
from .builder import build_comprobante
from .dto import Comprobante, Concept, GlobalInvoice, Issuer, Receipt, Receiver


def build_global(data: GlobalInvoice) -> bytes:
    """Return the XML without seal; the receipts are read once and never kept.

    Raises ``CfdiDataError`` when they do not add up to ``expected_total``.
    """
    return build_comprobante(
        Comprobante(
            issuer=data.issuer,
            receiver=everybody(data.issuer),
            concepts=receipt_concepts(data.receipts),
            fecha=data.fecha,
            expected_total=data.expected_total,
            serie=data.serie,
            folio=data.folio,
            form=data.form,
            currency=data.currency,
            exchange_rate=data.exchange_rate,
            relations=data.relations,
            global_info=data.info,
        )
    )


def everybody(issuer: Issuer) -> Receiver:
    """The receiver of a factura global lives where the issuer does."""
    return Receiver(
        const.RFC_GENERIC, const.NAME_GENERIC, const.REGIME_NONE, const.USE_NONE, issuer.zip
    )


def receipt_concepts(receipts: Iterable[Receipt]) -> Iterator[Concept]:
    """One concept per receipt; SAT forbids the lines of the sale itself."""
    for receipt in receipts:
        yield Concept(
            product=const.PRODUCT_RECEIPT,
            unit=const.UNIT_ACTIVITY,
            description=const.TEXT_RECEIPT,
            quantity=Decimal(1),
            unit_price=receipt.amount,
            amount=receipt.amount,
            discount=receipt.discount,
            taxes=receipt.taxes,
            reference=receipt.reference,
            object_tax=receipt.object_tax,
        )

"""Taxes of a part payment: what of an invoice's taxes a payment settles."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal

from lxml import etree

from . import const, xmlio
from .const import CFDI
from .dto import Tax
from .errors import CfdiDataError
from .problems import Problem
from .rounding import MAX_DECIMALS, half_up

_NODES = f"{CFDI}Conceptos/{CFDI}Concepto/{CFDI}Impuestos/*/*"


def taxes_of(xml: bytes) -> tuple[Tax, ...]:
    """Taxes of an invoice of type I, grouped by tax, factor and rate.

    They are read from its concepts, where they keep six decimals.
    """
    nodes = xmlio.parse(xml).iterfind(_NODES)
    return group_taxes(_tax(node) for node in nodes)


def _tax(node: etree._Element) -> Tax:
    exempt = node.get("TipoFactor") == const.FACTOR_EXEMPT
    return Tax(
        code=node.get("Impuesto", ""),
        factor=node.get("TipoFactor", ""),
        base=Decimal(node.get("Base", "0")),
        rate=None if exempt else Decimal(node.get("TasaOCuota", "0")),
        amount=None if exempt else Decimal(node.get("Importe", "0")),
        withheld=etree.QName(node).localname == "Retencion",
    )


def group_taxes(taxes: Iterable[Tax]) -> tuple[Tax, ...]:
    """One tax per kind, tax, factor and rate, never rounded: the sums of ``taxes``."""
    groups: dict[tuple, list[Tax]] = {}
    for tax in taxes:
        groups.setdefault(tax.key, []).append(tax)
    return tuple(
        Tax(
            code,
            factor,
            sum((tax.base for tax in members), Decimal(0)),
            rate,
            None
            if rate is None
            else sum((tax.amount or Decimal(0) for tax in members), Decimal(0)),
            withheld,
        )
        for (withheld, code, factor, rate), members in groups.items()
    )


def paid_taxes(taxes: Iterable[Tax], total: Decimal, paid: Decimal) -> tuple[Tax, ...]:
    """Taxes of the part ``paid`` of a document of ``total`` whose whole taxes are ``taxes``.

    BaseDR = base x paid / total with six decimals, ImporteDR = BaseDR x rate; a fee per unit
    shrinks like its base.  Raises ``CfdiDataError`` when the document's total is not above
    zero: nothing can be paid of it.
    """
    if total <= 0:
        raise CfdiDataError([Problem("OWN_NOTHING", total=total)])
    shares = (_share(tax, total, paid) for tax in group_taxes(taxes))
    return tuple(tax for tax in shares if tax.base > 0)


def _share(tax: Tax, total: Decimal, paid: Decimal) -> Tax:
    base = half_up(tax.base * paid / total, MAX_DECIMALS)
    if tax.rate is None:
        return Tax(tax.code, tax.factor, base, withheld=tax.withheld)
    if tax.factor == const.FACTOR_FEE:
        amount = (tax.amount or Decimal(0)) * paid / total
    else:
        amount = base * tax.rate
    return Tax(
        tax.code, tax.factor, base, tax.rate, half_up(amount, MAX_DECIMALS), withheld=tax.withheld
    )

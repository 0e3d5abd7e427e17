"""Build an unsealed CFDI 4.0 of type I or E from plain values."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal

from . import const, sections
from .catalogs import currency_decimals
from .dto import Comprobante, Concept, Tax
from .errors import CfdiDataError
from .lines import line_problems, taxable
from .problems import Problem
from .rounding import decimals_of, fixed, trimmed
from .text import clean
from .totals import Sums, Totals
from .xmlwriter import element, group

_GROUPS = (("Traslado", False), ("Retencion", True))


def build_comprobante(data: Comprobante) -> bytes:
    """Return the XML without seal; the concepts are read once and never kept.

    Raises ``CfdiDataError`` when a line cannot be written or when the sums of the concepts
    do not give the invoice's total: an invoice is sent with its exact total or not at all.
    """
    digits = currency_decimals(data.currency)
    sums = Sums()
    problems: list[Problem] = []
    concepts = group("cfdi:Conceptos", _written(data.concepts, digits, sums, problems))
    totals = sums.totals(digits)
    if not concepts:
        problems.append(Problem("OWN_LINES"))
    if not problems and totals.total != data.expected_total:
        values = {"found": totals.total, "expected": data.expected_total}
        problems.append(Problem("OWN_TOTAL", **values))
    if problems:
        raise CfdiDataError(problems)
    return sections.comprobante(
        _header(data, totals, digits),
        (
            sections.global_info(data.global_info),
            sections.relations(data.relations),
            sections.parties(data.issuer, data.receiver),
            concepts,
            _summary(totals, digits),
        ),
    )


def _header(data: Comprobante, totals: Totals, digits: int) -> dict[str, str | None]:
    """Attributes of Comprobante; TipoCambio only for a foreign currency."""
    rate = data.exchange_rate
    foreign = data.currency not in (const.CURRENCY_LOCAL, const.CURRENCY_NONE)
    if foreign and not rate:
        raise CfdiDataError([Problem("OWN_RATE", currency=data.currency)])
    return {
        "Version": const.VERSION,
        "Serie": clean(data.serie, 25),
        "Folio": clean(data.folio, 40),
        "Fecha": data.fecha,
        "FormaPago": data.form,
        "CondicionesDePago": clean(data.conditions, 1000),
        "SubTotal": fixed(totals.subtotal, digits),
        "Descuento": fixed(totals.discount, digits) if totals.discount else None,
        "Moneda": data.currency,
        "TipoCambio": trimmed(rate, least=0) if foreign and rate else None,
        "Total": fixed(totals.total, digits),
        "TipoDeComprobante": data.kind,
        "Exportacion": data.export,
        "MetodoPago": data.method,
        "LugarExpedicion": data.issuer.zip,
    }


def _written(
    concepts: Iterable[Concept], digits: int, sums: Sums, problems: list[Problem]
) -> Iterator[str]:
    """Write the concepts one by one while their amounts are added up."""
    for line, given in enumerate(concepts, 1):
        concept = taxable(given)
        problems += line_problems(line, concept, digits)
        sums.add(concept)
        yield _concept(concept, digits)


def _concept(concept: Concept, digits: int) -> str:
    taxed = const.OBJECT_YES if concept.taxes else const.OBJECT_NO
    discount = trimmed(concept.discount, digits) if concept.discount else None
    # SAT wants at least as many decimals in Importe as in Descuento
    least = max(digits, decimals_of(discount or ""))
    values = {
        "ClaveProdServ": concept.product,
        "NoIdentificacion": clean(concept.reference, 100),
        "Cantidad": trimmed(concept.quantity, least=0),
        "ClaveUnidad": concept.unit,
        "Unidad": clean(concept.unit_name, 20),
        "Descripcion": clean(concept.description, 1000),
        "ValorUnitario": trimmed(concept.unit_price, digits),
        "Importe": trimmed(concept.amount, least),
        "Descuento": discount,
        "ObjetoImp": concept.object_tax or taxed,
    }
    return element("cfdi:Concepto", values, _concept_taxes(concept.taxes, digits))


def _concept_taxes(taxes: tuple[Tax, ...], digits: int) -> str:
    """Inside a concept Traslados come before Retenciones, unlike the summary."""
    if not taxes:
        return ""
    return group(
        "cfdi:Impuestos",
        [
            group(
                f"cfdi:{name}s" if not withheld else f"cfdi:{name}es",
                [_tax(name, tax, digits) for tax in taxes if tax.withheld == withheld],
            )
            for name, withheld in _GROUPS
        ],
    )


def _tax(name: str, tax: Tax, digits: int) -> str:
    """One tax node with up to six decimals; Exento carries neither rate nor amount."""
    exempt = tax.factor == const.FACTOR_EXEMPT
    values = {
        "Base": trimmed(tax.base, digits),
        "Impuesto": tax.code,
        "TipoFactor": tax.factor,
        "TasaOCuota": None if exempt else fixed(tax.rate or 0, 6),
        "Importe": None if exempt else trimmed(tax.amount or Decimal(0), digits),
    }
    return element(f"cfdi:{name}", values)


def _summary(totals: Totals, digits: int) -> str:
    """Comprobante/Impuestos: Retenciones before Traslados; its taxes are rounded already."""
    if not totals.transfers and not totals.withholdings:
        return ""
    withheld = fixed(totals.withheld, digits) if totals.withholdings else None
    transferred = fixed(totals.transferred, digits) if totals.has_amounts else None
    values = {"TotalImpuestosRetenidos": withheld, "TotalImpuestosTrasladados": transferred}
    body = group(
        "cfdi:Retenciones",
        [
            element("cfdi:Retencion", {"Impuesto": code, "Importe": fixed(amount, digits)})
            for code, amount in totals.withholdings
        ],
    )
    body += group("cfdi:Traslados", [_tax("Traslado", tax, digits) for tax in totals.transfers])
    return element("cfdi:Impuestos", values, body)

"""Build an unsealed CFDI 4.0 of type I or E from plain values."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from . import const, xmlio
from .catalogs import currency_decimals
from .dto import Comprobante, Concept, Tax
from .errors import CfdiDataError
from .rounding import fixed, trimmed
from .text import clean
from .totals import Totals, compute_totals


def build_comprobante(data: Comprobante) -> bytes:
    """Return the XML without seal.

    Raises ``CfdiDataError`` when the sums of the concepts do not give the invoice's
    total: an invoice is sent with its exact total or not at all.
    """
    digits = currency_decimals(data.currency)
    totals = compute_totals(data.concepts, digits)
    if totals.total != data.expected_total:
        raise CfdiDataError(
            [f"The concepts add up to {totals.total}, the invoice says {data.expected_total}"]
        )
    root = etree.Element(
        f"{const.CFDI}Comprobante", nsmap={"cfdi": const.CFDI_NS, "xsi": const.XSI_NS}
    )
    root.set(f"{{{const.XSI_NS}}}schemaLocation", const.CFDI_SCHEMA)
    _set(root, _header(data, totals, digits))
    _global_info(root, data)
    _relations(root, data)
    _parties(root, data)
    _concepts(root, data.concepts, digits)
    _summary(root, totals, digits)
    return xmlio.serialise(root)


def _set(node: etree._Element, attributes: dict[str, str | None]) -> None:
    """Write attributes; SAT wants empty optional ones left out."""
    for name, value in attributes.items():
        if value:
            node.set(name, value)


def _child(parent: etree._Element, name: str, **attributes: str | None) -> etree._Element:
    node = etree.SubElement(parent, f"{const.CFDI}{name}")
    _set(node, attributes)
    return node


def _header(data: Comprobante, totals: Totals, digits: int) -> dict[str, str | None]:
    """Attributes of Comprobante; TipoCambio only for a foreign currency."""
    rate = data.exchange_rate
    foreign = data.currency not in ("MXN", "XXX")
    if foreign and not rate:
        raise CfdiDataError([f"The exchange rate of {data.currency} is missing"])
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


def _global_info(root: etree._Element, data: Comprobante) -> None:
    """InformacionGlobal: the attribute of the year is not ASCII in SAT's schema."""
    if data.global_info:
        info = data.global_info
        node = _child(root, "InformacionGlobal", Periodicidad=info.period, Meses=info.months)
        node.set("Año", str(info.year))


def _relations(root: etree._Element, data: Comprobante) -> None:
    for relation in data.relations:
        node = _child(root, "CfdiRelacionados", TipoRelacion=relation.kind)
        for uuid in relation.uuids:
            _child(node, "CfdiRelacionado", UUID=uuid)


def _parties(root: etree._Element, data: Comprobante) -> None:
    issuer, receiver = data.issuer, data.receiver
    _child(
        root,
        "Emisor",
        Rfc=issuer.rfc,
        Nombre=clean(issuer.name, 300),
        RegimenFiscal=issuer.regime,
    )
    _child(
        root,
        "Receptor",
        Rfc=receiver.rfc,
        Nombre=clean(receiver.name, 300),
        DomicilioFiscalReceptor=receiver.zip,
        RegimenFiscalReceptor=receiver.regime,
        UsoCFDI=receiver.use,
    )


def _concepts(root: etree._Element, concepts: tuple[Concept, ...], digits: int) -> None:
    parent = _child(root, "Conceptos")
    for concept in concepts:
        node = _child(
            parent,
            "Concepto",
            ClaveProdServ=concept.product,
            NoIdentificacion=clean(concept.reference, 100),
            Cantidad=trimmed(concept.quantity, least=0),
            ClaveUnidad=concept.unit,
            Unidad=clean(concept.unit_name, 20),
            Descripcion=clean(concept.description, 1000),
            ValorUnitario=trimmed(concept.unit_price, digits),
            Importe=trimmed(concept.amount, digits),
            Descuento=trimmed(concept.discount, digits) if concept.discount else None,
            ObjetoImp=concept.object_tax
            or (const.OBJECT_YES if concept.taxes else const.OBJECT_NO),
        )
        _concept_taxes(node, concept.taxes, digits)


def _concept_taxes(node: etree._Element, taxes: tuple[Tax, ...], digits: int) -> None:
    """Inside a concept Traslados come before Retenciones, unlike the summary."""
    if not taxes:
        return
    parent = _child(node, "Impuestos")
    groups = (("Traslados", "Traslado", False), ("Retenciones", "Retencion", True))
    for group, name, withheld in groups:
        members = [tax for tax in taxes if tax.withheld == withheld]
        if members:
            holder = _child(parent, group)
            for tax in members:
                _tax(holder, name, tax, lambda value: trimmed(value, digits))


def _tax(parent: etree._Element, name: str, tax: Tax, write) -> None:
    """One tax node; Exento carries neither rate nor amount."""
    exempt = tax.factor == const.FACTOR_EXEMPT
    _child(
        parent,
        name,
        Base=write(tax.base),
        Impuesto=tax.code,
        TipoFactor=tax.factor,
        TasaOCuota=None if exempt else fixed(tax.rate or 0, 6),
        Importe=None if exempt else write(tax.amount or Decimal(0)),
    )


def _summary(root: etree._Element, totals: Totals, digits: int) -> None:
    """Comprobante/Impuestos: Retenciones before Traslados."""
    if not totals.transfers and not totals.withholdings:
        return
    parent = _child(
        root,
        "Impuestos",
        TotalImpuestosRetenidos=fixed(totals.withheld, digits) if totals.withholdings else None,
        TotalImpuestosTrasladados=fixed(totals.transferred, digits) if totals.has_amounts else None,
    )
    if totals.withholdings:
        holder = _child(parent, "Retenciones")
        for code, amount in totals.withholdings:
            _child(holder, "Retencion", Impuesto=code, Importe=fixed(amount, digits))
    if totals.transfers:
        holder = _child(parent, "Traslados")
        for tax in totals.transfers:
            _tax(holder, "Traslado", tax, lambda value: fixed(value, digits))

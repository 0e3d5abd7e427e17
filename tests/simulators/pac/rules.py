"""What a PAC checks beyond the schema; written from Anexo 20, apart from the addon."""

from collections import defaultdict
from collections.abc import Iterator
from decimal import ROUND_HALF_UP, Decimal

from lxml import etree

from .sat_files import CFDI

GENERIC = ("XAXX010101000", "XEXX010101000")
PEOPLE_ONLY = {"605", "606", "607", "608", "611", "614", "615", "616"}
CENT = Decimal("0.01")


def number(node: etree._Element, name: str) -> Decimal:
    """An attribute as Decimal, zero when absent."""
    return Decimal(node.get(name) or 0)


def cents(value: Decimal) -> Decimal:
    """Two decimals, half-up."""
    return value.quantize(CENT, rounding=ROUND_HALF_UP)


def problems(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Yield (code, Spanish text) for every broken rule, in the order SAT checks them."""
    yield from amounts(root)
    yield from lines(root)
    yield from receiver(root)


def amounts(root: etree._Element) -> Iterator[tuple[str, str]]:
    """SubTotal, Descuento and Total."""
    rows = root.findall(f"{CFDI}Conceptos/{CFDI}Concepto")
    gross = sum((number(row, "Importe") for row in rows), Decimal(0))
    off = sum((number(row, "Descuento") for row in rows), Decimal(0))
    if number(root, "SubTotal") != cents(gross):
        yield "CFDI40108", "El SubTotal no es la suma de los importes de los conceptos."
    if number(root, "Descuento") != cents(off):
        yield "CFDI40110", "El Descuento no es la suma de los descuentos."
    taxes = root.find(f"{CFDI}Impuestos")
    added = taken = Decimal(0)
    if taxes is not None:
        added = number(taxes, "TotalImpuestosTrasladados")
        taken = number(taxes, "TotalImpuestosRetenidos")
    if number(root, "Total") != cents(gross) - cents(off) + added - taken:
        yield "CFDI40119", "El Total no corresponde a SubTotal, descuentos e impuestos."
    yield from summary(root, taxes)


def summary(root: etree._Element, taxes: etree._Element | None) -> Iterator[tuple[str, str]]:
    """The tax summary against the taxes of the concepts, within a cent per group."""
    sums: dict[tuple, Decimal] = defaultdict(Decimal)
    for tax in root.iterfind(f"{CFDI}Conceptos/{CFDI}Concepto/{CFDI}Impuestos/*/*"):
        sums[_group(tax)] += number(tax, "Importe")
    said = {} if taxes is None else {_group(tax): tax for tax in taxes.iterfind("*/*")}
    if set(sums) != set(said):
        yield "CFDI40217", "El resumen no agrupa los impuestos de los conceptos."
        return
    for group, amount in sums.items():
        if number(said[group], "Importe") != cents(amount):
            yield "CFDI40221", f"El importe del impuesto {group[1]} no es la suma redondeada."


def _group(tax: etree._Element) -> tuple:
    kind = etree.QName(tax).localname
    if kind == "Retencion":
        return (kind, tax.get("Impuesto"))
    return (kind, tax.get("Impuesto"), tax.get("TipoFactor"), tax.get("TasaOCuota"))


def lines(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Amounts of each concept within a cent, taxes where ObjetoImp says so."""
    for row in root.iterfind(f"{CFDI}Conceptos/{CFDI}Concepto"):
        product = number(row, "Cantidad") * number(row, "ValorUnitario")
        if abs(product - number(row, "Importe")) > CENT:
            yield "CFDI40167", "El Importe del concepto está fuera de los límites."
        taxed = row.find(f"{CFDI}Impuestos") is not None
        if taxed != (row.get("ObjetoImp") == "02"):
            yield "CFDI40172", "ObjetoImp no corresponde a los impuestos del concepto."
        for tax in row.iterfind(f"{CFDI}Impuestos/*/*"):
            if tax.get("TipoFactor") == "Tasa":
                expected = number(tax, "Base") * number(tax, "TasaOCuota")
                if abs(expected - number(tax, "Importe")) > CENT:
                    yield "CFDI40181", "El importe del impuesto está fuera de los límites."


def receiver(root: etree._Element) -> Iterator[tuple[str, str]]:
    """Generic RFCs and the use of the document."""
    issuer, buyer = root.find(f"{CFDI}Emisor"), root.find(f"{CFDI}Receptor")
    rfc, regime = buyer.get("Rfc"), buyer.get("RegimenFiscalReceptor")
    if rfc in GENERIC:
        if buyer.get("DomicilioFiscalReceptor") != root.get("LugarExpedicion"):
            yield "CFDI40149", "Con RFC genérico el domicilio es el lugar de expedición."
        if regime != "616" or buyer.get("UsoCFDI") not in ("S01", "CP01", "G02"):
            yield "CFDI40159", "Con RFC genérico el régimen es 616 y el uso S01."
    if buyer.get("UsoCFDI") in ("G01", "G03") and regime in PEOPLE_ONLY:
        yield "CFDI40161", "El UsoCFDI no corresponde al régimen del receptor."
    if len(rfc) == 12 and regime in PEOPLE_ONLY:
        yield "CFDI40158", "El régimen no corresponde a una persona moral."
    everybody = rfc == GENERIC[0] and buyer.get("Nombre") == "PUBLICO EN GENERAL"
    has_info = root.find(f"{CFDI}InformacionGlobal") is not None
    if has_info != (everybody and root.get("TipoDeComprobante") == "I"):
        yield "CFDI40130", "InformacionGlobal va solo con PUBLICO EN GENERAL y tipo I."
    if issuer.get("Nombre") != (issuer.get("Nombre") or "").upper():
        yield "CFDI40138", "El nombre del emisor no corresponde al registrado."
    if buyer.get("Nombre") != (buyer.get("Nombre") or "").upper():
        yield "CFDI40145", "El nombre del receptor no corresponde al registrado."

"""The payments of a REP (complement Pagos 2.0) for the printed form."""

from __future__ import annotations

from lxml import etree

from .catalogs import label
from .const import CFDI, PAGO20_NS
from .printed_text import fraction, money, tax_line, taxes

_PAGO = f"{{{PAGO20_NS}}}"
#: Attribute of Totales -> what it is called on paper, in SAT's order.
TOTALS = {
    "TotalRetencionesIVA": "Retención IVA",
    "TotalRetencionesISR": "Retención ISR",
    "TotalRetencionesIEPS": "Retención IEPS",
    "TotalTrasladosBaseIVA16": "Base IVA 16 %",
    "TotalTrasladosImpuestoIVA16": "IVA 16 %",
    "TotalTrasladosBaseIVA8": "Base IVA 8 %",
    "TotalTrasladosImpuestoIVA8": "IVA 8 %",
    "TotalTrasladosBaseIVA0": "Base IVA 0 %",
    "TotalTrasladosImpuestoIVA0": "IVA 0 %",
    "TotalTrasladosBaseIVAExento": "Base IVA exento",
}
#: Bank data of a payment, shown when they are there.
BANK = {
    "NumOperacion": "Número de operación",
    "RfcEmisorCtaOrd": "RFC del banco ordenante",
    "NomBancoOrdExt": "Banco ordenante",
    "CtaOrdenante": "Cuenta ordenante",
    "RfcEmisorCtaBen": "RFC del banco beneficiario",
    "CtaBeneficiario": "Cuenta beneficiaria",
}


def payments(root: etree._Element) -> dict:
    """``payments``: the list of Pago; ``totals``: what replaces the totals of the document.

    Both are empty for a document without the complement.
    """
    found = root.findall(f"{CFDI}Complemento/{_PAGO}Pagos")
    if not found:
        return {"payments": [], "totals": {}}
    rows = [_payment(node) for pagos in found for node in pagos.iterfind(f"{_PAGO}Pago")]
    sums = found[0].find(f"{_PAGO}Totales")
    attributes = {} if sums is None else sums.attrib
    raw = str(attributes.get("MontoTotalPagos", "0"))
    lines = [
        {"name": name, "withheld": "", "base": "", "amount": money(str(attributes[key]))}
        for key, name in TOTALS.items()
        if key in attributes
    ]
    return {
        "payments": rows,
        "totals": {"taxes": lines, "total": money(raw), "total_raw": raw, "currency": "MXN"},
    }


def _payment(node: etree._Element) -> dict:
    rate = node.get("TipoCambioP", "")
    foreign = node.get("MonedaP", "MXN") != "MXN"
    return {
        "date": node.get("FechaPago", "").replace("T", " "),
        "form": label("forma_pago", node.get("FormaDePagoP")),
        "currency": node.get("MonedaP", ""),
        "exchange_rate": rate if foreign else "",
        "amount": money(node.get("Monto")),
        "bank": [[name, node.get(key, "")] for key, name in BANK.items() if node.get(key)],
        "documents": [_document(child) for child in node.iterfind(f"{_PAGO}DoctoRelacionado")],
        "taxes": [tax_line(tax, "P") for tax in node.iterfind(f"{_PAGO}ImpuestosP/*/*")],
    }


def _document(node: etree._Element) -> dict:
    name = "-".join(filter(None, (node.get("Serie"), node.get("Folio"))))
    rate = node.get("EquivalenciaDR", "1")
    return {
        "uuid": node.get("IdDocumento", "").upper(),
        "name": name,
        "currency": node.get("MonedaDR", ""),
        "rate": "" if rate == "1" else fraction(rate, 0),
        "number": node.get("NumParcialidad", ""),
        "before": money(node.get("ImpSaldoAnt")),
        "paid": money(node.get("ImpPagado")),
        "after": money(node.get("ImpSaldoInsoluto")),
        "object_tax": label("objeto_imp", node.get("ObjetoImpDR")),
        "taxes": taxes(node.iterfind(f"{_PAGO}ImpuestosDR/*/*"), "DR"),
    }

"""The printed representation: every text comes from the stored, stamped document."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from . import xmlio
from .catalogs import label
from .const import CFDI
from .errors import CfdiError
from .qr import qr_url
from .tfd import parse_tfd

_TAX_NAMES = {"001": "ISR", "002": "IVA", "003": "IEPS"}
_TYPES = {"I": "Ingreso", "E": "Egreso", "P": "Pago"}


def money(value: str | None) -> str:
    """``1234.5`` -> ``1,234.50``; up to six decimals are shown with two."""
    return f"{Decimal(value or '0'):,.2f}"


def representation(xml: bytes) -> dict:
    """Values for the printed form of a stamped document of type I or E.

    The keys are plain texts and lists, ready for JSON.  Raises ``CfdiError`` when the
    document carries no stamp.
    """
    root, stamp = xmlio.parse(xml), parse_tfd(xml)
    if stamp is None:
        raise CfdiError("Only a stamped document can be printed")
    return {
        "kind": _TYPES.get(root.get("TipoDeComprobante", ""), ""),
        "header": _header(root),
        "issuer": _party(root, "Emisor", "RegimenFiscal"),
        "receiver": _party(root, "Receptor", "RegimenFiscalReceptor"),
        "concepts": [_concept(node) for node in root.iterfind(f"{CFDI}Conceptos/*")],
        "totals": _totals(root),
        "relations": [_relation(node) for node in root.iterfind(f"{CFDI}CfdiRelacionados")],
        "stamp": {
            "uuid": stamp.uuid,
            "stamped_at": stamp.stamped_at.replace("T", " "),
            "pac_rfc": stamp.pac_rfc,
            "seal_cfdi": stamp.seal_cfdi,
            "seal_sat": stamp.seal_sat,
            "sat_certificate": stamp.sat_certificate,
            "cadena": stamp.cadena,
        },
        "url": qr_url(xml),
    }


def _header(root: etree._Element) -> dict[str, str]:
    currency = root.get("Moneda", "")
    return {
        "serie": root.get("Serie", ""),
        "folio": root.get("Folio", ""),
        "fecha": root.get("Fecha", "").replace("T", " "),
        "zip": root.get("LugarExpedicion", ""),
        "certificate": root.get("NoCertificado", ""),
        "form": label("forma_pago", root.get("FormaPago")),
        "method": label("metodo_pago", root.get("MetodoPago")),
        "currency": currency,
        "exchange_rate": root.get("TipoCambio", ""),
        "conditions": root.get("CondicionesDePago", ""),
        "export": root.get("Exportacion", ""),
    }


def _party(root: etree._Element, name: str, regime: str) -> dict[str, str]:
    node = root.find(f"{CFDI}{name}")
    if node is None:
        raise CfdiError(f"{name} is missing")
    return {
        "rfc": node.get("Rfc", ""),
        "name": node.get("Nombre", ""),
        "regime": label("regimen", node.get(regime)),
        "zip": node.get("DomicilioFiscalReceptor", ""),
        "use": label("uso", node.get("UsoCFDI")),
    }


def _concept(node: etree._Element) -> dict:
    return {
        "product": node.get("ClaveProdServ", ""),
        "unit": node.get("ClaveUnidad", ""),
        "quantity": node.get("Cantidad", ""),
        "description": node.get("Descripcion", ""),
        "reference": node.get("NoIdentificacion", ""),
        "price": money(node.get("ValorUnitario")),
        "amount": money(node.get("Importe")),
        "discount": money(node.get("Descuento")) if node.get("Descuento") else "",
        "object_tax": label("objeto_imp", node.get("ObjetoImp")),
        "taxes": [_tax(tax) for tax in node.iterfind(f"{CFDI}Impuestos/*/*")],
    }


def _tax(node: etree._Element) -> dict[str, str]:
    name = _TAX_NAMES.get(node.get("Impuesto", ""), node.get("Impuesto", ""))
    withheld = etree.QName(node).localname == "Retencion"
    rate = node.get("TasaOCuota", "")
    if rate and node.get("TipoFactor") == "Tasa":
        percent = (Decimal(rate) * 100).normalize()
        name = f"{name} {percent:f} %"
    elif node.get("TipoFactor") == "Exento":
        name = f"{name} exento"
    return {
        "name": f"Retención {name}" if withheld else name,
        "withheld": "1" if withheld else "",
        "base": money(node.get("Base")) if node.get("Base") else "",
        "amount": money(node.get("Importe")),
    }


def _totals(root: etree._Element) -> dict:
    discount = root.get("Descuento")
    return {
        "subtotal": money(root.get("SubTotal")),
        "discount": money(discount) if discount and Decimal(discount) else "",
        "taxes": [_tax(tax) for tax in root.iterfind(f"{CFDI}Impuestos/*/*")],
        "total": money(root.get("Total")),
        "total_raw": root.get("Total", "0"),
    }


def _relation(node: etree._Element) -> dict:
    return {
        "kind": label("relacion", node.get("TipoRelacion")),
        "uuids": [child.get("UUID", "") for child in node],
    }

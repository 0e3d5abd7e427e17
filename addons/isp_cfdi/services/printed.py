"""The printed representation: every text comes from the stored, stamped document."""

from __future__ import annotations

from decimal import Decimal

from lxml import etree

from . import xmlio
from .catalogs import label
from .const import CFDI
from .errors import CfdiError
from .labels import EXPORTS, KINDS, TITLE_GLOBAL, TITLES
from .printed_payments import payments
from .printed_text import fraction, money, tax_line, taxes
from .qr import qr_url
from .tfd import parse_tfd


def representation(xml: bytes) -> dict:
    """Values for the printed form of a stamped document of type I, E or P.

    The keys are plain texts and lists, ready for JSON.  Raises ``CfdiError`` when the
    document carries no stamp.
    """
    root, stamp = xmlio.parse(xml), parse_tfd(xml)
    if stamp is None:
        raise CfdiError("Only a stamped document can be printed")
    kind = root.get("TipoDeComprobante", "")
    paid = payments(root)
    return {
        "type": kind,
        "kind": f"{kind} {KINDS.get(kind, '')}".strip(),
        "title": title(root),
        "header": _header(root),
        "issuer": _party(root, "Emisor", "RegimenFiscal"),
        "receiver": _party(root, "Receptor", "RegimenFiscalReceptor"),
        "global": _global(root),
        "concepts": [_concept(node) for node in root.iterfind(f"{CFDI}Conceptos/*")],
        "payments": paid["payments"],
        "totals": {**_totals(root), **paid["totals"]},
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


def title(root: etree._Element) -> str:
    """What the document is in plain words, in Spanish as all of the printed form."""
    if root.find(f"{CFDI}InformacionGlobal") is not None:
        return TITLE_GLOBAL
    return TITLES.get(root.get("TipoDeComprobante", ""), "CFDI")


def _header(root: etree._Element) -> dict[str, str]:
    export = root.get("Exportacion", "")
    return {
        "serie": root.get("Serie", ""),
        "folio": root.get("Folio", ""),
        "fecha": root.get("Fecha", "").replace("T", " "),
        "zip": root.get("LugarExpedicion", ""),
        "certificate": root.get("NoCertificado", ""),
        "form": label("forma_pago", root.get("FormaPago")),
        "method": label("metodo_pago", root.get("MetodoPago")),
        "currency": root.get("Moneda", ""),
        "exchange_rate": root.get("TipoCambio", ""),
        "conditions": root.get("CondicionesDePago", ""),
        "export": f"{export} {EXPORTS.get(export, '')}".strip(),
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


def _global(root: etree._Element) -> dict[str, str]:
    """Period of a global invoice; empty for every other document."""
    node = root.find(f"{CFDI}InformacionGlobal")
    if node is None:
        return {}
    return {
        "period": label("periodicidad", node.get("Periodicidad")),
        "months": label("meses", node.get("Meses")),
        "year": node.get("Año", ""),
    }


def _concept(node: etree._Element) -> dict:
    discount = node.get("Descuento")
    return {
        "product": node.get("ClaveProdServ", ""),
        "unit": " ".join(filter(None, (node.get("ClaveUnidad"), node.get("Unidad")))),
        "quantity": fraction(node.get("Cantidad"), 0),
        "description": node.get("Descripcion", ""),
        "reference": node.get("NoIdentificacion", ""),
        "price": fraction(node.get("ValorUnitario"), 2),
        "amount": money(node.get("Importe")),
        "discount": money(discount) if discount and Decimal(discount) else "",
        "object_tax": label("objeto_imp", node.get("ObjetoImp")),
        "taxes": taxes(node.iterfind(f"{CFDI}Impuestos/*/*")),
    }


def _totals(root: etree._Element) -> dict:
    discount = root.get("Descuento")
    return {
        "subtotal": money(root.get("SubTotal")),
        "discount": money(discount) if discount and Decimal(discount) else "",
        "taxes": [tax_line(tax) for tax in root.iterfind(f"{CFDI}Impuestos/*/*")],
        "total": money(root.get("Total")),
        "total_raw": root.get("Total", "0"),
    }


def _relation(node: etree._Element) -> dict:
    return {
        "kind": label("relacion", node.get("TipoRelacion")),
        "uuids": [child.get("UUID", "").upper() for child in node],
    }

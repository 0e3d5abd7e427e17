"""Parts of a Comprobante that every type has: root, relations, issuer, receiver."""

from __future__ import annotations

from collections.abc import Iterable

from . import const
from .dto import GlobalInfo, Issuer, Receiver, Relation
from .text import clean
from .xmlwriter import DECLARATION, attributes, element

_NAMESPACES = {
    "xmlns:cfdi": const.CFDI_NS,
    "xmlns:xsi": const.XSI_NS,
    "xsi:schemaLocation": const.CFDI_SCHEMA,
}
#: Pagos 2.0 may be declared on the root of a REP only.
_NAMESPACES_REP = {
    "xmlns:cfdi": const.CFDI_NS,
    "xmlns:pago20": const.PAGO20_NS,
    "xmlns:xsi": const.XSI_NS,
    "xsi:schemaLocation": f"{const.CFDI_SCHEMA} {const.PAGO20_SCHEMA}",
}
_OPENINGS = {
    rep: f"{DECLARATION}<cfdi:Comprobante{attributes(names)}"
    for rep, names in ((False, _NAMESPACES), (True, _NAMESPACES_REP))
}


def comprobante(header: dict[str, str | None], parts: Iterable[str], rep: bool = False) -> bytes:
    """The whole document from its attributes and its already written parts."""
    body = "".join(parts)
    return f"{_OPENINGS[rep]}{attributes(header)}>{body}</cfdi:Comprobante>".encode()


def global_info(info: GlobalInfo | None) -> str:
    """InformacionGlobal; the name of the year is not ASCII in SAT's schema."""
    if info is None:
        return ""
    values = {"Periodicidad": info.period, "Meses": info.months, "Año": str(info.year)}
    return element("cfdi:InformacionGlobal", values)


def relations(rows: Iterable[Relation]) -> str:
    """CfdiRelacionados: one per TipoRelacion, however the relations were collected."""
    kinds: dict[str, dict[str, None]] = {}
    for row in rows:
        kinds.setdefault(row.kind, {}).update(dict.fromkeys(map(str.upper, row.uuids)))
    return "".join(
        element(
            "cfdi:CfdiRelacionados",
            {"TipoRelacion": kind},
            "".join(element("cfdi:CfdiRelacionado", {"UUID": uuid}) for uuid in uuids),
        )
        for kind, uuids in kinds.items()
        if uuids
    )


def parties(issuer: Issuer, receiver: Receiver, use: str = "") -> str:
    """Emisor and Receptor; ``use`` overrides the receiver's UsoCFDI."""
    sender = {
        "Rfc": issuer.rfc,
        "Nombre": clean(issuer.name, 300),
        "RegimenFiscal": issuer.regime,
    }
    customer = {
        "Rfc": receiver.rfc,
        "Nombre": clean(receiver.name, 300),
        "DomicilioFiscalReceptor": receiver.zip,
        "ResidenciaFiscal": receiver.residence,
        "NumRegIdTrib": clean(receiver.tax_id, 40),
        "RegimenFiscalReceptor": receiver.regime,
        "UsoCFDI": use or receiver.use,
    }
    return element("cfdi:Emisor", sender) + element("cfdi:Receptor", customer)

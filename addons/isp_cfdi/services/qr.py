"""The verification address of a CFDI, as its QR code and SAT's service want it."""

from __future__ import annotations

from decimal import Decimal

from .errors import CfdiError
from .rounding import trimmed
from .tfd import summary

VERIFY_URL = "https://verificacfdi.facturaelectronica.sat.gob.mx/default.aspx"


def expression(uuid: str, issuer: str, receiver: str, total: Decimal, seal: str) -> str:
    """``?id=..&re=..&rr=..&tt=..&fe=..`` in SAT's order.

    RFCs are XML-escaped once (``Ñ&A`` becomes ``Ñ&amp;A``); the total drops trailing
    zeros but keeps one decimal; ``fe`` are the last 8 characters of the seal.
    """
    parts = {
        "id": uuid,
        "re": issuer.replace("&", "&amp;"),
        "rr": receiver.replace("&", "&amp;"),
        "tt": trimmed(total, least=1),
        "fe": seal[-8:],
    }
    return "?" + "&".join(f"{key}={value}" for key, value in parts.items())


def qr_expression(xml: bytes) -> str:
    """The expression of a stamped document, read from its own bytes."""
    facts = summary(xml)
    if not facts.uuid:
        raise CfdiError("Only a stamped document has a verification address")
    return expression(facts.uuid, facts.issuer_rfc, facts.receiver_rfc, facts.total, facts.seal)


def qr_url(xml: bytes) -> str:
    """The whole address for the QR code."""
    return VERIFY_URL + qr_expression(xml)

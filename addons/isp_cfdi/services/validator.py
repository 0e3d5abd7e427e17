"""Validate a document as a PAC would, before it is sealed and sent."""

from __future__ import annotations

import datetime

from lxml import etree

from . import const, xmlio
from .errors import CfdiError
from .postal import to_utc
from .rules import INVOICE_RULES
from .rules_rep import REP_RULES
from .schema import schema_errors

_SEAL_ATTRIBUTES = ("Sello", "Certificado", "NoCertificado")
_CLOCK_SLACK = datetime.timedelta(minutes=5)


def validate(
    xml: bytes, now: datetime.datetime | None = None, zone: str | None = None
) -> list[str]:
    """Problems of a document of type I, E or P; empty when a PAC should take it.

    An unsealed document is checked as if it were sealed.  ``now`` (aware) adds the check
    of Fecha; ``zone`` is the company's override of the postal code's time zone.
    """
    try:
        root = xmlio.parse(xml)
    except CfdiError as error:
        return [str(error)]
    problems = [f"XSD {text}" for text in schema_errors(_with_seal(root))]
    if problems:
        return problems
    payment = root.get("TipoDeComprobante") == const.TYPE_PAYMENT
    for rule in REP_RULES if payment else INVOICE_RULES:
        problems += rule(root)
    if now is not None:
        problems += check_fecha(root, now, zone)
    return problems


def check_fecha(root: etree._Element, now: datetime.datetime, zone: str | None = None) -> list[str]:
    """Fecha is local time of LugarExpedicion, not in the future, at most 72 h old."""
    try:
        issued = to_utc(root.get("Fecha", ""), root.get("LugarExpedicion"), zone)
    except (CfdiError, ValueError) as error:
        return [f"CFDI40101: {error}"]
    if issued > now + _CLOCK_SLACK:
        return ["CFDI40101: Fecha is in the future"]
    if now - issued > datetime.timedelta(hours=const.MAX_AGE_HOURS):
        return ["401: Fecha is older than 72 hours"]
    return []


def _with_seal(root: etree._Element) -> etree._Element:
    """A copy with placeholders, so that the schema can judge an unsealed document."""
    if all(root.get(name) for name in _SEAL_ATTRIBUTES):
        return root
    copy = xmlio.parse(xmlio.serialise(root))
    for name, value in zip(_SEAL_ATTRIBUTES, ("AA==", "AA==", "0" * 20), strict=True):
        copy.set(name, copy.get(name) or value)
    return copy

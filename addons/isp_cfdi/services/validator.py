"""Validate a document as a PAC would, before it is sealed and sent."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from lxml import etree

from . import const, xmlio
from .errors import CfdiError
from .postal import to_utc
from .problems import Problem
from .rules import check_currency, check_global, check_header, check_payment
from .rules_amounts import check_concepts, check_summary, check_totals
from .rules_parties import check_parties
from .rules_rep import check_fixed, check_payments
from .schema import schema_problems

Rule = Callable[[etree._Element], list[Problem]]

_SEAL_ATTRIBUTES = {"Sello": "AA==", "Certificado": "AA==", "NoCertificado": "0" * 20}
_CLOCK_SLACK = datetime.timedelta(minutes=5)
INVOICE_RULES: tuple[Rule, ...] = (
    check_header,
    check_parties,
    check_global,
    check_payment,
    check_currency,
    check_concepts,
    check_summary,
    check_totals,
)
REP_RULES: tuple[Rule, ...] = (
    check_header,
    check_parties,
    check_global,
    check_fixed,
    check_payments,
)


def validate(
    xml: bytes, now: datetime.datetime | None = None, zone: str | None = None
) -> list[str]:
    """Problems of a document of type I, E or P; empty when a PAC should take it.

    They are ``Problem`` strings with ``code`` and ``values``.  An unsealed document is
    checked as if it were sealed.  ``now`` (aware) adds the check of Fecha; ``zone`` is the
    company's override of the postal code's time zone.
    """
    try:
        root = xmlio.parse(xml)
    except CfdiError as error:
        return [Problem("XSD", text=error)]
    for name, value in _SEAL_ATTRIBUTES.items():
        # The tree is ours, so an unsealed document may borrow a seal for the schema.
        if not root.get(name):
            root.set(name, value)
    return [*rule_problems(root), *(check_fecha(root, now, zone) if now else [])]


def rule_problems(root: etree._Element) -> list[Problem]:
    """Problems of schema, then of rules; a document that breaks the schema is not judged on."""
    problems = schema_problems(root)
    if problems:
        return problems
    payment = root.get("TipoDeComprobante") == const.TYPE_PAYMENT
    return [problem for rule in (REP_RULES if payment else INVOICE_RULES) for problem in rule(root)]


def check_fecha(
    root: etree._Element, now: datetime.datetime, zone: str | None = None
) -> list[Problem]:
    """Fecha is local time of LugarExpedicion, not in the future, at most 72 h old."""
    fecha = root.get("Fecha", "")
    try:
        issued = to_utc(fecha, root.get("LugarExpedicion"), zone)
    except (CfdiError, ValueError):
        return [Problem("CFDI40101", fecha=fecha)]
    if issued > now + _CLOCK_SLACK:
        return [Problem("CFDI40101", fecha=fecha)]
    if now - issued > datetime.timedelta(hours=const.MAX_AGE_HOURS):
        return [Problem("401", hours=const.MAX_AGE_HOURS)]
    return []

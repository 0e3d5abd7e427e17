"""Validate a document as a PAC would, before it is sealed and sent."""

from __future__ import annotations

import datetime
from collections.abc import Callable

from lxml import etree

from . import const, xmlio
from .errors import CfdiError
from .nodes import Node, read_nodes
from .postal import to_utc
from .problems import Problem
from .rules import check_currency, check_global, check_header, check_payment
from .rules_amounts import check_amounts
from .rules_parties import check_parties
from .rules_rep import check_fixed, check_payments
from .schema import schema_problems

Rule = Callable[[Node], list[Problem]]

_SEAL_ATTRIBUTES = {"Sello": "AA==", "Certificado": "AA==", "NoCertificado": "0" * 20}
_CLOCK_SLACK = datetime.timedelta(minutes=5)
INVOICE_RULES: tuple[Rule, ...] = (
    check_header,
    check_parties,
    check_global,
    check_payment,
    check_currency,
    check_amounts,
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
    return list(problems_of(xml, now, zone)[0])


def problems_of(
    xml: bytes, now: datetime.datetime | None = None, zone: str | None = None
) -> tuple[list[Problem], etree._Element | None, Node | None]:
    """Problems of a document, and what was read of it where it could be read and judged."""
    try:
        root = xmlio.parse(xml)
    except CfdiError as error:
        return [Problem("XSD", text=error)], None, None
    borrowed = [name for name in _SEAL_ATTRIBUTES if not root.get(name)]
    for name in borrowed:
        # the tree is ours, so an unsealed document may borrow a seal for the schema
        root.set(name, _SEAL_ATTRIBUTES[name])
    problems = schema_problems(root)
    for name in borrowed:
        del root.attrib[name]
    if problems:
        return problems, root, None
    document = read_nodes(root)
    problems = rule_problems(document)
    if now:
        problems += check_fecha(root, now, zone)
    return problems, root, document


def rule_problems(document: Node) -> list[Problem]:
    """Problems of the rules in a document that keeps the schema."""
    payment = document.get("TipoDeComprobante") == const.TYPE_PAYMENT
    rules = REP_RULES if payment else INVOICE_RULES
    return [problem for rule in rules for problem in rule(document)]


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

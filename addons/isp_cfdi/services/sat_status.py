"""SAT's ConsultaCFDIService: is a document valid, cancelled or unknown?

The WSDL is not reliable, so the envelope is written by hand and the answer read by local
name; any element may be missing.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from xml.sax.saxutils import escape

from lxml import etree

from .errors import CfdiError
from .pac.errors import PacError
from .transport import TIMEOUT, post
from .xmlio import parse

_logger = logging.getLogger(__name__)
SAT_URL = "https://consultaqr.facturaelectronica.sat.gob.mx"
SERVICE_PATH = "/ConsultaCFDIService.svc"
SOAP_ACTION = "http://tempuri.org/IConsultaCFDIService/Consulta"
_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/"><s:Body>'
    '<Consulta xmlns="http://tempuri.org/"><expresionImpresa>{}</expresionImpresa></Consulta>'
    "</s:Body></s:Envelope>"
)
VALID = "valid"
CANCELLED = "cancelled"
IN_PROCESS = "in_process"
REJECTED = "rejected"
NOT_REGISTERED = "not_registered"
UNKNOWN = "unknown"


@dataclass(frozen=True)
class SatStatus:
    """Answer of SAT in its own words; missing elements are empty."""

    code: str = ""
    state: str = ""
    cancellable: str = ""
    cancellation: str = ""
    efos: str = ""

    @property
    def found(self) -> bool:
        """Only the first letter of CodigoEstatus is dependable."""
        return self.code.strip().upper().startswith("S")

    @property
    def verdict(self) -> str:
        """One of our words; code N tells nothing, whatever else the answer says."""
        if not self.found:
            return UNKNOWN
        if self.state == "Cancelado":
            return CANCELLED
        if self.state != "Vigente":
            return UNKNOWN
        if self.cancellation == "En proceso":
            return IN_PROCESS
        if self.cancellation == "Solicitud rechazada":
            return REJECTED
        if self.cancellable == "No cancelable":
            return REJECTED
        return NOT_REGISTERED if self.cancellable.startswith("Cancelable") else VALID


def envelope(expression: str) -> bytes:
    """SOAP request for a printed expression (see ``qr.expression``)."""
    return _ENVELOPE.format(escape(expression)).encode()


def parse_status(body: bytes) -> SatStatus:
    """Read the answer; raises ``CfdiError`` when it is not XML."""
    root = parse(body)
    values = {
        etree.QName(node).localname: (node.text or "").strip()
        for node in root.iter(etree.Element)
        if not len(node)
    }
    return SatStatus(
        code=values.get("CodigoEstatus", ""),
        state=values.get("Estado", ""),
        cancellable=values.get("EsCancelable", ""),
        cancellation=values.get("EstatusCancelacion", ""),
        efos=values.get("ValidacionEFOS", ""),
    )


def ask(
    expression: str, base_url: str = SAT_URL, timeout: float = TIMEOUT
) -> tuple[SatStatus, bytes]:
    """Ask SAT; returns the status and the raw answer.

    Raises the errors of ``transport.post``, and ``CfdiError`` on an unreadable answer.
    """
    headers = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": SOAP_ACTION}
    url = base_url.rstrip("/") + SERVICE_PATH
    answer = post(url, headers, timeout, data=envelope(expression))
    if answer.status != 200:
        raise CfdiError(f"SAT answered HTTP {answer.status}")
    return parse_status(answer.body), answer.body


def ask_quietly(expression: str, base_url: str, timeout: float = TIMEOUT) -> SatStatus | None:
    """Ask SAT; None when it could not be asked or its answer could not be read."""
    try:
        return ask(expression, base_url, timeout)[0]
    except (PacError, CfdiError) as error:
        _logger.info("SAT's status service: %s", error)
        return None

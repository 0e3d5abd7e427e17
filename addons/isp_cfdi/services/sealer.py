"""Seal a Comprobante with a CSD."""

from __future__ import annotations

import base64
import datetime

from lxml import etree

from . import xmlio
from .cadena import cadena
from .cadena_nodes import known_cadena
from .csd import Csd
from .errors import CfdiDataError, CsdError
from .nodes import Node, read_nodes
from .validator import problems_of
from .xmlwriter import DECLARATION

_OPENING = f"{DECLARATION}<cfdi:Comprobante ".encode()
_SEAL = ("Sello", "Certificado", "NoCertificado")


def seal(xml: bytes, csd: Csd) -> bytes:
    """Return the document with NoCertificado, Certificado and Sello.

    The same document and certificate always give the same bytes.  Raises ``CsdError``
    when the certificate belongs to another issuer: no PAC would take it.
    """
    root = xmlio.parse(xml)
    return _sealed(xml, root, read_nodes(root), csd)


def prepare(
    xml: bytes, csd: Csd, now: datetime.datetime | None = None, zone: str | None = None
) -> bytes:
    """Check an unsealed document and seal it, in one reading: what goes to the PAC.

    Arguments are those of ``validate`` and ``seal``.  Raises ``CfdiDataError`` with its
    problems, or ``CsdError``.
    """
    problems, root, document = problems_of(xml, now, zone)
    if problems or root is None or document is None:
        raise CfdiDataError(list(problems))
    return _sealed(xml, root, document, csd)


def _sealed(xml: bytes, root: etree._Element, document: Node, csd: Csd) -> bytes:
    """Insert the seal where the bytes are our own, else let the style sheet and lxml do it."""
    known = None
    end = _end_of_opening(xml)
    if end and not any(name in document.attributes for name in _SEAL):
        known = known_cadena(xml, document, csd.certificate.number)
    if known is None:
        return seal_with_style_sheet(xml, csd)
    _check_owner(root, csd)
    certificate = csd.certificate
    signature = base64.b64encode(csd.sign(known.encode())).decode()
    written = (
        f' NoCertificado="{certificate.number}" Certificado="{certificate.base64}"'
        f' Sello="{signature}"'
    )
    return xml[:end] + written.encode() + xml[end:]


def _end_of_opening(xml: bytes) -> int:
    """Where the root's attributes end in bytes of our own writer, 0 in any others.

    Our writer begins with the root, quotes with ``"`` and escapes ``>`` in values.
    """
    if not xml.startswith(_OPENING):
        return 0
    end = xml.find(b">", len(_OPENING))
    opening = xml[len(_OPENING) : end]
    return 0 if b"'" in opening or opening.count(b'"') != 2 * opening.count(b'="') else end


def seal_with_style_sheet(xml: bytes, csd: Csd) -> bytes:
    """Seal whatever SAT's style sheet understands, also a document that is sealed already."""
    root = xmlio.parse(xml)
    _check_owner(root, csd)
    root.attrib.pop("Sello", None)
    root.set("NoCertificado", csd.certificate.number)
    root.set("Certificado", csd.certificate.base64)
    signature = csd.sign(cadena(root).encode())
    root.set("Sello", base64.b64encode(signature).decode())
    return xmlio.serialise(root)


def _check_owner(root: etree._Element, csd: Csd) -> None:
    issuer = root.find("{*}Emisor")
    if issuer is not None and issuer.get("Rfc") != csd.certificate.rfc:
        raise CsdError("rfc", f"The certificate belongs to {csd.certificate.rfc}")

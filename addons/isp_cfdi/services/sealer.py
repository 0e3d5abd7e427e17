"""Seal a Comprobante with a CSD."""

from __future__ import annotations

import base64

from . import xmlio
from .cadena import cadena
from .csd import Csd
from .errors import CsdError


def seal(xml: bytes, csd: Csd) -> bytes:
    """Return the document with NoCertificado, Certificado and Sello.

    The same document and certificate always give the same bytes.  Raises ``CsdError``
    when the certificate belongs to another issuer: no PAC would take it.
    """
    root = xmlio.parse(xml)
    issuer = root.find("{*}Emisor")
    if issuer is not None and issuer.get("Rfc") != csd.certificate.rfc:
        raise CsdError("rfc", f"The certificate belongs to {csd.certificate.rfc}")
    root.attrib.pop("Sello", None)
    root.set("NoCertificado", csd.certificate.number)
    root.set("Certificado", csd.certificate.base64)
    signature = csd.sign(cadena(root).encode())
    root.set("Sello", base64.b64encode(signature).decode())
    return xmlio.serialise(root)

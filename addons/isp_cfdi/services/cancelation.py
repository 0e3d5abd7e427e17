"""Build and sign SAT's Cancelacion (XMLDSig, rsa-sha1 as SAT prescribes).

``xmlsec`` is not needed: the enveloped signature over one document is small enough to
write with lxml, and works where xmlsec and lxml were built against different libxml2.
"""

from __future__ import annotations

import base64
from dataclasses import dataclass

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from . import xmlio
from .csd import Csd
from .errors import CfdiError, CsdError

NS = "http://cancelacfd.sat.gob.mx"
DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
MOTIVE_REPLACED = "01"
MOTIVES = ("01", "02", "03", "04")


@dataclass(frozen=True)
class CancelRequest:
    """One UUID to cancel.  ``fecha`` is local time of the issuer's postal code."""

    rfc: str
    uuid: str
    motive: str
    fecha: str
    substitute: str = ""


def build_cancelation(request: CancelRequest) -> bytes:
    """The unsigned document.

    FolioSustitucion goes with motive 01 only: an empty one is answered 301.
    """
    if request.motive not in MOTIVES:
        raise CfdiError(f"Unknown cancelation motive {request.motive}")
    if (request.motive == MOTIVE_REPLACED) != bool(request.substitute):
        raise CfdiError("Motive 01 wants the UUID of the substitute, the others forbid it")
    root = etree.Element(f"{{{NS}}}Cancelacion", nsmap={None: NS})
    root.set("RfcEmisor", request.rfc)
    root.set("Fecha", request.fecha)
    folio = etree.SubElement(etree.SubElement(root, f"{{{NS}}}Folios"), f"{{{NS}}}Folio")
    folio.set("UUID", request.uuid)
    folio.set("Motivo", request.motive)
    if request.substitute:
        folio.set("FolioSustitucion", request.substitute)
    return xmlio.serialise(root)


def sign_cancelation(request: CancelRequest, csd: Csd) -> bytes:
    """The document with its enveloped signature.

    Raises ``CsdError`` when the host's OpenSSL policy refuses SHA-1, which SAT demands.
    """
    root = xmlio.parse(build_cancelation(request))
    digest = _sha1(etree.tostring(root, method="c14n"))
    signed_info = xmlio.parse(_signed_info(digest))
    value = _sign(csd, etree.tostring(signed_info, method="c14n"))
    signature = etree.SubElement(root, f"{{{DS}}}Signature", nsmap={None: DS})
    signature.append(signed_info)
    _text(signature, "SignatureValue", base64.b64encode(value).decode())
    _key_info(signature, csd)
    return xmlio.serialise(root)


def _sha1(data: bytes) -> str:
    digest = hashes.Hash(hashes.SHA1())  # noqa: S303 - prescribed by SAT
    digest.update(data)
    return base64.b64encode(digest.finalize()).decode()


def _sign(csd: Csd, message: bytes) -> bytes:
    try:
        return csd.key.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    except (UnsupportedAlgorithm, ValueError) as error:
        text = "This host refuses SHA-1 signatures, which SAT's cancelation needs"
        raise CsdError("sha1", text) from error


def _signed_info(digest: str) -> bytes:
    """Written as text and parsed, so that its C14N equals what a verifier sees."""
    return (
        f'<SignedInfo xmlns="{DS}"><CanonicalizationMethod Algorithm="{C14N}"/>'
        f'<SignatureMethod Algorithm="{DS}rsa-sha1"/><Reference URI=""><Transforms>'
        f'<Transform Algorithm="{DS}enveloped-signature"/></Transforms>'
        f'<DigestMethod Algorithm="{DS}sha1"/><DigestValue>{digest}</DigestValue>'
        "</Reference></SignedInfo>"
    ).encode()


def _text(parent: etree._Element, name: str, text: str) -> None:
    etree.SubElement(parent, f"{{{DS}}}{name}").text = text


def _key_info(signature: etree._Element, csd: Csd) -> None:
    data = etree.SubElement(etree.SubElement(signature, f"{{{DS}}}KeyInfo"), f"{{{DS}}}X509Data")
    cert = x509.load_der_x509_certificate(csd.certificate.der)
    serial = etree.SubElement(data, f"{{{DS}}}X509IssuerSerial")
    _text(serial, "X509IssuerName", cert.issuer.rfc4514_string())
    _text(serial, "X509SerialNumber", str(cert.serial_number))
    _text(data, "X509Certificate", csd.certificate.base64)

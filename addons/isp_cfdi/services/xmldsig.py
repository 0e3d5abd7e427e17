"""Enveloped XML signatures as SAT's cancelation service wants them: C14N, rsa-sha1, X509Data.

``xmlsec`` signs where it can be imported; where it is missing, or was built against another
libxml2 than lxml, a signature over one whole document is small enough to write here.  Both
give documents that any verifier accepts.
"""

from __future__ import annotations

import base64
import hashlib
from functools import lru_cache
from types import ModuleType

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding
from lxml import etree

from . import xmlio
from .csd import Csd
from .errors import CsdError
from .xmlwriter import attributes, tag

DS = "http://www.w3.org/2000/09/xmldsig#"
C14N = "http://www.w3.org/TR/2001/REC-xml-c14n-20010315"
_NO_SHA1 = "This host refuses SHA-1 signatures, which SAT's cancelation needs"


@lru_cache(maxsize=1)
def xmlsec_module() -> ModuleType | None:
    """The module, or None: it refuses to load beside an lxml built with another libxml2."""
    try:
        import xmlsec
    except Exception:  # noqa: BLE001 - its own InternalError cannot be named before the import
        return None
    return xmlsec


def sign_enveloped(xml: bytes, csd: Csd) -> bytes:
    """The document with its signature, by whichever way this host has.

    Raises ``CsdError`` (``sha1``) when the host's OpenSSL policy refuses SHA-1.
    """
    module = xmlsec_module()
    return sign_with_xmlsec(xml, csd, module) if module else sign_with_lxml(xml, csd)


def sign_with_xmlsec(xml: bytes, csd: Csd, xmlsec: ModuleType) -> bytes:
    """Sign with the XML Security Library."""
    root, transform, template = xmlio.parse(xml), xmlsec.Transform, xmlsec.template
    signature = template.create(root, transform.C14N, transform.RSA_SHA1)
    root.append(signature)
    reference = template.add_reference(signature, transform.SHA1, uri="")
    template.add_transform(reference, transform.ENVELOPED)
    data = template.add_x509_data(template.ensure_key_info(signature))
    template.x509_data_add_issuer_serial(data)
    template.x509_data_add_certificate(data)
    context = xmlsec.SignatureContext()
    context.key = xmlsec.Key.from_memory(_plain_key(csd), xmlsec.KeyFormat.DER)
    context.key.load_cert_from_memory(csd.certificate.der, xmlsec.KeyFormat.CERT_DER)
    try:
        context.sign(signature)
    except xmlsec.Error as error:
        raise CsdError("sha1", _NO_SHA1) from error
    for name in ("SignatureValue", "X509Certificate"):
        # not covered by the signature: some readers of Base64 refuse line breaks
        for node in signature.iter(f"{{{DS}}}{name}"):
            node.text = "".join((node.text or "").split())
    return xmlio.serialise(root)


def _plain_key(csd: Csd) -> bytes:
    return csd.key.private_bytes(
        serialization.Encoding.DER,
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )


def sign_with_lxml(xml: bytes, csd: Csd) -> bytes:
    """Sign with lxml and cryptography alone."""
    root = xmlio.parse(xml)
    digest = hashlib.sha1(xmlio.canonical(root), usedforsecurity=False).digest()
    signed_info = xmlio.parse(_signed_info(digest, root))
    value = _sign(csd, xmlio.canonical(signed_info))
    signature = (
        f'<Signature xmlns="{DS}">{tag("SignedInfo", "")}'
        f"{tag('SignatureValue', base64.b64encode(value).decode())}{_key_info(csd)}</Signature>"
    )
    node = xmlio.parse(signature.encode())
    node.replace(node[0], signed_info)
    root.append(node)
    return xmlio.serialise(root)


def _signed_info(digest: bytes, root: etree._Element) -> bytes:
    """Written as text and parsed: a tree built in memory may canonicalise differently.

    Inclusive C14N shows every namespace in scope, so those of ``root`` are declared here as
    a verifier will see them inside the document.
    """
    scope = {f"xmlns:{prefix}": uri for prefix, uri in root.nsmap.items() if prefix}
    return (
        f'<SignedInfo xmlns="{DS}"{attributes(scope)}>'
        f'<CanonicalizationMethod Algorithm="{C14N}"/>'
        f'<SignatureMethod Algorithm="{DS}rsa-sha1"/><Reference URI=""><Transforms>'
        f'<Transform Algorithm="{DS}enveloped-signature"/></Transforms>'
        f'<DigestMethod Algorithm="{DS}sha1"/>'
        f"<DigestValue>{base64.b64encode(digest).decode()}</DigestValue>"
        "</Reference></SignedInfo>"
    ).encode()


def _sign(csd: Csd, message: bytes) -> bytes:
    try:
        return csd.key.sign(message, padding.PKCS1v15(), hashes.SHA1())  # noqa: S303
    except (UnsupportedAlgorithm, ValueError) as error:
        raise CsdError("sha1", _NO_SHA1) from error


def _key_info(csd: Csd) -> str:
    cert = x509.load_der_x509_certificate(csd.certificate.der)
    serial = tag("X509IssuerName", cert.issuer.rfc4514_string())
    serial += tag("X509SerialNumber", str(cert.serial_number))
    data = f"<X509IssuerSerial>{serial}</X509IssuerSerial>"
    data += tag("X509Certificate", csd.certificate.base64)
    return f"<KeyInfo><X509Data>{data}</X509Data></KeyInfo>"

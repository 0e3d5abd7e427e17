"""Check seals and compare what was sent with what came back."""

from __future__ import annotations

import base64
import binascii

from lxml import etree

from . import xmlio
from .cadena import cadena, cadena_tfd
from .const import CFDI, TFD
from .csd import Certificate, load_certificate
from .errors import CfdiError
from .tfd import find_tfd


def _signature(text: str | None) -> bytes:
    try:
        return base64.b64decode(text or "", validate=True)
    except binascii.Error:
        return b""


def embedded_certificate(root: etree._Element) -> Certificate:
    """The certificate inside the document; raises ``CfdiError`` when there is none."""
    der = _signature(root.get("Certificado"))
    if not der:
        raise CfdiError("The document carries no certificate")
    return load_certificate(der)


def verify_seal(xml: bytes) -> bool:
    """Whether Sello belongs to the document and to its embedded certificate."""
    root = xmlio.parse(xml)
    certificate = embedded_certificate(root)
    if certificate.number != root.get("NoCertificado"):
        return False
    return certificate.verify(_signature(root.get("Sello")), cadena(root).encode())


def verify_stamp(xml: bytes, pac_certificate: Certificate) -> bool:
    """Whether SelloSAT of the stamp was made with the PAC's certificate."""
    tfd = find_tfd(xmlio.parse(xml))
    if tfd is None or tfd.get("NoCertificadoSAT") != pac_certificate.number:
        return False
    return pac_certificate.verify(_signature(tfd.get("SelloSAT")), cadena_tfd(tfd).encode())


def without_stamp(root: etree._Element) -> etree._Element:
    """A copy without the stamp, and without the Complemento when nothing is left in it."""
    copy = xmlio.parse(xmlio.serialise(root))
    for complement in copy.findall(f"{CFDI}Complemento"):
        for tfd in complement.findall(f"{TFD}TimbreFiscalDigital"):
            complement.remove(tfd)
        if len(complement) == 0:
            copy.remove(complement)
    return copy


def stamped_problems(sent: bytes, stamped: bytes) -> list[str]:
    """Why ``stamped`` is not our document plus a stamp; empty when it is.

    Both are compared by C14N without the stamp, so a PAC may declare namespaces as it
    likes but cannot change a value.
    """
    ours, theirs = xmlio.parse(sent), xmlio.parse(stamped)
    tfd = find_tfd(theirs)
    if theirs.tag != f"{CFDI}Comprobante" or tfd is None:
        return ["The answer is not a stamped document"]
    problems = []
    if theirs.get("Sello") != ours.get("Sello"):
        problems.append("The stamped document carries another seal")
    if tfd.get("SelloCFD") != ours.get("Sello"):
        problems.append("The stamp belongs to another seal")
    if not problems and _content(ours) != _content(theirs):
        problems.append("The stamped document differs from the one we sent")
    return problems


def _content(root: etree._Element) -> bytes:
    """Canonical content; layout and schemaLocation are the PAC's to choose."""
    copy = without_stamp(root)
    for node in copy.iter():
        node.attrib.pop("{http://www.w3.org/2001/XMLSchema-instance}schemaLocation", None)
        if len(node) and not (node.text or "").strip():
            node.text = None
        if not (node.tail or "").strip():
            node.tail = None
    etree.cleanup_namespaces(copy)
    return xmlio.canonical(copy)

"""Read and write XML strictly; a stamped document is never written again."""

from __future__ import annotations

import hashlib

from lxml import etree

from .const import CFDI
from .errors import CfdiError


def parser() -> etree.XMLParser:
    """A parser without entities, network, recovery or DTD."""
    return etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, recover=False)


def parse(xml: bytes) -> etree._Element:
    """Return the root; raise ``CfdiError`` when the bytes are not well-formed XML."""
    try:
        root = etree.fromstring(xml, parser())
    except (etree.XMLSyntaxError, ValueError) as error:
        raise CfdiError(f"The XML cannot be read: {error}") from error
    if root.getroottree().docinfo.doctype:
        raise CfdiError("The XML carries a document type, which SAT does not allow")
    return root


def concepts_of(root: etree._Element) -> list[etree._Element]:
    """All Concepto nodes."""
    return root.findall(f"{CFDI}Conceptos/{CFDI}Concepto")


def serialise(root: etree._Element) -> bytes:
    """UTF-8 bytes with a declaration and without any formatting."""
    return etree.tostring(root, xml_declaration=True, encoding="UTF-8")


def canonical(root: etree._Element) -> bytes:
    """Inclusive C14N, to compare two documents by content."""
    return etree.tostring(root, method="c14n")


def sha256(data: bytes) -> str:
    """Hexadecimal SHA-256."""
    return hashlib.sha256(data).hexdigest()

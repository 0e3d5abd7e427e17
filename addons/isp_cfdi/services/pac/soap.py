"""The little of SOAP 1.1 that Finkok needs: envelopes by hand, answers read by local name."""

from __future__ import annotations

from xml.sax.saxutils import escape

from lxml import etree

from .. import xmlio

_ENVELOPE = (
    '<?xml version="1.0" encoding="UTF-8"?>\n'
    '<s:Envelope xmlns:s="http://schemas.xmlsoap.org/soap/envelope/" xmlns:o="{}"><s:Body>'
    "<o:{}>{}</o:{}></s:Body></s:Envelope>"
)


def envelope(namespace: str, operation: str, values: dict[str, str]) -> bytes:
    """The request; every parameter is in the namespace of the operation."""
    rows = "".join(f"<o:{name}>{escape(value)}</o:{name}>" for name, value in values.items())
    return _ENVELOPE.format(namespace, operation, rows, operation).encode()


def body(raw: bytes) -> etree._Element:
    """The first element of the body; raises ``CfdiError`` or ``ValueError`` without one."""
    root = xmlio.parse(raw)
    found = [node for node in root.iter(etree.Element) if local(node) == "Body"]
    if not found or not len(found[0]):
        raise ValueError("The answer is not a SOAP envelope")
    return found[0][0]


def local(node: etree._Element) -> str:
    """Name without namespace."""
    return etree.QName(node).localname


def child(node: etree._Element, name: str) -> etree._Element | None:
    """The first child of that local name."""
    return next((each for each in node.iterchildren(etree.Element) if local(each) == name), None)


def text(node: etree._Element | None, name: str) -> str:
    """The text of a child, empty when it is missing or nil."""
    found = None if node is None else child(node, name)
    return "" if found is None else (found.text or "").strip()


def rows(node: etree._Element | None, name: str) -> list[etree._Element]:
    """The descendants of that local name, whatever list element they are wrapped in."""
    if node is None:
        return []
    return [each for each in node.iterdescendants(etree.Element) if local(each) == name]

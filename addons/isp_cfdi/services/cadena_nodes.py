"""The cadena original of documents that we build ourselves, without the style sheet.

It knows types I, E, P and global in SAT's order (``cadena_order``).  Anything else gives
None: then SAT's style sheet is asked, which also verifies every seal.
"""

from __future__ import annotations

from .cadena_order import COMPROBANTE
from .cadena_order import Node as Order
from .const import CFDI
from .nodes import Node

_END = 1_000_000


class _UnknownError(Exception):
    """The document holds what the tables do not name, or in another order."""


def known_cadena(xml: bytes, document: Node, number: str) -> str | None:
    """Cadena original of ``document``, as parsed from ``xml``, with NoCertificado ``number``.

    Blanks other than spaces only come in as references (``&#10;``): with any of them the
    style sheet decides.
    """
    if document.tag != f"{CFDI}Comprobante" or b"&#" in xml:
        return None
    attributes = {**document.attributes, "NoCertificado": number}
    parts = ["|"]
    try:
        _write(Node(document.tag, attributes, document.children), COMPROBANTE, parts)
    except _UnknownError:
        return None
    parts.append("||")
    return "".join(parts)


def _write(node: Node, order: Order, parts: list[str]) -> None:
    get = node.get
    for key, required in order.names:
        value = get(key)
        if value is not None:
            parts.append("|" + (value if " " not in value else _normalised(value)))
        elif required:
            parts.append("|")
    rank = 0
    pending = [(at, get(key)) for at, key in order.after]
    for child in node.children:
        known = order.children.get(child.tag)
        if known is None or known.rank < rank:
            raise _UnknownError
        rank = known.rank
        if pending:
            _flush(pending, rank, parts)
        _write(child, known, parts)
    if pending:
        _flush(pending, _END, parts)


def _flush(pending: list[tuple[int, str | None]], rank: int, parts: list[str]) -> None:
    """Write the sums of the summary that come before the child of ``rank``."""
    while pending and pending[0][0] <= rank:
        value = pending.pop(0)[1]
        if value is not None:
            parts.append("|" + _normalised(value))


def _normalised(value: str) -> str:
    """XPath's normalize-space for spaces."""
    return " ".join(part for part in value.split(" ") if part)

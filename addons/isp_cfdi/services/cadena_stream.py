"""The cadena original straight from the bytes: a fifth of the style sheet's time.

It understands what we build ourselves (types I, E, P and global, in SAT's order).  Anything
else gives None, and the style sheet is asked.
"""

from __future__ import annotations

from xml.parsers import expat

from .cadena_order import ROOT, Node

_END = 1_000_000
_BLANKS = " \t\n\r"


class _LeftToStyleSheet(Exception):
    """The document holds what the tables do not name."""


class Reading:
    """One pass over a document.  ``extra`` are attributes that the root is about to get."""

    def __init__(self, extra: dict[str, str]) -> None:
        self.extra = extra
        self.parts = ["|"]
        self.root: dict[str, str] = {}
        self.issuer = ""
        #: byte where the first child of the root begins
        self.first_child = 0
        self._stack: list[Node] = [ROOT]
        self._ranks = [0]
        self._pending: list[tuple[int, str]] = []
        self._parser = expat.ParserCreate("UTF-8", "}")

    def read(self, xml: bytes) -> bool:
        """Whether the document was understood; ``parts`` are then complete."""
        if b"&#" in xml or b"<!" in xml:
            return False
        self._parser.StartElementHandler = self._start
        self._parser.EndElementHandler = self._end
        try:
            self._parser.Parse(xml, True)
        except (_LeftToStyleSheet, expat.ExpatError):
            return False
        self.parts.append("||")
        return True

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        stack = self._stack
        node = stack[-1].children.get(name)
        if node is None or node.rank < self._ranks[-1]:
            raise _LeftToStyleSheet
        self._ranks[-1] = node.rank
        depth = len(stack)
        if depth == 1:
            self.root = attributes
            attributes = {**attributes, **self.extra}
        elif depth == 2:
            self._second_level(name, attributes)
        if self._pending:
            self._flush(node.rank if depth == 3 else -1)
        if node.after:
            self._pending = [
                (rank, attributes[key]) for rank, key in node.after if key in attributes
            ]
        parts = self.parts
        for key, required in node.names:
            value = attributes.get(key)
            if value is not None:
                parts.append("|" + value if " " not in value else "|" + normalised(value))
            elif required:
                parts.append("|")
        stack.append(node)
        self._ranks.append(0)

    def _second_level(self, name: str, attributes: dict[str, str]) -> None:
        if not self.first_child:
            self.first_child = self._parser.CurrentByteIndex
        if name.endswith("}Emisor"):
            self.issuer = attributes.get("Rfc", "")

    def _end(self, _name: str) -> None:
        node = self._stack.pop()
        self._ranks.pop()
        if node.after:
            self._flush(_END)

    def _flush(self, rank: int) -> None:
        """Write the sums of the summary that come before the child of ``rank``."""
        while self._pending and self._pending[0][0] <= rank:
            self.parts.append("|" + normalised(self._pending.pop(0)[1]))


def normalised(value: str) -> str:
    """XPath's normalize-space: XML's four blanks only, no others of Unicode."""
    for blank in _BLANKS[1:]:
        value = value.replace(blank, " ")
    return " ".join(part for part in value.split(" ") if part)

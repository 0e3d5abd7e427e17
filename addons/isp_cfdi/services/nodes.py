"""A document as plain Python values, for the rules that look at every attribute several times.

Asking a tree of lxml costs a proxy per element and a search per question; here both are paid
once.
"""

from __future__ import annotations

from collections.abc import Iterator

from lxml import etree


class Node:
    """An element: tag with namespace, attributes, children."""

    __slots__ = ("attributes", "children", "get", "tag")

    def __init__(self, tag: str, attributes: dict[str, str], children: list[Node]) -> None:
        self.tag, self.attributes, self.children = tag, attributes, children
        self.get = attributes.get

    def find(self, tag: str) -> Node | None:
        """The first child with ``tag``."""
        for child in self.children:
            if child.tag == tag:
                return child
        return None

    def all(self, tag: str) -> list[Node]:
        """The children with ``tag``."""
        return [child for child in self.children if child.tag == tag]

    def below(self, *tags: str) -> list[Node]:
        """The elements at the end of a path of tags."""
        nodes = [self]
        for tag in tags:
            nodes = [child for node in nodes for child in node.children if child.tag == tag]
        return nodes

    def grandchildren(self) -> Iterator[Node]:
        """The children of the children, in their order."""
        for child in self.children:
            yield from child.children


def read_nodes(root: etree._Element) -> Node:
    """The tree below ``root``; comments and processing instructions are left out."""
    children = [read_nodes(child) for child in root if isinstance(child.tag, str)]
    return Node(root.tag, dict(root.items()), children)

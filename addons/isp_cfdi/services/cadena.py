"""Cadena original: the text that a seal signs."""

from __future__ import annotations

from lxml import etree

from . import xmlio
from .schema import cfdi_stylesheet, tfd_stylesheet


def cadena(root: etree._Element) -> str:
    """Cadena original of a Comprobante, whatever else the tree carries."""
    return str(cfdi_stylesheet()(root))


def cadena_tfd(tfd: etree._Element) -> str:
    """Cadena original of a TimbreFiscalDigital.

    The style sheet wants the element as a document of its own, so it is parsed again.
    """
    alone = xmlio.parse(etree.tostring(tfd, with_tail=False))
    return str(tfd_stylesheet()(alone))

"""SAT's own schema and style sheets, compiled here independently of the addon."""

import threading
from functools import lru_cache
from pathlib import Path

from lxml import etree

FOLDER = Path(__file__).resolve().parents[3] / "addons/isp_cfdi/services/resources"
CFDI = "{http://www.sat.gob.mx/cfd/4}"
TFD = "{http://www.sat.gob.mx/TimbreFiscalDigital}"
_lock = threading.Lock()


def read(xml: bytes) -> etree._Element:
    """Parse strictly.

    :raises etree.XMLSyntaxError: not well-formed.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, recover=False)
    return etree.fromstring(xml, parser)


@lru_cache(maxsize=4)
def _xslt(name: str) -> etree.XSLT:
    return etree.XSLT(etree.parse(str(FOLDER / name)))


@lru_cache(maxsize=1)
def _xsd() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(FOLDER / "cfdi.xsd")))


def original_string(root: etree._Element) -> bytes:
    """What the issuer's seal signs."""
    return str(_xslt("4/cadenaoriginal_4_0/cadenaoriginal_4_0.xslt")(root)).encode()


def stamp_string(tfd: etree._Element) -> bytes:
    """What SAT's seal signs."""
    alone = read(etree.tostring(tfd, with_tail=False))
    return str(_xslt("TimbreFiscalDigital/cadenaoriginal_TFD_1_1.xslt")(alone)).encode()


def schema_problem(root: etree._Element) -> str:
    """First error of the schema, empty when valid."""
    with _lock:
        schema = _xsd()
        return "" if schema.validate(root) else schema.error_log[0].message

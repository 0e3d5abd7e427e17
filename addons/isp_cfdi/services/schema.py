"""SAT's schemas and style sheets, compiled once per process and only when needed."""

from __future__ import annotations

import re
import threading
from functools import lru_cache
from pathlib import Path

from lxml import etree

from .problems import Problem

RESOURCES = Path(__file__).resolve().parent / "resources"
_XSLT_CFDI = "4/cadenaoriginal_4_0/cadenaoriginal_4_0.xslt"
_XSLT_TFD = "TimbreFiscalDigital/cadenaoriginal_TFD_1_1.xslt"
_NAMESPACE = re.compile(r"\{[^}]*\}")
#: Messages of libxml2, which has no codes for them.
_MESSAGES = (
    (
        "XSD_VALUE",
        re.compile(
            r"Element '(?P<element>\w+)', attribute '(?P<field>\w+)': "
            r"(?:\[facet '\w+'\] The value )?'(?P<value>.*?)'(?: has a length| is )",
            re.DOTALL,
        ),
    ),
    (
        "XSD_MISSING",
        re.compile(r"Element '(?P<element>\w+)': The attribute '(?P<field>\w+)' is required"),
    ),
    (
        "XSD_EXTRA",
        re.compile(r"Element '(?P<element>\w+)', attribute '(?P<field>\w+)': The attribute"),
    ),
    ("XSD_ELEMENT", re.compile(r"Element '(?P<element>\w+)': This element is not expected")),
)
_schema_lock = threading.Lock()


class _NoNetwork(etree.Resolver):
    """Refuse every address outside the resource folder."""

    def resolve(self, system_url: str, public_id: str, context: object):
        if system_url.startswith(("http:", "https:", "ftp:")):
            raise etree.LxmlError(f"Network access refused: {system_url}")
        return None


def _local_parser() -> etree.XMLParser:
    parser = etree.XMLParser(no_network=True, load_dtd=False, resolve_entities=False)
    parser.resolvers.add(_NoNetwork())
    return parser


@lru_cache(maxsize=1)
def _schema() -> etree.XMLSchema:
    return etree.XMLSchema(etree.parse(str(RESOURCES / "cfdi.xsd"), _local_parser()))


@lru_cache(maxsize=2)
def _stylesheet(name: str) -> etree.XSLT:
    access = etree.XSLTAccessControl(read_network=False, write_network=False, write_file=False)
    document = etree.parse(str(RESOURCES / name), _local_parser())
    return etree.XSLT(document, access_control=access)


def schema_problems(root: etree._Element) -> list[Problem]:
    """What SAT's schema refuses, one problem per attribute or element; empty when valid.

    The error log belongs to the shared schema object, so threads take turns.
    """
    with _schema_lock:
        schema = _schema()
        if schema.validate(root):
            return []
        return list(dict.fromkeys(_readable(error.message) for error in schema.error_log))


def _readable(message: str) -> Problem:
    """The parser's message in words; what is not recognised stays as it is."""
    plain = _NAMESPACE.sub("", message)
    for code, pattern in _MESSAGES:
        match = pattern.match(plain)
        if match:
            return Problem(code, **match.groupdict())
    return Problem("XSD", text=plain)


def cfdi_stylesheet() -> etree.XSLT:
    """The cadena original of CFDI 4.0 with Pagos 2.0."""
    return _stylesheet(_XSLT_CFDI)


def tfd_stylesheet() -> etree.XSLT:
    """The cadena original of the Timbre Fiscal Digital 1.1."""
    return _stylesheet(_XSLT_TFD)

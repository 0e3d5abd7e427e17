"""Read the Timbre Fiscal Digital and the few fields we show of a stored document."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from lxml import etree

from . import xmlio
from .cadena import cadena_tfd
from .const import CFDI, TFD
from .errors import CfdiError

_UUID = re.compile(r"[0-9A-F]{8}(-[0-9A-F]{4}){3}-[0-9A-F]{12}")


@dataclass(frozen=True)
class Stamp:
    """A Timbre Fiscal Digital 1.1.  ``stamped_at`` is Mexico City time without zone."""

    uuid: str
    stamped_at: str
    pac_rfc: str
    seal_cfdi: str
    seal_sat: str
    sat_certificate: str
    cadena: str


@dataclass(frozen=True)
class Summary:
    """What identifies a CFDI: the values of the QR code and of SAT's status service."""

    issuer_rfc: str
    receiver_rfc: str
    receiver_name: str
    total: Decimal
    seal: str
    uuid: str | None


def find_tfd(root: etree._Element) -> etree._Element | None:
    """The stamp of a Comprobante, or None; the last Complemento wins as in SAT's files."""
    found = root.findall(f"{CFDI}Complemento/{TFD}TimbreFiscalDigital")
    return found[-1] if found else None


def parse_tfd(xml: bytes) -> Stamp | None:
    """The stamp of a document, None when it has none.

    Raises ``CfdiError`` when a stamp is there but its UUID is not one.
    """
    tfd = find_tfd(xmlio.parse(xml))
    if tfd is None:
        return None
    uuid = (tfd.get("UUID") or "").upper()
    if not _UUID.fullmatch(uuid):
        raise CfdiError("The stamp carries no valid UUID")
    return Stamp(
        uuid=uuid,
        stamped_at=tfd.get("FechaTimbrado", ""),
        pac_rfc=tfd.get("RfcProvCertif", ""),
        seal_cfdi=tfd.get("SelloCFD", ""),
        seal_sat=tfd.get("SelloSAT", ""),
        sat_certificate=tfd.get("NoCertificadoSAT", ""),
        cadena=cadena_tfd(tfd),
    )


def summary(xml: bytes) -> Summary:
    """Issuer, receiver, total and seal, always from the stored document."""
    root = xmlio.parse(xml)
    issuer, receiver = root.find(f"{CFDI}Emisor"), root.find(f"{CFDI}Receptor")
    if issuer is None or receiver is None:
        raise CfdiError("The document has no issuer or no receiver")
    tfd = find_tfd(root)
    return Summary(
        issuer_rfc=issuer.get("Rfc", ""),
        receiver_rfc=receiver.get("Rfc", ""),
        receiver_name=receiver.get("Nombre", ""),
        total=Decimal(root.get("Total", "0")),
        seal=root.get("Sello", ""),
        uuid=tfd.get("UUID", "").upper() if tfd is not None else None,
    )

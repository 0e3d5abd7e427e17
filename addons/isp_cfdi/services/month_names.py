"""Names of the files and folders of a month: readable, sortable, the same on every system."""

from __future__ import annotations

import re

_UNSAFE = re.compile(r"[^0-9A-Za-zÑñ.&-]+")
#: TipoDeComprobante -> folder.
FOLDERS = {"I": "ingresos", "E": "egresos", "P": "pagos"}
FOLDER_CANCELLED = "cancelados"
FOLDER_RECEIPTS = "acuses"
NOTE = "LEEME.txt"


def safe(text: str) -> str:
    """``text`` without anything that a file system takes amiss."""
    return _UNSAFE.sub("-", text.strip()).strip("-.")


def base_name(rfc: str, serie: str, folio: str, uuid: str) -> str:
    """``RTA190412AB9_A_12_5F2A91C4-…``: RFC, series, folio and UUID; empty parts left out."""
    return "_".join(part for part in map(safe, (rfc, serie, folio, uuid)) if part)


def month_name(rfc: str, month: str) -> str:
    """``CFDI_RTA190412AB9_2026-11``: name of the archive and of its only folder."""
    return "_".join(part for part in ("CFDI", safe(rfc), safe(month)) if part)


def folder(kind: str, cancelled: bool) -> str:
    """Folder of a document; what SAT cancelled lies apart, so that nobody adds it up."""
    return FOLDER_CANCELLED if cancelled else FOLDERS.get(kind, "otros")

"""Printed forms of stamped documents, one by one, beside satcfdi's (weasyprint).

Ours is what the report does: read the stamped XML, write the amount in words, draw the QR code and
compile the template, with the company's logo; the peer is ``satcfdi.render.pdf_bytes`` of the same
bytes. ``ISP_BENCH_DOCUMENTS`` (100) are made by ours, fewer by the peer, which is slow.
``cfdi_pdf_global`` is a factura global of 2,000 receipts (90 pages), ours only.

Milliseconds of CPU per document, all threads of the process: the clock on the wall depends on what
else the machine does, and is only said. The cheapest of ``ISP_BENCH_ROUNDS`` (3) rounds counts.
"""

from __future__ import annotations

import io
import os
import time
from collections.abc import Callable

from isp_cfdi_services.builder import build_comprobante
from isp_cfdi_services.global_invoice import build_global
from isp_cfdi_services.labels import LABELS
from isp_cfdi_services.printed import representation
from isp_cfdi_services.rep import build_rep
from isp_cfdi_services.sealer import seal
from isp_cfdi_services.words import amount_in_words
from isp_cfdi_services.xmlio import parse
from isp_subscription_services.barcode_svg import qr_svg
from isp_subscription_services.typst_pdf import compile_pdf
from PIL import Image
from satcfdi.cfdi import CFDI
from satcfdi.render import pdf_bytes

from scripts import odoo_source
from scripts.bench import Result
from scripts.console import say
from scripts.paths import ADDONS

from .cfdi_core import Keys, invoice, keys, rep, whole_invoice

TARGET = 60.0
PEER_DOCUMENTS = 4
TEMPLATE = ADDONS / "isp_cfdi/report/cfdi.typ"
LIBRARY = ADDONS / "isp_subscription/report/isp_common.typ"
STAMP = (
    '<cfdi:Complemento><tfd:TimbreFiscalDigital Version="1.1" UUID="{uuid}" '
    'xmlns:tfd="http://www.sat.gob.mx/TimbreFiscalDigital" FechaTimbrado="2026-11-22T12:05:00" '
    'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
    'xsi:schemaLocation="http://www.sat.gob.mx/TimbreFiscalDigital http://www.sat.gob.mx/'
    'sitio_internet/cfd/TimbreFiscalDigital/TimbreFiscalDigitalv11.xsd" '
    'RfcProvCertif="SIM190101AA1" SelloCFD="{seal}" NoCertificadoSAT="30001000000599999999" '
    'SelloSAT="{seal}"/></cfdi:Complemento></cfdi:Comprobante>'
)


def stamped(xml: bytes, pair: Keys, number: int) -> bytes:
    """The document sealed, with a stamp that nobody signed."""
    sealed = seal(xml, pair.ours)
    uuid = f"5F2A91C4-7D0E-4B63-9A1F-{number:012X}"
    stamp = STAMP.format(uuid=uuid, seal=parse(sealed).get("Sello"))
    return sealed.decode().replace("</cfdi:Comprobante>", stamp).encode()


def logo() -> bytes:
    """A picture as large as the one Odoo keeps for the web."""
    target = io.BytesIO()
    Image.new("RGB", (180, 60), "#1f5ce0").save(target, "PNG")
    return target.getvalue()


def printed(xml: bytes, picture: bytes, fonts: list) -> bytes:
    """The report's way of one document, without Odoo around it."""
    values = representation(xml)
    totals = values["totals"]
    currency = totals.get("currency") or values["header"]["currency"]
    words = amount_in_words(totals["total_raw"], currency)
    company = {
        "name": "Red Tarasca",
        "logo": "logo.png",
        "color": "#1f5ce0",
        "phones": ["443 123 4567"],
        "support_label": "¿Dudas? Llámanos:",
    }
    document = {**values, "words": words, "qr": "qr.svg", "cancelled": False, "labels": LABELS}
    files = {"qr.svg": qr_svg(values["url"]), "logo.png": picture}
    payload = {"company": company, "documents": [document]}
    return compile_pdf(TEMPLATE, payload, files, [LIBRARY], fonts)


def each(name: str, make: Callable[[bytes], bytes], documents: list[bytes], rounds: int) -> float:
    """Milliseconds per document; the first one loads fonts and catalogues and is not counted."""
    make(documents[0])
    documents = documents[1:]
    found = []
    for _ in range(rounds):
        wall, cpu = time.perf_counter(), time.process_time()
        for xml in documents:
            if not make(xml).startswith(b"%PDF-"):
                raise AssertionError("no PDF was made")
        seconds = time.process_time() - cpu, time.perf_counter() - wall
        found.append(tuple(1000 * second / len(documents) for second in seconds))
    best = min(found)
    say(f"{name}: {best[0]:.1f} ms of CPU, {best[1]:.1f} ms on the wall")
    return best[0]


def results() -> list[Result]:
    """Invoices and payments of both sides, a global invoice of ours."""
    fonts = [odoo_source.ensure().python_path / "odoo/addons/web/static/fonts/google/Open_Sans"]
    pair, picture = keys(), logo()
    count = int(os.environ.get("ISP_BENCH_DOCUMENTS") or 100)
    kinds = {
        "cfdi_pdf_invoice": lambda number: build_comprobante(invoice(number)),
        "cfdi_pdf_rep": lambda number: build_rep(rep(number)),
    }
    rounds = int(os.environ.get("ISP_BENCH_ROUNDS") or 3)

    def ours_of(xml: bytes) -> bytes:
        return printed(xml, picture, fonts)

    def peer_of(xml: bytes) -> bytes:
        return pdf_bytes(CFDI.from_string(xml))

    rows = []
    for name, build in kinds.items():
        documents = [stamped(build(number), pair, number) for number in range(count + 1)]
        ours = each(name, ours_of, documents, rounds)
        peer = each(f"{name}, satcfdi", peer_of, documents[:PEER_DOCUMENTS], 1)
        rows.append(Result(name, round(ours, 1), round(peer, 1), "cpu_ms"))
    whole = [stamped(build_global(whole_invoice()), pair, number) for number in (1, 2)]
    page = each("cfdi_pdf_global", ours_of, whole, 1)
    rows.append(Result("cfdi_pdf_global", round(page), 0, "cpu_ms"))
    slow = [row.name for row in rows[:2] if row.ours > TARGET]
    say(f"more than {TARGET:g} ms: {', '.join(slow)}" if slow else f"all below {TARGET:g} ms")
    return rows

"""One archive of a month in a fresh worker, and what it cost."""

from __future__ import annotations

import datetime
import io
import json
import time
import zipfile
from pathlib import Path

from .billing_worker import _peak, own_cpu


def _whole(documents, company, first) -> int:
    """The archive as wizards make it: in memory, from all documents at once."""
    target = io.BytesIO()
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as book:
        for document in documents.search(documents._isp_month_domain(company, first)):
            name = document._isp_archive_name()
            book.writestr(f"{name}.xml", document._isp_xml())
            book.writestr(f"{name}.pdf", document.sudo()._isp_render_pdf())
    return target.tell()


def measure(env, side: str, month: str, answer: str) -> None:
    """Make the archive and throw it away; write its size, seconds and memory (MiB)."""
    documents, company = env["isp.cfdi.document"], env.company
    first = datetime.date.fromisoformat(f"{month}-01")
    before, cpu, began = _peak(reset=True), own_cpu(), time.perf_counter()
    if side == "ours":
        size = sum(map(len, documents._isp_month_zip(company, first)))
    else:
        size = _whole(documents, company, first)
    found = {
        "size": size / 2**20,
        "cpu": own_cpu() - cpu,
        "seconds": time.perf_counter() - began,
        "memory": _peak() - before,
    }
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


def sheet(env, month: str, path: str, answer: str) -> None:
    """The same for the workbook."""
    documents, company = env["isp.cfdi.document"], env.company
    first = datetime.date.fromisoformat(f"{month}-01")
    before, cpu, began = _peak(reset=True), own_cpu(), time.perf_counter()
    documents._isp_month_sheet(company, first, path)
    found = {
        "size": Path(path).stat().st_size / 2**20,
        "cpu": own_cpu() - cpu,
        "seconds": time.perf_counter() - began,
        "memory": _peak() - before,
    }
    Path(answer).write_text(json.dumps(found), encoding="utf-8")

"""Months full of stamped documents: one real document, its rows copied in SQL."""

from __future__ import annotations

import datetime
from pathlib import Path

#: every how many documents one has the receipt of a cancellation request
RECEIPT_EVERY = 20


def fill(env, xml: str, months: dict[str, int]) -> None:
    """Make documents of the main company.

    :param xml: path of a stamped CFDI
    :param months: month (``2026-11``) -> how many documents
    """
    env.company.write({"vat": "RTA190412AB9", "zip": "58000"})
    raw = Path(xml).read_bytes()
    for number, (month, count) in enumerate(months.items()):
        moment = datetime.datetime.fromisoformat(f"{month}-15T18:00:00")
        _copies(env, _document(env, raw, moment, number), count)
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()


def _document(env, raw: bytes, moment: datetime.datetime, number: int):
    """One stamped document with its printed form and the receipt of a cancellation."""
    services = __import__("odoo.addons.isp_cfdi.services.xmlio", fromlist=["sha256"])
    document = env["isp.cfdi.document"].sudo()
    uuid = f"5F2A91C4-7D0E-4B63-9A1F-{number:012X}"
    values = {
        "company_id": env.company.id,
        "currency_id": env.company.currency_id.id,
        "partner_id": env["res.partner"].create({"name": "Bench"}).id,
        "idempotency_key": uuid,
    }
    document = document.create(values)
    attachment = document._isp_store_file(f"{uuid}.xml", raw)
    document.write(
        {
            "issuer_rfc": "RTA190412AB9",
            "serie": f"B{number}",
            "folio": "0",
            "total": 349.0,
            "issued_at": moment,
            "uuid": uuid,
            "stamped_sha256": services.sha256(raw),
            "stamped_attachment_id": attachment.id,
            "outbox_state": "done",
        }
    )
    document._isp_keep_pdf()
    receipt = document._isp_store_file(f"{uuid}_acuse.xml", b"<Acuse>" + b"x" * 3000 + b"</Acuse>")
    env["isp.cfdi.cancellation"].sudo().create(
        {
            "document_id": document.id,
            "motive": "02",
            "idempotency_key": f"c-{uuid}",
            "acuse_attachment_id": receipt.id,
        }
    )
    env.flush_all()
    return document


def _columns(env, table: str, changed: dict[str, str]) -> tuple[str, str]:
    """Names of the stored columns of a table, and what a copy has in them."""
    env.cr.execute(
        "SELECT column_name FROM information_schema.columns WHERE table_name = %s", [table]
    )
    names = [name for (name,) in env.cr.fetchall()]
    return ", ".join(names), ", ".join(changed.get(name, f"t.{name}") for name in names)


def _copy(env, table: str, origin: int, count: int, step: int = 1, **changed: str) -> int:
    """Copy a row; the copies get the ids after the number returned, ``n`` numbers them."""
    env.cr.execute(f"SELECT MAX(id) FROM {table}")
    start = env.cr.fetchone()[0]
    names, values = _columns(env, table, {"id": f"{start} + n", **changed})
    env.cr.execute(
        f"INSERT INTO {table} ({names}) SELECT {values} FROM {table} t,"
        f" generate_series(1, {count}, {step}) AS n WHERE t.id = {origin}"
    )
    env.cr.execute(f"SELECT setval('{table}_id_seq', {start + count})")
    return start


def _copies(env, document, count: int) -> None:
    """Copy the document with files of its own; every twentieth has a receipt."""
    request = document.cancellation_ids
    last = count - 1
    xml = _copy(env, "ir_attachment", document.stamped_attachment_id.id, last)
    pdf = _copy(env, "ir_attachment", document.pdf_attachment_id.id, last)
    acuse = _copy(env, "ir_attachment", request.acuse_attachment_id.id, last, step=RECEIPT_EVERY)
    start = _copy(
        env,
        "isp_cfdi_document",
        document.id,
        last,
        uuid="upper(gen_random_uuid()::text)",
        idempotency_key="gen_random_uuid()::text",
        folio="n::text",
        name="t.serie || '-' || n",
        stamped_attachment_id=f"{xml} + n",
        pdf_attachment_id=f"{pdf} + n",
    )
    _copy(
        env,
        "isp_cfdi_cancellation",
        request.id,
        last,
        step=RECEIPT_EVERY,
        idempotency_key="gen_random_uuid()::text",
        document_id=f"{start} + n",
        acuse_attachment_id=f"{acuse} + n",
    )
    env.invalidate_all()

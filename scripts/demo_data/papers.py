"""Contract documents of the customers, made with the suite's own PDF engine."""

from __future__ import annotations

import base64
from pathlib import Path

from odoo.addons.isp_subscription.services import typst_pdf

HERE = Path(__file__).resolve().parent


def build(env, history) -> None:
    """A contract for every subscription that was confirmed, visible in the portal."""
    for customer in history.customers:
        subscription = history.rows[customer.index]
        if customer.ending == "draft":
            continue
        pdf = typst_pdf.compile_pdf(HERE / "contract.typ", _data(env, customer, subscription))
        env["isp.document"].create(
            {
                "title": "Contrato de servicio",
                "description": "Contrato de adhesión, versión 2026-01",
                "document_type": "contract",
                "date": customer.start,
                "visible": True,
                "file": base64.b64encode(pdf),
                "file_name": f"contrato-{subscription.name}.pdf",
                "subscription_id": subscription.id,
            }
        )
    env.cr.commit()


def _data(env, customer, subscription) -> dict:
    company = env.company
    return {
        "company": company.name,
        "city": company.city,
        "phone": company.isp_support_phone_1,
        "contract": subscription.name,
        "date": customer.start.strftime("%d/%m/%Y"),
        "customer": customer.person.name,
        "address": f"{customer.person.street}, {customer.person.neighbourhood}",
        "plan": subscription.plan_id.name,
        "speed": subscription.plan_id.isp_speed_label,
        "price": f"{subscription.price_total:,.2f}",
        "anchor": customer.anchor,
        "tariff": subscription.plan_id.isp_tariff_registration_no,
    }

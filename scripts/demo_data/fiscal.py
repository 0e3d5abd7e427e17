"""The ISP as a taxpayer: tax number, certificate, PAC, and its customers' fiscal data."""

from __future__ import annotations

import base64
import datetime

from odoo.addons.isp_cfdi.services.csd_tools import make_pair

from . import outside
from .people import rfc_check_digit

PASSWORD = "demo-csd"  # opens the generated key once; it is stored encrypted


def company_rfc() -> str:
    """Invented tax number of the ISP, with its check digit."""
    base = "RPU150312KX"
    return base + rfc_check_digit(base)


def settings(env, first_day: datetime.date) -> None:
    """Fiscal data of the company and a certificate that is valid since before the first day."""
    company = env.company
    company.write(
        {
            "vat": company_rfc(),
            "isp_cfdi_regime": "601",
            "isp_cfdi_name": "RED PUREPECHA",
            "isp_cfdi_zip": "58000",
            "isp_cfdi_serie": "A",
        }
    )
    start = datetime.datetime.combine(
        first_day, datetime.time(), datetime.UTC
    ) - datetime.timedelta(200)
    cer, key = make_pair(company_rfc(), "RED PUREPECHA", password=PASSWORD, valid_from=start)
    env["isp.cfdi.certificate.upload"].create(
        {
            "company_id": company.id,
            "certificate_file": base64.b64encode(cer),
            "private_key_file": base64.b64encode(key),
            "password": PASSWORD,
        }
    )
    company.isp_cfdi_pac_id = env["isp.cfdi.pac"].create(
        {
            "name": "PAC de demostración",
            "company_id": company.id,
            "provider": "sw",
            "environment": "test",
            "login": "demo@isp.example",
            "password": "demo-pac",
        }
    )


def connect(env) -> None:
    """Point PAC and SAT at the simulator."""
    env.company.isp_cfdi_pac_id.write(
        {
            "base_url": outside.address("pac"),
            "sat_url": outside.address("pac"),
        }
    )


def partner_vals(person) -> dict:
    """Fiscal data of a customer who wants his invoices."""
    return {
        "vat": person.rfc,
        "isp_cfdi_regime": "612",
        "isp_cfdi_use": "G03",
        "isp_cfdi_name": person.name,
    }


def stamp(env) -> None:
    """Let the jobs collect the receipts of a month that is over, and stamp what is ready."""
    env["isp.cfdi.place"]._cron_global()
    env["isp.cfdi.document"]._cron_stamp()


def cancel_some(env, partners) -> None:
    """Replace a document of each partner, and hear from SAT that the old one is cancelled.

    A substitute leaves no paid sale without its document: what is stamped is what is booked.
    """
    live = env["isp.cfdi.document"].search(
        [("state", "=", "stamped"), ("partner_id", "in", partners.ids)]
    )
    documents = live.browse([mine[0].id for mine in live.grouped("partner_id").values()])
    for document in documents:
        env["isp.cfdi.cancellation"]._isp_request(document, "01")
    env.cr.commit()
    stamp(env)
    env["isp.cfdi.cancellation"]._cron_cancel()
    for document in documents:
        document._isp_check_sat()
    env.cr.commit()

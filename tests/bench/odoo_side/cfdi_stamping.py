"""Documents to be stamped, and one worker that stamps them as its job does."""

from __future__ import annotations

import json
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path

from odoo.fields import Command

from odoo.addons.isp_cfdi.services.csd_tools import make_pair

from .billing_worker import own_cpu, postgres_cpu

ISSUER_RFC, CUSTOMER_RFC = "RTA190412AB9", "RAMC900412QX3"
WARM_UP = 4


def fill(env, providers: dict[str, str], count: int) -> None:
    """Post invoices whose documents wait for a stamp: ``count`` for each provider."""
    company = env.company
    company.write({"name": "Red Tarasca", "vat": ISSUER_RFC, "zip": "58000"})
    company.write({"isp_cfdi_regime": "601", "isp_cfdi_policy": "invoice"})
    start = datetime.now(UTC) - timedelta(days=30)
    pair = make_pair(ISSUER_RFC, "RED TARASCA", password="bench", valid_from=start)
    env["isp.cfdi.certificate"]._isp_import(company, *pair, "bench")
    customer = env["res.partner"].create(
        {
            "name": "Citlali Rangel Mora",
            "vat": CUSTOMER_RFC,
            "zip": "58110",
            "country_id": env.ref("base.mx").id,
            "isp_cfdi_regime": "612",
            "isp_cfdi_use": "G03",
        }
    )
    env.ref("isp_cfdi.ir_cron_stamp").active = False
    for provider, url in providers.items():
        company.isp_cfdi_pac_id = _account(env, provider, url)
        for _number in range(count + WARM_UP):
            _invoice(env, customer)
        env.cr.commit()


def _account(env, provider: str, url: str):
    return env["isp.cfdi.pac"].create(
        {
            "name": provider,
            "provider": provider,
            "company_id": env.company.id,
            "base_url": url,
            "sat_url": url,
            "login": "demo@isp.example",
            "password": "demo-pac",
        }
    )


def _invoice(env, customer) -> None:
    tax = env["account.tax"].search(
        [
            ("company_id", "=", env.company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 16),
            ("amount_type", "=", "percent"),
        ],
        limit=1,
    )
    line = {"name": "Internet", "price_unit": 300.0, "tax_ids": [Command.set(tax.ids)]}
    move = env["account.move"].create(
        {
            "move_type": "out_invoice",
            "partner_id": customer.id,
            "invoice_line_ids": [Command.create(line)],
        }
    )
    move.action_post()


def measure(env, provider: str, answer: str) -> None:
    """Stamp what waits for ``provider``; the first ones warm up."""
    documents = env["isp.cfdi.document"]
    account = env["isp.cfdi.pac"].search([("provider", "=", provider)])
    env.company.isp_cfdi_pac_id = account
    mine = documents.search([("outbox_state", "=", "ready"), ("pac_id", "=", account.id)])
    others = documents.search([("outbox_state", "=", "ready"), ("pac_id", "!=", account.id)])
    others.next_attempt_at = datetime.now() + timedelta(days=1)
    env.cr.commit()
    documents._isp_stamp_batch(limit=WARM_UP)
    env.cr.commit()
    cpu, database, began = own_cpu(), postgres_cpu(env), time.perf_counter()
    handled, _refused = documents._isp_stamp_batch()
    seconds = time.perf_counter() - began
    after = postgres_cpu(env)
    mine.invalidate_recordset()
    figures = {
        "count": handled,
        "stamped": len(mine.filtered("uuid")) - WARM_UP,
        "seconds": seconds,
        "cpu": own_cpu() - cpu,
        "postgres": None if database is None or after is None else after - database,
    }
    others.next_attempt_at = datetime.now()
    env.cr.commit()
    Path(answer).write_text(json.dumps(figures), encoding="utf-8")

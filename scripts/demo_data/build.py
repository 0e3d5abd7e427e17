"""Fill an empty database with the demo. ``run(env)`` is called in an Odoo shell."""

from __future__ import annotations

import datetime
import gc
import json
import logging
import os
import secrets
import time
from pathlib import Path

from . import company, connect, fiscal, network, openpay, papers, scenario
from .history import LOCAL_TO_UTC, History

_logger = logging.getLogger(__name__)
#: situations whose customer gets a portal login
PORTAL = {
    "star": "activo, con un mes por pagar",
    "paid": "activo, al corriente",
    "grace": "en prórroga",
    "suspended": "suspendido",
    "paused": "en pausa",
    "cancelled": "cancelado",
    "ahead": "pagado por adelantado",
    "promised": "con promesa de pago",
    "changing": "con un cambio de plan por pagar",
    "store": "con una referencia de pago en tienda",
    "debit": "con tarjeta domiciliada",
}


def run(env) -> None:
    """Make company, customers, history, documents, traffic and logins."""
    gc.collect()
    gc.freeze()  # the loaded modules are not garbage: halves the collector's work
    env = env(context={**env.context, "lang": "es_MX", "tz": "America/Mexico_City"})
    today = (datetime.datetime.utcnow() - LOCAL_TO_UTC).date()
    timed = _Timer()
    logins = prepare(env, today)
    timed("company")
    history = History(env, today, company.plans(env), company.places(env))
    env.cr.commit()
    history.run()
    timed("history")
    paid = [customer.index for customer in history.customers if customer.ending == "paid"]
    fiscal.cancel_some(
        env, env["res.partner"].union(*(history.rows[index].partner_id for index in paid[1:4]))
    )
    papers.build(env, history)
    timed("documents")
    company.tills(env, history.branches)
    network.build(env, history)
    timed("traffic")
    logins += portal_logins(env, history)
    connect.run(env)
    home = Path(os.environ["ISP_DEMO_HOME"])
    (home / "logins.json").write_text(json.dumps(logins, ensure_ascii=False, indent=1))
    env.cr.commit()
    timed("logins")
    connect.deliver(env)
    timed("mail")


class _Timer:
    def __init__(self) -> None:
        self.last = time.monotonic()

    def __call__(self, what: str) -> None:
        now = time.monotonic()
        _logger.info("demo data: %s in %.1f s", what, now - self.last)
        self.last = now


def prepare(env, today: datetime.date) -> list[dict]:
    """The ISP, its staff, its certificate and its accounts at Openpay and PAC."""
    company.settings(env)
    company.homepage(env)
    fiscal.settings(env, today - datetime.timedelta(scenario.DAYS))
    openpay.connect(env)
    fiscal.connect(env)
    connect.mail(env)
    logins = company.staff(env)
    env.cr.commit()
    return logins


def portal_logins(env, history) -> list[dict]:
    """A portal user for one customer of each situation; returns what to print."""
    logins = []
    wanted = dict(PORTAL)
    for customer in history.customers:
        text = wanted.pop(customer.ending, None)
        if not text:
            continue
        partner = history.rows[customer.index].partner_id
        password = secrets.token_hex(4)
        env["res.users"].with_context(no_reset_password=True).create(
            {
                "name": partner.name,
                "login": partner.email,
                "partner_id": partner.id,
                "password": password,
                "lang": "es_MX",
                "tz": "America/Mexico_City",
                "group_ids": [(6, 0, env.ref("base.group_portal").ids)],
            }
        )
        logins.append(
            {
                "who": f"Cliente {text}",
                "login": partner.email,
                "password": password,
                "situation": customer.ending,
                "contract": history.rows[customer.index].name,
                "line": history.lines[customer.index].user
                if customer.index in history.lines
                else "",
            }
        )
    return logins

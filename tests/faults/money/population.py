"""Invented customers in every situation, made inside Odoo from a seed."""

from __future__ import annotations

import random
from datetime import date, timedelta

from odoo.fields import Command

CASHIER, CLERK = "faults_cashier", "faults_billing"
#: (name, price with tax, billing mode)
PLANS = (
    ("Residencial 50", 349.0, "prepaid"),
    ("Residencial 100", 449.0, "prepaid"),
    ("Negocios 200", 650.01, "prepaid"),
    ("Pospago 80", 399.99, "postpaid"),
)
PAYERS = 46
#: how many services a payer has
SERVICES = (1, 1, 1, 1, 2, 3)
#: states that are set by hand; debt brings grace and suspension by itself
BY_HAND = {"draft": 3, "to_install": 3, "paused": 4, "suspended": 3, "cancelled": 3}


def populate(env, seed: int, today: date) -> int:
    """Make users, plans, payers and services; returns the number of services."""
    chance = random.Random(f"population:{seed}")
    company = env.company
    _company(env)
    tax = env["account.tax"].search(
        [
            ("company_id", "=", company.id),
            ("type_tax_use", "=", "sale"),
            ("amount", "=", 16),
            ("amount_type", "=", "percent"),
        ],
        limit=1,
    )
    tax = tax.copy({"name": "IVA 16% incluido", "price_include_override": "tax_included"})
    for login, role in ((CASHIER, "cashier"), (CLERK, "billing")):
        _user(env, login, role)
    plans = [_plan(env, tax, *row) for row in PLANS]
    prepaid = [plan for plan in plans if plan.isp_billing_mode == "prepaid"]
    for plan in prepaid:
        others = [other.id for other in prepaid if other != plan]
        plan.isp_allowed_plan_ids = [Command.set(others)]
    made = env["isp.subscription"]
    for number in range(PAYERS):
        payer = _payer(env, chance, number)
        for _service in range(chance.choice(SERVICES)):
            made |= _service_of(env, chance, payer, plans, today)
    _settle_states(chance, made)
    for payer in chance.sample(made.commercial_partner_id.sorted("id"), 8):
        _credit(env, chance, payer, today)
    return len(made)


def _company(env) -> None:
    company = env.company
    company.partner_id.write({"tz": "America/Mexico_City", "email": "isp@example.com"})
    company.isp_suspend_weekdays = "1,2,3,4,5"
    # a suite's days lie apart: that is no silence that somebody must confirm
    if "isp_catchup_days" in company._fields:
        company.isp_catchup_days = 60
    env["ir.mail_server"].search([]).unlink()
    env["ir.mail_server"].create(
        {
            "name": "Mailbox",
            "smtp_host": "127.0.0.1",
            "smtp_port": 25,
            "smtp_encryption": "none",
            "from_filter": False,
        }
    )


def _user(env, login: str, role: str):
    groups = env.ref("base.group_user") | env.ref(f"isp_subscription.group_isp_{role}")
    return env["res.users"].create(
        {
            "name": login,
            "login": login,
            "group_ids": [Command.set(groups.ids)],
            "tz": "America/Mexico_City",
        }
    )


def _plan(env, tax, name: str, price: float, mode: str):
    return env["product.template"].create(
        {
            "name": name,
            "type": "service",
            "list_price": price,
            "taxes_id": [Command.set(tax.ids)],
            "isp_is_plan": True,
            "isp_down_mbps": 50.0,
            "isp_up_mbps": 20.0,
            "isp_billing_mode": mode,
        }
    )


def _payer(env, chance: random.Random, number: int):
    mail = f"cliente{number}@example.com" if chance.random() < 0.5 else False
    return env["res.partner"].create(
        {
            "name": f"Cliente {number:03}",
            "email": mail,
            "lang": "es_MX",
            "country_id": env.ref("base.mx").id,
            "tz": "America/Mexico_City",
        }
    )


def _service_of(env, chance: random.Random, payer, plans, today: date):
    start = today - timedelta(chance.randint(0, 50))
    return env["isp.subscription"].create(
        {
            "partner_id": payer.id,
            "plan_id": chance.choices(plans, weights=(5, 3, 2, 2))[0].id,
            "anchor_day": chance.randint(1, 31),
            "date_start": start,
            "price_override": chance.choice((0.0, 0.0, 0.0, 333.33)),
        }
    )


def _settle_states(chance: random.Random, made) -> None:
    left = chance.sample(list(made), len(made))
    wanted = {state: [left.pop() for _ in range(count)] for state, count in BY_HAND.items()}
    for service in made.browse(sorted(service.id for service in left)):
        service.action_activate()
    for service in wanted["to_install"]:
        service.action_confirm()
    for service in (*wanted["paused"], *wanted["suspended"]):
        service.action_activate()
        service._suspend("voluntary" if service in wanted["paused"] else "manual")
    for service in wanted["cancelled"]:
        service._set_state("cancelled", "Never installed")
        service.date_end = service.date_start


def _credit(env, chance: random.Random, payer, today: date) -> None:
    journal = env["account.journal"].search([("type", "=", "cash")], limit=1)
    payment = (
        env["account.payment"]
        .with_context(force_payment_move=True)
        .create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": payer.id,
                "amount": chance.choice((50.0, 349.0, 500.5)),
                "journal_id": journal.id,
                "date": today,
                "isp_reference": f"ADVANCE-{payer.id}",
            }
        )
    )
    payment.action_post()

"""Data of the billing benchmark: the same customers and prices, as subscriptions or contracts.

Every customer owns one service of 349.00 with 16 % tax included and one month that is due today.
"""

from __future__ import annotations

from odoo.fields import Command, Date

from .sizes import FAILING_EVERY

PRICE = 349.0
PLAN = "Residencial 50"
BATCH = 500
QUIET = {"tracking_disable": True, "mail_create_nosubscribe": True, "mail_create_nolog": True}


def plan_of(env, **values):
    """The service that everybody buys."""
    sold = [("type_tax_use", "=", "sale"), ("amount", "=", 16), ("company_id", "=", env.company.id)]
    tax = env["account.tax"].search(sold, limit=1)
    tax = tax.copy({"name": "16% included", "price_include_override": "tax_included"})
    return env["product.template"].create(
        {
            "name": PLAN,
            "type": "service",
            "list_price": PRICE,
            "taxes_id": [Command.set(tax.ids)],
            **values,
        }
    )


def customers_of(env, count: int):
    country = env.ref("base.mx").id
    return env["res.partner"].create(
        [
            {
                "name": f"Customer {number}",
                "email": f"customer.{number}@example.com",
                "country_id": country,
                "lang": "es_MX",
            }
            for number in range(count)
        ]
    )


def _subscription(customer, plan, today) -> dict:
    return {
        "partner_id": customer.id,
        "plan_id": plan.id,
        "anchor_day": today.day,
        "date_start": today,
        "state": "active",
    }


def _contract(customer, plan, today) -> dict:
    product = plan.product_variant_id
    line = {
        "product_id": product.id,
        "name": f"{PLAN}, #START# – #END#",
        "quantity": 1.0,
        "uom_id": product.uom_id.id,
        "specific_price": PRICE,
    }
    return {
        "name": f"Contract of {customer.name}",
        "partner_id": customer.id,
        "recurring_rule_type": "monthly",
        "recurring_invoicing_type": "pre-paid",
        "date_start": today,
        "recurring_next_date": today,
        "contract_line_ids": [Command.create(line)],
    }


def fill(env, side: str, count: int) -> None:
    """Make ``count`` services of ``side`` (``ours`` or ``peer``)."""
    env = env(context={**env.context, **QUIET, "tz": "America/Mexico_City"})
    today = Date.context_today(env.user)
    ours = side == "ours"
    plan = plan_of(env, **({"isp_is_plan": True} if ours else {}))
    if not ours:
        env.company.auto_post_contract_invoice = True
    model = env["isp.subscription" if ours else "contract.contract"]
    prepare = _subscription if ours else _contract
    for start in range(0, count, BATCH):
        customers = customers_of(env, min(BATCH, count - start))
        model.create([prepare(customer, plan, today) for customer in customers])
        env.flush_all()
        env.invalidate_all()
    env.cr.commit()
    _analyse(env)


def spoil(env) -> None:
    """Archive the receivable account of one customer in `FAILING_EVERY`: Odoo refuses to post."""
    company = env.company
    usual = env["res.partner"].with_company(company).search([("email", "like", "customer.")])
    account = usual[:1].property_account_receivable_id.copy({"name": "Archived"})
    for partner in usual.sorted("id")[FAILING_EVERY // 2 :: FAILING_EVERY]:
        partner.property_account_receivable_id = account
    env.flush_all()
    account.active = False
    env.cr.commit()
    _analyse(env)


def _analyse(env) -> None:
    env.cr.execute("ANALYZE")
    env.cr.commit()

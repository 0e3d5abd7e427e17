"""Data of the cut-off benchmark: 100,000 services with ledger, invoices and journal items.

One service of each kind is made through Odoo (bills, payments, cut), the others are its copies.
"""

from __future__ import annotations

from datetime import date, timedelta

from odoo.fields import Command, Date, Datetime

from .clone import copy

#: kind -> share of the services; a realistic month of a provider with slow payers
SHARES = {
    "paid": 0.80,  # nothing open
    "ahead": 0.04,  # three months paid ahead
    "billed": 0.03,  # billed, not due yet
    "grace": 0.04,  # due three days ago
    "late": 0.04,  # due nine days ago
    "partial": 0.01,  # the same, a part is paid
    "promised": 0.01,  # the same, with a promise
    "cut": 0.03,  # suspended for debt
}
MONTHS = 3  # of history per service
OVERDUE_DAYS = {"grace": 3, "late": 9, "partial": 9, "promised": 9, "cut": 20, "billed": -4}
TOLD = ("late", "partial", "promised")  # their notice of suspension went out five days ago
PLAN = "Residencial 50"
PRICE = 349.0
QUIET = {
    "tracking_disable": True,
    "mail_create_nosubscribe": True,
    "mail_create_nolog": True,
    "tz": "America/Mexico_City",
}


def _plan(env):
    sold = [("type_tax_use", "=", "sale"), ("amount", "=", 16), ("company_id", "=", env.company.id)]
    tax = env["account.tax"].search(sold, limit=1)
    tax = tax.copy({"name": "16% included", "price_include_override": "tax_included"})
    return env["product.template"].create(
        {
            "name": PLAN,
            "type": "service",
            "list_price": PRICE,
            "isp_is_plan": True,
            "isp_down_mbps": 50,
            "isp_up_mbps": 20,
            "taxes_id": [Command.set(tax.ids)],
        }
    )


def _back(day: date, months: int) -> date:
    """The same day so many months earlier; the benchmark's days are 28 or less."""
    month = day.month - 1 - months
    return date(day.year + month // 12, month % 12 + 1, day.day)


def _pay(env, service, amount: float, months: int) -> None:
    journal = env["account.journal"].search(
        [("type", "=", "cash"), ("company_id", "=", env.company.id)], limit=1
    )
    payment = env["account.payment"].with_context(force_payment_move=True)
    payment = payment.create(
        {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": service.partner_id.id,
            "amount": amount,
            "journal_id": journal.id,
        }
    )
    payment.action_post()
    service._isp_settle_payment(payment, months=months)


def _service(env, kind: str, plan, today: date):
    """One real service of a kind, with its last cut-off so many days ago."""
    due = today - timedelta(OVERDUE_DAYS.get(kind, 9))
    due = due.replace(day=min(due.day, 28))
    partner = env["res.partner"].create(
        {"name": f"Customer {kind}", "email": f"{kind}@example.com", "lang": "es_MX"}
    )
    service = env["isp.subscription"].create(
        {
            "partner_id": partner.id,
            "plan_id": plan.id,
            "anchor_day": due.day,
            "date_start": _back(due, MONTHS - 1),
            "state": "active",
        }
    )
    paid = MONTHS if kind in ("paid", "ahead") else MONTHS - 1
    service._bill_periods(paid)
    _pay(env, service, paid * PRICE + (3 * PRICE if kind == "ahead" else 0), 3)
    if kind not in ("paid", "ahead"):
        service._bill_periods(1)
    if kind == "partial":
        _pay(env, service, 100.0, 0)
    if kind in ("grace", "late", "partial", "promised", "cut"):
        service._set_state("grace")
    if kind in TOLD:
        key = service._isp_suspension_key(service.overdue_since)
        notice = service._isp_notify("suspension", key, amount=service.overdue_amount)
        notice.write({"state": "sent", "sent_at": Datetime.now() - timedelta(5)})
    if kind == "promised":
        values = {"subscription_id": service.id, "date_until": today + timedelta(5)}
        env["isp.promise"].create(values)
    if kind == "cut":
        service._suspend("debt")
    return service


def _rows(env, service) -> dict[str, list[int]]:
    """The ids of all that belongs to a service, by table."""
    lines = env["account.move.line"]
    moves = lines.search([("partner_id", "=", service.partner_id.id)]).move_id
    moves |= env["account.payment"].search([("isp_subscription_id", "=", service.id)]).move_id
    lines = moves.line_ids
    partials = lines.matched_debit_ids | lines.matched_credit_ids
    found = {
        "res_partner": service.partner_id,
        "isp_subscription": service,
        "account_move": moves,
        "account_payment": moves.origin_payment_id,
        "account_full_reconcile": lines.full_reconcile_id,
        "account_move_line": lines,
        "account_partial_reconcile": partials,
        "isp_subscription_period": service.period_ids,
        "isp_suspension": service.suspension_ids,
        "isp_promise": service.promise_ids,
        "isp_notice": service.notice_ids,
    }
    return {table: records.ids for table, records in found.items()}


def fill(env, count: int) -> None:
    """Make ``count`` services in the shares above."""
    env = env(context={**env.context, **QUIET})
    env.company.write({"isp_suspend_weekdays": "1,2,3,4,5,6,7", "isp_cut_before_holiday": True})
    today = Date.context_today(env.user)
    plan = _plan(env)
    for kind, share in SHARES.items():
        service = _service(env, kind, plan, today)
        env.flush_all()
        # Triggers only check links that are right by construction.
        env.cr.execute("SET LOCAL session_replication_role = replica")
        copy(env.cr, _rows(env, service), round(count * share) - 1)
        env.cr.commit()
        env.invalidate_all()
    env.cr.execute("ANALYZE")
    env.cr.commit()

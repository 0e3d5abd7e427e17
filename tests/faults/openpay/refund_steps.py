"""The steps of the suite of refunds: what managers order, beside everything that customers do.

Loaded inside Odoo by `tests.faults.kit.inside`.
"""

from __future__ import annotations

from odoo.exceptions import UserError

from . import steps
from .steps import warm
from .wire import ask

__all__ = ["STEPS", "warm"]

MANAGER = "isp_subscription.group_isp_manager"
WIZARD = "isp.payment.refund.wizard"


def begin(caller, step: dict) -> None:
    """Let the administrator give money back; Openpay takes several refunds of a charge."""
    steps.begin(caller, step)
    caller.call(lambda env: env.ref("base.user_admin").write({"group_ids": [(4, _group(env))]}))
    ask("POST", f"{step['simulator']}/_control/config", {"several_refunds": True})


def _group(env) -> int:
    return env.ref(MANAGER).id


def refund(caller, step: dict) -> None:
    """Open the assistant of a payment and press its button; without an answer, press again."""
    if "wizard" not in caller.memory:
        made = caller.call(lambda env: _open(env, step))
        if not made:
            return
        caller.remember(wizard=made)
    try:
        caller.call(lambda env: _assistant(env).browse(caller.memory["wizard"]).action_confirm())
    except UserError as refusal:
        caller.note(refused=str(refusal)[:200])


def _assistant(env):
    """The assistant as a manager has it."""
    manager = env(user=env.ref("base.user_admin"), su=False)
    return manager[WIZARD].with_context(allowed_company_ids=env.company.ids)


def _open(env, step: dict) -> int | None:
    """The assistant of one of the payments that were made online, filled in."""
    forms = ("card",) if step["kind"] == "card" else ("spei", "store")
    own = [
        ("payment_type", "=", "inbound"),
        ("payment_transaction_id", "!=", False),
        ("isp_payment_form_id.code", "in", forms),
    ]
    payments = env["account.payment"].search(own, order="id desc", limit=30)
    if not payments:
        return None
    payment = payments[int(step["pick"] * len(payments))]
    wizard = _assistant(env).create({"payment_id": payment.id})
    amount = round(wizard.refundable * (step["part"] or 1.0), 2)
    values = {"amount": amount, "reason": step["key"], "kind": step["kind"]}
    if step["kind"] == "payout":
        values |= {"reference": step["key"], "date": env.company._isp_today()}
    wizard.write(values)
    return wizard.id


STEPS = {**steps.STEPS, "begin": begin, "refund": refund}

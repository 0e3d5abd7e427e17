"""The steps of a day, each as its caller does it: scheduler, cashier's browser, provider, clerk.

A caller that gets no answer asks again. What keeps a repetition from doing a thing twice is the
production code wherever it promises that (the counter wizard books once, a job is repeated), and
otherwise the caller's own look at what there is, as a person or a provider would look.

Loaded inside Odoo by `tests.faults.kit.inside`.
"""

from __future__ import annotations

from datetime import date
from time import sleep

from odoo import sql_db

from odoo.addons.base.models.ir_cron import IrCron

from . import wishes
from .population import CASHIER, CLERK, populate

POLLS = 300
PAUSE = 0.2
RUNNING = ("active", "grace", "suspended")


class StillDue(Exception):
    """The scheduler polled many times and jobs are still due."""


# === SCHEDULER === #


def _due(database: str) -> list[str]:
    with sql_db.db_connect(database).cursor() as cr:
        cr.execute(
            "SELECT cron_name FROM ir_cron WHERE active AND (nextcall <= now() AT TIME ZONE 'UTC'"
            " OR id IN (SELECT cron_id FROM ir_cron_trigger"
            " WHERE call_at <= now() AT TIME ZONE 'UTC')) ORDER BY priority, id"
        )
        return [row[0] for row in cr.fetchall()]


def _tell_jobs(caller) -> None:
    """Let the journal say which job runs, for the count of what the kills hit."""
    run = IrCron._callback

    def told(cron, name: str, action: int) -> None:
        caller.note(job=name)
        return run(cron, name, action)

    IrCron._callback = told


def scheduler(caller, _step: dict) -> None:
    """Poll as a cron worker does until no job is due."""
    _tell_jobs(caller)
    for _poll in range(POLLS):
        IrCron._process_jobs(caller.database)
        if not _due(caller.database):
            return
        sleep(PAUSE)  # another process may be at the last of them
    raise StillDue(f"jobs that do not end: {_due(caller.database)}")


def jobs_by_hand(caller, _step: dict) -> None:
    """Run the code of every job of ours in a transaction of its own, without the job's lock.

    Two processes that do this at once meet in the middle of each run.
    """
    for model, method in caller.call(methods_of_jobs):
        caller.note(job=f"{model}.{method}")
        caller.call(lambda env, model=model, method=method: getattr(env[model], method)() and None)


def methods_of_jobs(env) -> list[tuple[str, str]]:
    """Model and method of our jobs, in their order: ``model._cron_billing_run()``."""
    found = []
    for job in env["ir.cron"].search([], order="priority, id"):
        code = (job.code or "").strip()
        if job.model_id.model.startswith("isp.") and code.startswith("model._cron_"):
            found.append((job.model_id.model, code.removeprefix("model.").removesuffix("()")))
    return found


# === MONEY === #


def counter(caller, step: dict) -> None:
    """A cashier fills in the counter wizard and presses its button until the server answers."""
    if "wizard" not in caller.memory:
        made = caller.call(lambda env: _open_wizard(env, step), login=CASHIER)
        caller.remember(wizard=made)
    if caller.memory["wizard"]:
        caller.call(lambda env: _press(env, caller.memory["wizard"]), login=CASHIER)
        caller.remember(booked=step["reference"])


def _open_wizard(env, step: dict) -> int:
    """The id of a new wizard, 0 when there is nothing to receive."""
    service = _service(env, step)
    if service.state in ("draft", "cancelled"):
        return 0
    wizard = env["isp.counter.payment"].create(
        {"subscription_id": service.id, "months": step["months"], "reference": step["reference"]}
    )
    amount = wizard.currency_id.round(wizard.amount_due * step["part"])
    if amount <= 0:
        return 0
    wizard.amount = amount
    return wizard.id


def _press(env, wizard: int) -> None:
    env["isp.counter.payment"].browse(wizard).action_register()


def provider(caller, step: dict) -> None:
    """A message of a provider: looked up by its reference, booked and settled if it is new."""
    _send(caller, step, settle=True)


def bank(caller, step: dict) -> None:
    """Money that arrives without saying for what: it is credit of the payer."""
    _send(caller, step, settle=False)


def _send(caller, step: dict, settle: bool) -> None:
    if caller.call(lambda env: _book(env, step, settle)):
        caller.remember(booked=step["reference"])


def _book(env, step: dict, settle: bool) -> bool:
    """Whether the payment is booked now: it may have been before."""
    payments = env["account.payment"].with_context(force_payment_move=True)
    if payments.search_count([("isp_reference", "=", step["reference"])]):
        return True
    service = _service(env, step)
    if service.state in ("draft", "cancelled"):
        return False
    payment = payments.create(
        {
            "payment_type": "inbound",
            "partner_type": "customer",
            "partner_id": service.partner_id.id,
            "amount": step["amount"],
            "journal_id": env["account.journal"].search([("type", "=", "bank")], limit=1).id,
            "date": service.company_id._isp_today(),
            "isp_reference": step["reference"],
        }
    )
    payment.action_post()
    if settle:
        service._isp_settle_payment(payment, months=step["months"])
    return True


# === CLERK === #


def suspend(caller, step: dict) -> None:
    """Switch a running service off by hand."""
    caller.call(lambda env: _from(env, step, ("active", "grace"), "action_suspend"), login=CLERK)


def reactivate(caller, step: dict) -> None:
    """Switch a service on by hand."""
    states = ("suspended", "paused")
    caller.call(lambda env: _from(env, step, states, "action_reactivate"), login=CLERK)


def _from(env, step: dict, states: tuple[str, ...], method: str) -> None:
    service = _service(env, step)
    if service.state in states:
        getattr(service, method)()


def cancel_invoice(caller, step: dict) -> None:
    """Cancel the newest unpaid invoice: its days are billed again."""
    if "move" not in caller.memory:
        caller.remember(move=caller.call(lambda env: _newest_unpaid(env, step)))
    if caller.memory["move"]:
        caller.call(lambda env: _cancel(env, caller.memory["move"]))


def _newest_unpaid(env, step: dict) -> int:
    moves = _service(env, step)._isp_open_moves()
    return moves.filtered(lambda move: move.payment_state == "not_paid")[-1:].id or 0


def _cancel(env, move: int) -> None:
    invoice = env["account.move"].browse(move)
    if invoice.state == "posted" and invoice.payment_state == "not_paid":
        invoice.button_draft()
        invoice.button_cancel()


def credit_days(caller, step: dict) -> None:
    """Give some billed days back with a credit note that names its operation."""
    caller.call(lambda env: _give_back(env, step))


def _give_back(env, step: dict) -> None:
    if env["account.move"].search_count([("ref", "=", step["reference"])]):
        return
    service = _service(env, step)
    rows = service._isp_live_rows() if service.state in RUNNING else []
    if rows:
        row = rows[-1]
        days = max(1, int((row.date_end - row.date_start).days * step["part"]))
        start = date.fromordinal(row.date_end.toordinal() - days)
        service._isp_credit_days(start, row.date_end, step["reference"])


def paper(caller, _step: dict) -> None:
    """Deliver by hand what could not be mailed, as the list of notices asks for."""
    caller.call(_deliver, login=CLERK)


def _deliver(env) -> None:
    if "isp.notice" in env:
        waiting = env["isp.notice"].search([("state", "in", ("undelivered", "failed"))])
        if waiting:
            waiting.action_mark_delivered()


# === WORLD === #


def world(caller, step: dict) -> None:
    """Make the population."""
    today = date.fromisoformat(step["today"])
    caller.remember(services=caller.call(lambda env: populate(env, step["seed"], today)))


def _service(env, step: dict):
    return env["isp.subscription"].search([], order="id", limit=1, offset=step["service"])


def warm(env) -> None:
    """A payment and every job of ours; nothing of it is committed."""
    service = env["isp.subscription"].search([("state", "=", "active")], limit=1)
    wizards = env["isp.counter.payment"].with_user(
        env["res.users"].search([("login", "=", CASHIER)])
    )
    values = {"subscription_id": service.id, "months": 1, "amount": 349.0}
    wizards.create(values).action_register()
    for model, method in methods_of_jobs(env):
        getattr(env[model], method)()


STEPS = wishes.STEPS | {
    function.__name__: function
    for function in (
        *(scheduler, jobs_by_hand, counter, provider, bank),
        *(suspend, reactivate, cancel_invoice, credit_days, paper, world),
    )
}

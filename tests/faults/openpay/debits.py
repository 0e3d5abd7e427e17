"""Direct debit in a round: consents, bills, mails that arrive, banks that change their mind.

Loaded inside Odoo by `tests.faults.kit.inside`. What is announced and charged is the work of
Odoo's own jobs, in the step of the scheduler.
"""

from __future__ import annotations

import urllib.error
from http import HTTPStatus

from psycopg2 import IntegrityError

from odoo.exceptions import ConcurrencyError, UserError

from . import account
from .wire import ask

LIVE = ("active", "grace", "suspended")
SEEN = {"ip": "203.0.113.9", "user_agent": "Faults/1.0"}


def agree(caller, step: dict) -> None:
    """A customer agrees and gives a card, as the page of the portal does; again with a new one."""
    if "source" not in caller.memory:
        number = account.another_card(step["key"])
        caller.remember(source=account.browser_token(step["simulator"], number))
    try:
        caller.call(lambda env: _agree(env, step, caller.memory["source"]))
    except UserError as refusal:
        caller.note(refused=str(refusal)[:200])


def _agree(env, step: dict, source: str) -> None:
    mandates = env["isp.card.mandate"]
    mandate = mandates.search([("start_token", "=", step["key"])])
    if not mandate:
        service = _service(env, step)
        if service.state not in LIVE:
            return
        row = env["isp.card.registration"]._create_for(
            env.ref("isp_payments_mx.payment_provider_openpay"),
            service.partner_id,
            source,
            "device-1",
            SEEN["ip"],
            service,
        )
        offer = service._isp_debit_offer(step["day"])
        try:
            mandate = mandates._isp_accept(service, offer, row, SEEN, start_token=step["key"])
            env.flush_all()
        except IntegrityError as error:  # two tabs: as the portal does
            raise ConcurrencyError("agreed to at the same moment") from error
        row._trigger_worker()
    mandate.registration_id._outbox_commit()
    mandate.registration_id._outbox_process_one()


def switch_off(caller, step: dict) -> None:
    """A customer presses the button that ends it, which may come while his card is charged."""

    def request(env):
        service = _service(env, step)
        service._lock_for_settlement()
        env["isp.card.mandate"]._isp_live(service)._isp_end("customer")

    caller.call(request)


def bill(caller, _step: dict) -> None:
    """Bill what is due of the services with direct debit; another process may have some of them."""

    def request(env):
        live = env["isp.card.mandate"].search([("state", "in", ("active", "suspended"))])
        services = live.subscription_id.try_lock_for_update(allow_referencing=True)
        services.filtered(lambda row: row.state in LIVE)._bill_due(env.company._isp_today())

    caller.call(request)


def postman(caller, _step: dict) -> None:
    """The mail server took the mails that announce charges."""

    def request(env):
        own = [("kind", "=", "debit"), ("state", "in", ("queued", "sending"))]
        for notice in env["isp.notice"].search(own, order="id"):
            notice.mail_mail_id._postprocess_sent_message(notice.recipient_id.ids, [])

    caller.call(request)


def mood(caller, step: dict) -> None:
    """A bank refuses a stored card from now on, or accepts it again."""
    stored = [("openpay_card_id", "!=", False)]
    cards = caller.call(
        lambda env: env["payment.token"].search(stored, order="id").mapped("openpay_card_id")
    )
    if not cards:
        return
    order = {"card_id": cards[int(step["pick"] * len(cards))], "decline": step["code"]}
    try:
        ask("POST", f"{step['simulator']}/_control/card", order)
    except urllib.error.HTTPError as error:
        if error.code != HTTPStatus.NOT_FOUND:  # deleted at this moment
            raise


def _service(env, step: dict):
    """One of the services of the payers who have cards."""
    services = account.debit_services(env)
    return services[step["service"] % len(services)]

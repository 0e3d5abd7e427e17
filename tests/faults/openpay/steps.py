"""The steps of a round: presses of buttons, transfers, messages of Openpay, the scheduler.

A caller that gets no answer presses again, with the mark of its first press; Openpay sends a
message again until it was taken. Loaded inside Odoo by `tests.faults.kit.inside`.
"""

from __future__ import annotations

import base64
import json
import random
from datetime import UTC, datetime, timedelta
from functools import partial

from werkzeug.test import Client

from odoo import http
from odoo.exceptions import UserError
from odoo.tools import SQL

from tests.faults.money.steps import jobs_by_hand, methods_of_jobs, scheduler

from . import account, debits
from .wire import ask

ROUTE = "/payment/openpay/webhook"
SECRET = base64.b64encode(f"{account.USER}:{account.PASSWORD}".encode()).decode()
HEADERS = {"Content-Type": "application/json", "Authorization": f"Basic {SECRET}"}
CARDS = {
    "good": account.GOOD_CARD,
    "declined": "4222222222222220",
    "poor": "4444444444444448",
    "secure": "4005580000050508",
}
LIVE = ("active", "grace", "suspended")
#: so long a payment on the bank's page can be finished, as the addon has it
PAGE_DAYS = 7


# === PRESSES === #


def _press(caller, step: dict, make) -> None:
    """Press a button: ``make(env, service)`` returns the attempt, sent; refusals are told."""

    def request(env):
        service = env["isp.subscription"].search([], order="id", limit=1, offset=step["service"])
        if service.state not in LIVE:
            return None
        attempt = make(env, service)
        return attempt and (attempt.idempotency_key, attempt.state)

    try:
        told = caller.call(request)
    except UserError as refusal:
        caller.note(refused=str(refusal)[:200])
        return
    if told and told[1] == "paid":
        caller.remember(booked=told[0])


def spei(caller, step: dict) -> None:
    """Ask for a reference for a transfer, as the button of the payment summary does."""
    _reference(caller, step, "spei")


def store(caller, step: dict) -> None:
    """Ask for a reference to pay with cash at a store; amounts above its limit are refused."""
    _reference(caller, step, "paynet")


def _reference(caller, step: dict, method: str) -> None:
    def make(_env, service):
        quote = service._get_payment_quote(step["months"])
        if quote["total"] <= 0:
            return None
        voucher = service._openpay_get_voucher(quote, method, step["key"])
        voucher._trigger_worker()
        voucher._outbox_commit()
        voucher._outbox_process_one()
        return voucher

    _press(caller, step, make)


def card(caller, step: dict) -> None:
    """Pay with the card form: the browser's token is used once."""
    _charge(caller, step, CARDS[step["card"]], False)


def secure(caller, step: dict) -> None:
    """Pay with a card whose bank asks the cardholder."""
    _charge(caller, step, CARDS["secure"], True)


def _charge(caller, step: dict, number: str, use_3ds: bool) -> None:
    if "source" not in caller.memory:
        caller.remember(source=account.browser_token(step["simulator"], number))

    def make(env, service):
        found = _started(env, service, step["key"])
        if not found:
            tx = _transaction(env, service, step["months"])
            found = tx and env["isp.card.charge"]._create_for(
                tx,
                "inline",
                caller.memory["source"],
                "device-1",
                "127.0.0.1",
                use_3ds=use_3ds,
                start_token=step["key"],
            )
        return found and _send(found)

    _press(caller, step, make)


def stored(caller, step: dict) -> None:
    """Charge a stored card while nobody looks."""

    def make(env, service):
        found = _started(env, service, step["key"])
        tokens = env["payment.token"].search(
            [("partner_id", "=", service.commercial_partner_id.id)], order="id"
        )
        if not found and tokens:
            tx = _transaction(env, service, step["months"], token_id=tokens[0].id)
            charges = env["isp.card.charge"]
            found = tx and charges._create_for(tx, "stored", start_token=step["key"])
        return found and _send(found)

    _press(caller, step, make)


def _started(env, service, key: str):
    """The charge of this press, if it was made; a second press at the same moment waits.

    :raise UserError: another card payment of the service is under way
    """
    env.cr.execute(
        SQL(
            "UPDATE isp_subscription SET write_date = now() AT TIME ZONE 'UTC' WHERE id = %s",
            service.id,
        ),
        log_exceptions=False,
    )
    charges = env["isp.card.charge"]
    found = charges.search([("start_token", "=", key)])
    live = [("subscription_id", "=", service.id), ("state", "in", ("preparing", "pending"))]
    if not found and charges.search_count(live):
        raise UserError("under way")
    return found


def _transaction(env, service, months: int, **values):
    """A draft transaction, nothing when there is nothing to pay."""
    quote = service._get_payment_quote(months)
    if quote["total"] <= 0:
        return None
    tx = service._openpay_create_transaction(quote, env.ref("payment.payment_method_card"))
    tx.write({"operation": "offline" if values else "online_direct", **values})
    return tx


def _send(charge):
    charge._trigger_worker()
    charge._outbox_commit()
    charge._outbox_process_one()
    return charge


# === OUTSIDE === #


def trouble(_caller, step: dict) -> None:
    """Let the simulator do something bad."""
    for fault in step["faults"]:
        ask("POST", f"{step['simulator']}/_control/fault", fault)


def bank(_caller, step: dict) -> None:
    """Somebody pays a reference, in time or late; a transfer also less or more, once or twice."""
    charges = ask("GET", f"{step['simulator']}/_control/charges")
    references = [row for row in charges if row["method"] != "card"][:20]
    if not references:
        return
    charge = references[int(step["pick"] * len(references))]
    order = {"charge_id": charge["id"], "times": step["times"]}
    if charge["method"] == "store":  # the till takes the amount of the reference, once
        if charge["status"] == "completed":
            return
        order["times"] = 1
    elif step["part"]:
        order["amount"] = round(charge["amount"] * step["part"], 2)
    ask("POST", f"{step['simulator']}/_control/pay", order)


def secure_end(_caller, step: dict) -> None:
    """The cardholder ends his visit at the bank, well or badly, while the page is open."""
    charges = ask("GET", f"{step['simulator']}/_control/charges?status=charge_pending")
    opened = datetime.now(UTC) - timedelta(days=PAGE_DAYS)
    charges = [row for row in charges if datetime.fromisoformat(row["creation_date"]) > opened]
    for charge in charges[:1]:
        order = {"charge_id": charge["id"], "success": step["pick"] < 0.7}
        ask("POST", f"{step['simulator']}/_control/3ds", order)


def messages(caller, step: dict) -> None:
    """Openpay delivers what waits: in any order, some twice, some never."""
    chance = random.Random(step["seed"])
    waiting = ask("GET", step["postbox"])
    chance.shuffle(waiting)
    for number, body in waiting:
        about = (json.loads(body).get("transaction") or {}).get("id")
        if about and chance.random() < step["lost"]:
            caller.note(lost=about)
        elif not all([_deliver(caller, body) for _copy in range(step["copies"])]):
            continue
        ask("DELETE", f"{step['postbox']}{number}")


def _deliver(caller, body: str) -> bool:
    """Send a message through Odoo's whole HTTP stack; whether it was taken."""
    caller.registry()
    client = Client(http.root)
    environ = {"REMOTE_ADDR": "127.0.0.1"}
    answer = client.post(ROUTE, data=body.encode(), headers=HEADERS, environ_base=environ)
    return answer.status_code == 200


# === WORLD === #


def begin(caller, step: dict) -> None:
    """Connect the database with the simulator of this play, store cards, agree to direct debits."""
    caller.call(lambda env: account.connect(env, step["simulator"]))
    for partner in caller.call(account.holders):
        source = account.browser_token(step["simulator"], CARDS["good"])
        caller.call(partial(account.store_card, partner=partner, source=source))
    for number in range(caller.call(lambda env: len(account.debit_services(env)))):
        caller.memory.pop("source", None)
        debits.agree(caller, {**step, "service": number, "day": None, "key": f"BEGIN-{number}"})


def warm(env) -> None:
    """A reference, its payment, every job of ours, a request; nothing of it is committed."""
    # Openpay outlives what is rolled back here: nothing may reach it
    provider = env.ref("isp_payments_mx.payment_provider_openpay")
    provider.openpay_base_url = "http://127.0.0.1:9"
    services = env["isp.subscription"].search([("state", "=", "active")], order="id")
    # some have credit enough for years
    service = next(row for row in services if row._get_payment_quote(1)["total"] > 0)
    voucher = service._openpay_get_voucher(service._get_payment_quote(1), "spei", "warm")
    tx = _transaction(env, service, 1)
    env["isp.card.charge"]._create_for(tx, "inline", "source", "device-1").outbox_state = "draft"
    voucher.outbox_state = "draft"  # nothing is sent
    env["payment.transaction"]._openpay_receive(
        voucher.provider_id,
        {
            "id": "trwarm",
            "order_id": voucher.idempotency_key,
            "status": "completed",
            "method": "bank_account",
            "amount": voucher.amount,
            "currency": "MXN",
        },
    )
    for kind in ("debit", "debit_failed", "debit_mandate"):
        service._isp_notify(kind, "warm", text="warm")
    for model, method in methods_of_jobs(env):
        getattr(env[model], method)()
    Client(http.root).post(ROUTE, environ_base={"REMOTE_ADDR": "127.0.0.1"})


STEPS = {
    function.__name__: function
    for function in (
        *(account.world, begin, spei, store, card, secure, stored),
        *(trouble, bank, secure_end, messages, scheduler, jobs_by_hand),
        *(debits.agree, debits.switch_off, debits.bill, debits.postman, debits.mood),
    )
}

"""The Openpay account of a play, made inside Odoo."""

from __future__ import annotations

import base64
from datetime import date
from zlib import crc32

from tests.faults.money.population import populate
from tests.faults.money.steps import jobs_by_hand

from .names import MERCHANT, PASSWORD, PRIVATE_KEY, USER
from .wire import ask

#: how many payers have a stored card
HOLDERS = 12
GOOD_CARD = "4111111111111111"
#: Odoo's jobs that belong to online payments; the others have a suite of their own
QUIET = """
UPDATE ir_cron SET active = false WHERE id NOT IN (
    SELECT res_id FROM ir_model_data WHERE model = 'ir.cron' AND module = 'isp_payments_mx')
"""


def world(caller, step: dict) -> None:
    """Make the population."""
    today = date.fromisoformat(step["today"])
    caller.remember(services=caller.call(lambda env: populate(env, step["seed"], today)))
    jobs_by_hand(caller, step)  # bills of today, so that there are debts
    caller.call(lambda env: env.cr.execute(QUIET))


def connect(env, simulator: str) -> None:
    """Switch the company's Openpay account on, with the simulator as its server."""
    provider = env.ref("isp_payments_mx.payment_provider_openpay")
    provider.company_id = env.company
    provider.write(
        {
            "state": "test",
            "is_published": True,
            "openpay_merchant_id": MERCHANT,
            "openpay_private_key": PRIVATE_KEY,
            "openpay_base_url": simulator,
            "openpay_webhook_user": USER,
            "openpay_webhook_password": PASSWORD,
        }
    )
    provider.payment_method_ids.active = True
    # the billing of all customers has a suite of its own: its silence here means nothing
    env.company.isp_catchup_days = 10_000


def holders(env) -> list[int]:
    """The payers who store a card."""
    rows = env["isp.subscription"]
    services = rows.search([("state", "not in", ("draft", "cancelled"))], order="id")
    payers = services.commercial_partner_id.filtered("email")
    return payers.sorted("id")[:HOLDERS].ids


def debit_services(env):
    """The services of those payers, who may agree to direct debit."""
    own = [("commercial_partner_id", "in", holders(env))]
    return env["isp.subscription"].search(own, order="id")


def another_card(mark: str) -> str:
    """The number of a card that nobody has yet: Openpay keeps a card of a payer once."""
    digits = f"411111{crc32(mark.encode()) % 10**9:09}"
    doubled = (sum(divmod(2 * int(digit), 10)) for digit in digits[::2])
    return f"{digits}{-(sum(doubled) + sum(map(int, digits[1::2]))) % 10}"


def browser_token(simulator: str, number: str) -> str:
    """A one-time token, as openpay.js gets it in the browser."""
    card = {
        "card_number": number,
        "holder_name": "Rosa Elena Ibarra",
        "cvv2": "123",
        "expiration_month": "12",
        "expiration_year": "45",
    }
    secret = base64.b64encode(f"{PRIVATE_KEY}:".encode()).decode()
    headers = {"Authorization": f"Basic {secret}"}
    return ask("POST", f"{simulator}/v1/{MERCHANT}/tokens", card, headers)["id"]


def store_card(env, partner: int, source: str) -> None:
    """Keep a card of a payer at Openpay."""
    provider = env.ref("isp_payments_mx.payment_provider_openpay")
    rows = env["isp.card.registration"]
    row = rows._create_for(provider, env["res.partner"].browse(partner), source, "device-1")
    row._outbox_commit()
    row._outbox_process_one()
    if row.state != "done":
        raise RuntimeError(f"the card was not stored: {row.last_error}")

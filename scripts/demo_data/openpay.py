"""Openpay in the demo: references paid at the simulated bank or store, a card that is kept."""

from __future__ import annotations

import datetime
import secrets

from odoo import fields

from tests.simulators.openpay.config import DEMO_MERCHANT, DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY

from . import outside

WEBHOOK_USER = "odoo"
#: form of payment -> Openpay's method; the other forms are paid at the branch
METHODS = {"spei": "spei", "store": "paynet"}
#: longer than the first interval after which a pending reference is asked about
LATER = datetime.timedelta(minutes=11)


def provider_of(env):
    """The one Openpay account of the demo."""
    return env.ref("isp_payments_mx.payment_provider_openpay")


def connect(env) -> None:
    """Point the provider at the simulator."""
    provider = provider_of(env)
    provider.write(
        {
            "openpay_base_url": outside.address("openpay"),
            "openpay_sdk_url": f"{outside.address('openpay')}/js/openpay.v1.min.js",
            "openpay_device_url": f"{outside.address('openpay')}/js/openpay-data.v1.min.js",
            "openpay_merchant_id": DEMO_MERCHANT,
            "openpay_private_key": DEMO_PRIVATE_KEY,
            "openpay_public_key": DEMO_PUBLIC_KEY,
            "openpay_webhook_user": WEBHOOK_USER,
            "openpay_webhook_password": provider.openpay_webhook_password
            or secrets.token_urlsafe(24),
        }
    )
    if provider.state == "disabled":
        provider.write({"state": "test", "is_published": True})


def listen(env) -> None:
    """Tell the simulator where Odoo listens; only once Odoo is about to."""
    outside.control(
        "openpay",
        "webhook",
        {
            "url": f"{outside.address('url')}/payment/openpay/webhook",
            "user": WEBHOOK_USER,
            "password": provider_of(env).openpay_webhook_password,
        },
    )


def reference(env, subscription, months: int, method: str):
    """Ask for a reference (``spei``, ``paynet``) as the customer's button does; the voucher."""
    quote = subscription._get_payment_quote(months)
    voucher = subscription._openpay_get_voucher(quote, method).sudo()
    env.cr.commit()
    voucher._outbox_process_one()
    return voucher


def pay(env, subscription, months: int, clock, method: str = "spei") -> None:
    """Ask for a reference, pay it, and let the sweep find the money minutes later."""
    voucher = reference(env, subscription, months, method)
    outside.control("openpay", "pay", {"reference": voucher.reference})
    moment = fields.Datetime.now() + LATER
    clock.move_to(moment)
    outside.set_clocks(moment)
    env["isp.payment.voucher"]._cron_sweep()


def agree(env, subscription) -> None:
    """Direct debit: the customer's browser makes a token, the portal stores consent and card."""
    card = {
        "card_number": "4111111111111111",
        "holder_name": subscription.partner_id.name,
        "cvv2": "123",
        "expiration_month": "11",
        "expiration_year": f"{(fields.Date.today().year + 3) % 100:02d}",
    }
    token = outside.post(f"openpay/v1/{DEMO_MERCHANT}/tokens", card, DEMO_PUBLIC_KEY)["id"]
    page = env["isp.portal.page"]
    mandate = page._store_debit(
        subscription,
        subscription._isp_debit_offer(),
        {"source_id": token, "device_session_id": secrets.token_hex(16)},
        {"ip": "127.0.0.1", "user_agent": "demo"},
        secrets.token_hex(8),
    )
    env.cr.commit()
    mandate.registration_id._outbox_process_one()

"""Payments by SPEI: a reference from Openpay, paid at the simulated bank, found by asking again."""

from __future__ import annotations

import datetime
import secrets

from odoo import fields

from tests.simulators.openpay.config import DEMO_MERCHANT, DEMO_PRIVATE_KEY, DEMO_PUBLIC_KEY

from . import outside

WEBHOOK_USER = "odoo"
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


def pay(env, subscription, months: int, clock) -> None:
    """Ask for a reference, pay it at the bank, and let the sweep find the money minutes later."""
    quote = subscription._get_payment_quote(months)
    voucher = subscription._openpay_get_voucher(quote, "spei").sudo()
    env.cr.commit()
    voucher._outbox_process_one()
    outside.control("openpay", "pay", {"reference": voucher.reference})
    moment = fields.Datetime.now() + LATER
    clock.move_to(moment)
    outside.set_clocks(moment)
    env["isp.payment.voucher"]._cron_sweep()

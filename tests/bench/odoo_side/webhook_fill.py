"""Data of the webhook benchmark: customers who are about to pay an invoice of 349.00 online.

The peer's transactions belong to core's Xendit account; ours to the simulated Openpay, where the
charges exist. Services are billed for one month; the cut ones are suspended for that debt.
"""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

from odoo.fields import Command, Date

from .billing_fill import QUIET, customers_of, plan_of
from .names import MERCHANT, PASSWORD, PRIVATE_KEY, USER, XENDIT_TOKEN


def fill(env, side: str, counts: dict[str, int], simulator: str, answer: str) -> None:
    """Make the payments that are awaited and write what identifies them to the file ``answer``.

    :param side: ``ours`` or ``peer``
    :param counts: how many invoices to pay of each kind: ``plain`` (an invoice as Odoo's own
        payment page pays it) and for ours ``service`` and ``cut``
    """
    env = env(context={**env.context, **QUIET, "tz": "America/Mexico_City"})
    make = Ours(env, simulator) if side == "ours" else Peer(env)
    found = {kind: make.batch(kind, count) for kind, count in counts.items()}
    env.cr.commit()
    env.cr.execute("ANALYZE")
    env.cr.commit()
    Path(answer).write_text(json.dumps(found), encoding="utf-8")


class Side:
    """What both sides have: customers, the product, posted invoices."""

    plan_values: dict = {}

    def __init__(self, env) -> None:
        self.env = env
        self.plan = plan_of(env, **self.plan_values)
        self.provider = self.account()

    def account(self):
        """The provider's account, switched on."""
        raise NotImplementedError

    def batch(self, kind: str, count: int) -> list[str]:
        """The keys of ``count`` awaited payments."""
        customers = customers_of(self.env, count)
        keys = [getattr(self, kind)(customer) for customer in customers]
        self.env.flush_all()
        self.env.invalidate_all()
        return keys

    def transaction(self, customer, method: str):
        """A transaction that will pay a posted invoice of the plan."""
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": customer.id,
                "invoice_date": Date.context_today(self.env.user),
                "invoice_line_ids": [
                    Command.create({"product_id": self.plan.product_variant_id.id, "quantity": 1})
                ],
            }
        )
        move.action_post()
        return self.env["payment.transaction"].create(
            {
                "provider_id": self.provider.id,
                "payment_method_id": self.env.ref(method).id,
                "reference": move.name,
                "amount": move.amount_total,
                "currency_id": move.currency_id.id,
                "partner_id": customer.id,
                "operation": "online_redirect",
                "invoice_ids": [Command.set(move.ids)],
            }
        )


class Peer(Side):
    """Core's Xendit. It takes no pesos by itself: only its list of currencies says so."""

    def account(self):
        provider = self.env.ref("payment.payment_provider_xendit")
        provider.write(
            {
                "company_id": self.env.company.id,
                "xendit_public_key": "public",
                "xendit_secret_key": "secret",
                "xendit_webhook_token": XENDIT_TOKEN,
                "state": "test",
            }
        )
        return provider

    def plain(self, customer) -> str:
        """The reference of a pending transaction."""
        tx = self.transaction(customer, "payment.payment_method_card")
        tx._set_pending()
        return tx.reference


class Ours(Side):
    """Openpay with the simulator behind it."""

    plan_values = {"isp_is_plan": True}

    def __init__(self, env, simulator: str) -> None:
        self.simulator = simulator
        super().__init__(env)

    def account(self):
        provider = self.env.ref("isp_payments_mx.payment_provider_openpay")
        provider.company_id = self.env.company
        provider.write(
            {
                "openpay_merchant_id": MERCHANT,
                "openpay_private_key": PRIVATE_KEY,
                "openpay_base_url": self.simulator,
                "openpay_webhook_user": USER,
                "openpay_webhook_password": PASSWORD,
                "state": "test",
            }
        )
        return provider

    def plain(self, customer) -> str:
        """The charge of a reference that Odoo's payment page gave for an invoice."""
        tx = self.transaction(customer, "payment.payment_method_spei")
        return self.send(self.env["isp.payment.voucher"]._create_for(tx))

    def service(self, customer, cut: bool = False) -> str:
        """The charge of a reference for a service that owes one month."""
        start = Date.context_today(self.env.user) - timedelta(days=40 if cut else 0)
        service = self.env["isp.subscription"].create(
            {
                "partner_id": customer.id,
                "plan_id": self.plan.id,
                "anchor_day": start.day,
                "date_start": start,
                "state": "active",
            }
        )
        service._bill_periods(1)
        if cut:
            service._suspend("debt")
        quote = service._get_payment_quote(1)
        return self.send(service._openpay_get_voucher(quote, "spei"))

    def cut(self, customer) -> str:
        """The same for a service that is suspended."""
        return self.service(customer, cut=True)

    def send(self, voucher) -> str:
        """Have Openpay make the charge; returns its id."""
        voucher._outbox_process_one()
        if voucher.state != "pending":
            raise RuntimeError(f"no reference: {voucher.last_error}")
        return voucher.charge_id

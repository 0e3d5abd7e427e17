import json

from odoo import fields

from ..services.events import parse_event
from .debit_common import DebitMixin

REASON = "Paid twice"


class RefundMixin(DebitMixin):
    """A card payment of 349.00 that settled a bill, and what managers and Openpay do with it."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.subscription._bill_periods(1)
        self.card = self._start_card(self.subscription)
        self.payment = self.card.transaction_id.payment_id
        self.invoice = self.payment.reconciled_invoice_ids

    def _switch(self, **values):
        self.simulator.post("/_control/config", values)

    def _order(self, amount, payment=None, user=None, reason=REASON, **values):
        """Press the button of the assistant; returns the refund with the rights of the test."""
        wizard = self._wizard(payment or self.payment, user)
        wizard.write({"amount": amount, "reason": reason, **values})
        action = wizard.action_confirm()
        return self.env["isp.payment.refund"].sudo().browse(action["res_id"])

    def _wizard(self, payment, user=None):
        wizards = self.env["isp.payment.refund.wizard"].with_user(user or self.user_manager)
        wizards = wizards.with_context(allowed_company_ids=self.company.ids)
        return wizards.create({"payment_id": payment.id})

    def _prepare(self, amount):
        """Order a refund whose request is not sent yet."""
        refunds = self.env["isp.payment.refund"].with_user(self.user_manager)
        refunds = refunds.with_context(allowed_company_ids=self.company.ids)
        payment = self.payment.with_env(refunds.env)
        refund = refunds._order_card(payment, amount, REASON)
        return refund.with_env(self.env(su=True))

    def _in_dashboard(self, amount=None, card=None):
        """Somebody gives money back in Openpay's dashboard."""
        data = {"charge_id": (card or self.card).charge_id, "description": "By phone"}
        return self.simulator.post(
            "/_control/refund", data | ({"amount": amount} if amount else {})
        )

    def _deliver(self, charge, event_type):
        events = self.env["isp.payment.event"].sudo()
        events._receive(
            self.provider, parse_event(json.dumps(self._message(charge, event_type)).encode())
        )
        self.env.invalidate_all()
        self._work_on_events()

    def _dispute(self, *steps, card=None):
        for step in steps:
            data = {"charge_id": (card or self.card).charge_id, "status": step}
            self._deliver(self.simulator.post("/_control/chargeback", data), f"chargeback.{step}")

    def _receive_again(self, card=None):
        card = card or self.card
        data = self.provider._openpay_get_charge(card.charge_id, card.customer_ref or "")
        return self._book(data)

    def _given_at_openpay(self, card=None):
        """How much Openpay has given back of a charge, counted by its requests."""
        path = f"/charges/{(card or self.card).charge_id}/refund"
        return len(self.simulator.get(f"/_control/requests?method=POST&path={path}"))

    def _story(self):
        return " ".join(self.subscription.message_ids.mapped("body"))

    def _books(self, subscription=None, payment=None, invoice=None):
        """Return what the journal, the ledger and the payment say: debt, credit, paid periods."""
        service = subscription or self.subscription
        invoice = invoice or self.invoice
        payment = payment or self.payment
        self.env.flush_all()
        self.env.invalidate_all()
        rows = service.period_ids.filtered(lambda row: row.move_id == invoice)
        # ledger and journal say the same
        owed = sum(rows.mapped("amount_total")) - sum(rows.mapped("amount_paid"))
        self.assertEqual(round(owed, 2), invoice.amount_residual)
        paid = invoice.amount_residual == 0.0
        self.assertEqual(set(rows.mapped("state")), {"paid" if paid else "billed"})
        self.assertEqual(sum(payment.isp_coverage_ids.mapped("amount")), self._settled(payment))
        return invoice.amount_residual, service.credit_balance

    def _settled(self, payment):
        partials = payment._isp_receivable_lines().matched_debit_ids
        bills = partials.filtered(lambda row: row.debit_move_id.move_id.move_type == "out_invoice")
        return round(sum(bills.mapped("amount")), 2)

    def _today(self):
        return self.company._isp_today()

    def _now(self):
        return fields.Datetime.now()

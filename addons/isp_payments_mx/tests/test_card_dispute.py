import json

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..services.events import parse_event
from .common import OpenpayCommon
from .debit_common import DebitMixin


@tagged("post_install", "-at_install")
class TestCardDispute(DebitMixin, OpenpayCommon):
    """Money that is given back, or that the cardholder's bank asks back."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.subscription._bill_periods(1)
        self.card = self._start_card(self.subscription)
        self.payment = self.card.transaction_id.payment_id

    def _deliver(self, charge, event_type):
        events = self.env["isp.payment.event"].sudo()
        body = json.dumps(self._message(charge, event_type)).encode()
        events._receive(self.provider, parse_event(body))
        self._work_on_events()

    def _dispute(self, *steps):
        for step in steps:
            data = {"charge_id": self.card.charge_id, "status": step}
            self._deliver(self.simulator.post("/_control/chargeback", data), f"chargeback.{step}")

    def _receive_again(self):
        provider = self.provider
        self._book(provider._openpay_get_charge(self.card.charge_id, self.card.customer_ref or ""))

    def _story(self):
        return " ".join(self.subscription.message_ids.mapped("body"))

    def test_dispute_is_told_and_changes_no_books(self):
        self._dispute("created")
        self.assertEqual((self.card.dispute_state, self.card.state), ("open", "paid"))
        self.assertTrue(self.card.disputed_at)
        self.assertIn("disputes the card payment of", self._story())
        self.assertEqual(len(self.subscription.activity_ids), 1)
        self.assertIn(self.payment.state, ("in_process", "paid"))
        self._dispute_again()

    def _dispute_again(self):
        """The same news once more tells nobody anything."""
        told = len(self.subscription.message_ids)
        self._receive_again()
        self.assertEqual(len(self.subscription.message_ids), told)
        self.assertEqual(len(self.subscription.activity_ids), 1)

    def test_dispute_won(self):
        self._dispute("created", "rejected")
        self.assertEqual(self.card.dispute_state, "won")
        self.assertIn("the money stays", self._story())
        self.assertFalse(self.subscription.activity_ids)
        with self.assertRaises(UserError):
            self.card.with_user(self.user_manager).action_book_dispute()

    def test_dispute_lost_is_booked_by_a_manager(self):
        move = self.payment.reconciled_invoice_ids
        self._dispute("created", "accepted")
        self.assertEqual(self.card.dispute_state, "lost")
        self.assertEqual(len(self.subscription.activity_ids), 1)
        self.assertEqual(move.amount_residual, 0.0, "nothing is booked before somebody looked")
        for user in (self.user_billing, self.user_cashier):
            with self.assertRaises(AccessError):
                self.card.with_user(user).action_book_dispute()
        self.card.with_user(self.user_manager).action_book_dispute()
        self.assertEqual((move.amount_residual, self.payment.state), (349.0, "canceled"))
        self.assertEqual(self.card.dispute_booked_by_id, self.user_manager)
        self.assertIn("was reversed by", self._story())
        self.assertFalse(self.subscription.activity_ids)
        with self.assertRaises(UserError):
            self.card.with_user(self.user_manager).action_book_dispute()
        self._receive_again()
        self.assertEqual(len(self._payments(self.subscription)), 1, "nothing is booked again")

    def test_direct_debit_stops(self):
        self.subscription = self._create_subscription()
        mandate = self._agree(self.subscription)
        self.assertEqual(mandate.state, "active")
        self.card = self._charge_stored(self.subscription, mandate.token_id)
        self._dispute("created")
        self.assertEqual((mandate.state, mandate.suspend_code), ("suspended", "dispute"))

    def test_refund_made_in_the_dashboard_is_told_once(self):
        body = json.dumps({"amount": 100.0, "description": "Half a month"})
        path = f"charges/{self.card.charge_id}/refund"
        charge = self.provider._openpay_request("POST", path, body=body)
        for _time in range(2):
            self._deliver(charge, "charge.refunded")
            self._receive(charge)
        self.assertEqual(self.card.amount_refunded, 100.0)
        self.assertEqual(self._story().count("was given back to the card"), 1)

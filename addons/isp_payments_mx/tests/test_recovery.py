import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.isp_subscription.exceptions import OutboxRetry

from .. import const
from ..services.events import parse_event
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestRecovery(OpenpayCommon):
    """A process that dies between two commits loses nothing and does nothing twice.

    Each test does by hand what was committed before the moment of death, and then lets the
    workers run as after a restart.
    """

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    def _restart(self, voucher):
        """What the workers do until nothing is due."""
        for _round in range(4):
            self._make_due(voucher.filtered(lambda row: row.outbox_state != "done"))
            voucher._outbox_process()

    def _assert_one_charge(self, voucher):
        self.assertEqual([charge["id"] for charge in self._charges()], [voucher.charge_id])
        self.assertEqual((voucher.outbox_state, voucher.state), ("done", "pending"))

    def test_after_the_voucher_was_committed(self):
        voucher = self._start_voucher(self.subscription, send=False)
        self._restart(voucher)
        self._assert_one_charge(voucher)

    def test_after_sent_was_committed(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.write({"outbox_state": "sent", "attempts": 1})
        self._restart(voucher)
        self._assert_one_charge(voucher)

    def test_after_the_call_before_the_answer_was_stored(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.write({"outbox_state": "sent", "attempts": 1})
        voucher._outbox_call()
        self._restart(voucher)
        self._assert_one_charge(voucher)

    def test_paid_before_the_answer_was_stored(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.write({"outbox_state": "sent", "attempts": 1})
        charge = voucher._outbox_call()
        self.simulator.post("/_control/pay", {"charge_id": charge["id"], "amount": 300})
        self._restart(voucher)
        self.assertEqual((voucher.outbox_state, voucher.charge_status), ("done", "completed"))
        voucher._sweep_one()
        self.assertEqual(voucher.state, "paid")
        self.assertEqual(self._payments(self.subscription).amount, 300.0)

    def test_message_arrives_before_the_answer_was_stored(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.write({"outbox_state": "sent", "attempts": 1})
        charge = voucher._outbox_call()
        self._receive(self.simulator.post("/_control/pay", {"charge_id": charge["id"]}))
        self.assertEqual(voucher.state, "paid")
        self._restart(voucher)
        self.assertEqual((voucher.outbox_state, voucher.state), ("done", "paid"))
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_event_after_it_was_stored(self):
        voucher = self._start_voucher(self.subscription)
        charge = self._pay_at_bank(voucher)
        event = self._store_event(charge)
        event.write({"outbox_state": "sent", "attempts": 1})
        self._work_on_events()
        self.assertEqual((event.outbox_state, voucher.state), ("done", "paid"))

    def test_event_after_booking_before_it_was_done(self):
        voucher = self._start_voucher(self.subscription)
        charge = self._pay_at_bank(voucher)
        event = self._store_event(charge)
        self._receive(charge)
        event.write({"outbox_state": "sent", "attempts": 1})
        self._work_on_events()
        self.assertEqual(event.outbox_state, "done")
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_event_while_openpay_is_down(self):
        voucher = self._start_voucher(self.subscription)
        event = self._store_event(self._pay_at_bank(voucher))
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        with self.assertRaises(OutboxRetry):
            event._outbox_call()
        self._work_on_events()
        self.assertEqual((event.outbox_state, voucher.state), ("ready", "pending"))
        self.provider.openpay_base_url = self.simulator.url
        self._make_due(event)
        self._work_on_events()
        self.assertEqual(voucher.state, "paid")

    def test_booking_that_fails_is_tried_again(self):
        voucher = self._start_voucher(self.subscription)
        event = self._store_event(self._pay_at_bank(voucher))
        failure = patch.object(
            type(self.subscription), "_isp_settle_payment", side_effect=UserError("locked")
        )
        with failure:
            self._work_on_events()
        self.assertEqual((event.outbox_state, voucher.state), ("unknown", "pending"))
        self.assertFalse(self._payments(self.subscription))
        self._make_due(event)
        self._work_on_events()
        self.assertEqual(voucher.state, "paid")
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def _store_event(self, charge):
        events = self.env["isp.payment.event"].sudo()
        body = json.dumps(self._message(charge)).encode()
        self.assertTrue(events._receive(self.provider, parse_event(body)))
        return events.search([("charge_id", "=", charge["id"])])

    def test_service_is_not_cut_while_money_is_on_its_way(self):
        voucher = self._start_voucher(self.subscription)
        self.assertFalse(self.subscription._has_pending_payment(), "nobody paid yet")
        event = self._store_event(self._pay_at_bank(voucher))
        self.assertTrue(self.subscription._has_pending_payment())
        received = event.received_at
        event.received_at = fields.Datetime.subtract(received, hours=73)
        self.assertFalse(self.subscription._has_pending_payment(), "announced too long ago")
        event.received_at = received
        self._work_on_events()
        self.assertFalse(self.subscription._has_pending_payment())

    # === LOST MESSAGES: THE VOUCHERS ASK FOR THEMSELVES === #

    def _sweep(self):
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_sweep_vouchers").method_direct_trigger()

    def test_asks_after_five_minutes(self):
        voucher = self._start_voucher(self.subscription)
        wait = voucher.next_check_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 300, delta=30)
        self._pay_at_bank(voucher)
        self._sweep()
        self.assertEqual(voucher.state, "pending")
        voucher.next_check_at = fields.Datetime.now()
        self._sweep()
        self.assertEqual(voucher.state, "paid")
        self.assertFalse(voucher.next_check_at)
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_asks_less_and_less_often(self):
        voucher = self._start_voucher(self.subscription)
        now = fields.Datetime.now()
        waits = [(voucher._next_check(checks) - now).total_seconds() / 60 for checks in (0, 1)]
        self.assertAlmostEqual(waits[0], 5, delta=1)
        self.assertAlmostEqual(waits[1], 60, delta=1)
        last = now + timedelta(hours=6)
        voucher.due_at = last - timedelta(days=const.LATE_DAYS)
        self.assertEqual(voucher._next_check(3), last, "what came in the last hours")
        voucher.due_at = now - timedelta(days=40)
        self.assertFalse(voucher._next_check(3))

    def test_last_check_is_made_again_until_it_comes_to_its_end(self):
        voucher = self._start_voucher(self.subscription)
        self._pay_at_bank(voucher)  # and its message is lost
        voucher.due_at = fields.Datetime.now() - timedelta(days=const.LATE_DAYS + 1)
        transactions = type(self.env["payment.transaction"])
        killed = patch.object(transactions, "_openpay_receive", side_effect=RuntimeError)
        with killed, self.assertRaises(RuntimeError):
            voucher._sweep_one()
        self.assertTrue(voucher.next_check_at, "killed while the money was booked")
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        voucher._sweep_one()
        self.assertTrue(voucher.next_check_at, "Openpay did not answer")
        self.provider.openpay_base_url = self.simulator.url
        voucher._sweep_one()
        self.assertEqual((voucher.state, voucher.next_check_at), ("paid", False))

    def test_killed_check_is_made_again_within_the_hour(self):
        """Else a kill while a late payment is booked costs its owner one more day."""
        voucher = self._start_voucher(self.subscription)
        self._pay_at_bank(voucher)  # and its message is lost
        voucher.write({"due_at": fields.Datetime.now() - timedelta(days=2), "checks": 5})
        soon = fields.Datetime.now() + const.AGAIN + timedelta(seconds=30)
        transactions = type(self.env["payment.transaction"])
        killed = patch.object(transactions, "_openpay_receive", side_effect=RuntimeError)
        with killed, self.assertRaises(RuntimeError):
            voucher._sweep_one()
        self.assertLess(voucher.next_check_at, soon)
        voucher._sweep_one()
        self.assertEqual((voucher.state, voucher.next_check_at), ("paid", False))

    def test_check_of_what_another_process_wrote(self):
        """A message that is booked while Openpay is asked stops no check of others."""
        vouchers = self._start_voucher(self.subscription)
        vouchers |= self._start_voucher(self.subscription, months=2)
        self._pay_at_bank(vouchers[1])
        vouchers.next_check_at = fields.Datetime.now()
        one, failures = type(vouchers)._sweep_one, [SerializationFailure("concurrent update")]

        def sweep_one(record):
            one(record)
            if failures:
                raise failures.pop()

        with patch.object(type(vouchers), "_sweep_one", sweep_one):
            self._sweep()
        self.assertFalse(failures)
        self.assertEqual(vouchers.mapped("state"), ["pending", "paid"])

    def test_last_check_of_what_openpay_does_not_know(self):
        voucher = self._start_voucher(self.subscription)
        voucher.charge_id = "trnobodyknowsthis0000"
        voucher._sweep_one()
        self.assertTrue(voucher.next_check_at, "there is time left")
        voucher.due_at = fields.Datetime.now() - timedelta(days=const.LATE_DAYS + 1)
        voucher._sweep_one()
        self.assertFalse(voucher.next_check_at)
        self.assertEqual(voucher.state, "expired", "nobody will pay it")

    def test_expires_when_openpay_forgot(self):
        voucher = self._start_voucher(self.subscription)
        voucher.write(
            {
                "due_at": fields.Datetime.now() - timedelta(hours=3),
                "next_check_at": fields.Datetime.now(),
            }
        )
        self._sweep()
        self.assertEqual(voucher.state, "expired")
        self.assertEqual(voucher.transaction_id.state, "cancel")
        self.assertTrue(voucher.next_check_at, "a late payment is still looked for")
        self._pay_at_bank(voucher)
        voucher.next_check_at = fields.Datetime.now()
        self._sweep()
        self.assertEqual(voucher.state, "paid")

    def test_expired_at_openpay(self):
        voucher = self._start_voucher(self.subscription)
        self.simulator.post("/_control/expire", {"charge_id": voucher.charge_id})
        voucher.next_check_at = fields.Datetime.now()
        self._sweep()
        self.assertEqual(voucher.state, "expired")

    def test_openpay_down(self):
        voucher = self._start_voucher(self.subscription)
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        voucher.next_check_at = fields.Datetime.now()
        self._sweep()
        self.assertEqual((voucher.state, voucher.checks), ("pending", 1))
        self.assertGreater(voucher.next_check_at, fields.Datetime.now())
        self.assertTrue(voucher.last_error)

    def test_cron_sends(self):
        other = self._start_voucher(self.subscription, months=3, send=False)
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_send_vouchers").method_direct_trigger()
        self.assertEqual(other.state, "pending")

    def test_buttons_are_for_billing(self):
        voucher = self._start_voucher(self.subscription)
        voucher.with_user(self.user_billing).action_check()
        self.assertLessEqual(voucher.next_check_at, fields.Datetime.now())
        with self.assertRaises(AccessError):
            voucher.with_user(self.user_technician).action_check()
        voucher.outbox_state = "error"
        voucher.with_user(self.user_billing).action_retry()
        self.assertEqual(voucher.outbox_state, "unknown")

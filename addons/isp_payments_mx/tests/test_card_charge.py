import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError
from psycopg2.errors import SerializationFailure

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import const
from .card_common import CHALLENGE, NO_FUNDS, CardMixin
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestCardCharge(CardMixin, OpenpayCommon):
    """One attempt, one charge, whatever happens on the way to Openpay."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    # === ORDINARY ENDS === #

    def test_stored_before_anything_is_sent(self):
        charge = self._start_card(self.subscription, send=False)
        self.assertEqual((charge.outbox_state, charge.state), ("ready", "preparing"))
        self.assertEqual(self._charges(), [])
        body = json.loads(charge.request_body)
        self.assertEqual((body["order_id"], body["amount"]), (charge.idempotency_key, 349.0))
        self.assertEqual(body["device_session_id"], "device-session-1")
        self.assertNotIn("use_3d_secure", body)

    def test_paid(self):
        charge = self._start_card(self.subscription)
        found = self._charges()[0]
        self.assertEqual((charge.outbox_state, charge.state), ("done", "paid"))
        self.assertEqual(charge.charge_id, found["id"])
        self.assertEqual(found["customer"]["email"], "rosa@example.com")
        self.assertEqual((charge.card_brand, charge.card_last4), ("visa", "1111"))
        self.assertEqual(charge.card_kind, "debit")
        self.assertEqual(charge.fee, found["fee"]["amount"])
        tx = charge.transaction_id
        self.assertEqual((tx.state, tx.openpay_charge_id), ("done", charge.charge_id))
        payment = self._payments(self.subscription)
        self.assertEqual((payment.amount, payment.isp_payment_form_id.code), (349.0, "card"))
        self.assertFalse(charge.next_check_at)

    def test_browser_keys_are_forgotten(self):
        charge = self._start_card(self.subscription)
        body = json.loads(charge.request_body)
        self.assertEqual({body["source_id"], body["device_session_id"]}, {"***"})
        self.assertEqual(body["order_id"], charge.idempotency_key)

    def test_declined(self):
        charge = self._start_card(self.subscription, NO_FUNDS)
        self.assertEqual((charge.outbox_state, charge.state), ("error", "failed"))
        self.assertEqual(charge.error_code, "3003")
        self.assertEqual(charge.transaction_id.state, "error")
        self.assertIn("enough funds", charge.transaction_id.state_message)
        self.assertIn("***", charge.request_body)
        self.assertFalse(self._payments(self.subscription))
        again = self._start_card(self.subscription)
        self.assertEqual(again.state, "paid", "another card, another attempt")

    def test_every_code_has_a_text(self):
        default = self.provider._openpay_card_text("no such code")
        for code in ("2005", "2009", "3001", "3002", "3003", "3005", "3008", "3012"):
            self.assertNotEqual(self.provider._openpay_card_text(code), default, code)

    def test_3ds_succeeds(self):
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        self.assertEqual((charge.state, charge.transaction_id.state), ("pending", "pending"))
        self.assertTrue(charge.redirect_url.startswith(self.simulator.url))
        self.assertIn(
            f"/payment/openpay/card/{charge.transaction_id.id}/", charge.request_body or ""
        )
        self._settle_secure(charge)
        charge._sweep_one()
        self.assertEqual(charge.state, "paid")
        self.assertEqual(self._payments(self.subscription).amount, 349.0)

    def test_3ds_fails(self):
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        self._settle_secure(charge, success=False)
        charge._sweep_one()
        self.assertEqual((charge.state, charge.transaction_id.state), ("failed", "error"))
        self.assertFalse(charge.next_check_at)

    def test_hosted_page(self):
        charge = self._start_card(self.subscription, mode="hosted")
        self.assertEqual(charge.state, "pending")
        body = json.loads(charge.request_body)
        self.assertEqual((body["confirm"], "source_id" in body), (False, False))
        self.assertTrue(charge.redirect_url)
        self._settle_secure(charge)
        charge._sweep_one()
        self.assertEqual(charge.state, "paid")

    def test_not_finished_then_paid_late(self):
        charge = self._start_card(self.subscription, mode="hosted")
        charge._sweep_one()
        self.assertEqual(charge.state, "pending", "there is time")
        self.company.isp_card_minutes = 5
        self.env.cr.execute(
            "UPDATE isp_card_charge SET create_date = create_date - INTERVAL '6 minutes'"
        )
        charge.invalidate_recordset()
        charge._sweep_one()
        self.assertEqual((charge.state, charge.transaction_id.state), ("expired", "cancel"))
        self.assertTrue(charge.next_check_at)
        self._settle_secure(charge)
        charge._sweep_one()
        self.assertEqual((charge.state, charge.transaction_id.state), ("paid", "done"))
        self.assertEqual(len(self._payments(self.subscription)), 1)

    # === ONE AT A TIME === #

    def test_same_press_and_second_attempt(self):
        first = self._start_card(self.subscription, CHALLENGE, use_3ds=True, start_token="press")
        self.assertEqual(first.state, "pending")
        with mute_logger("odoo.sql_db"):
            for values in ({"start_token": "press"}, {}):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    self._start_card(self.subscription, send=False, **values)

    def test_one_charge_per_transaction(self):
        charge = self._start_card(self.subscription)
        charges = self.env["isp.card.charge"].sudo()
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            charges._create_for(charge.transaction_id, "hosted")

    def test_cron(self):
        charge = self._start_card(self.subscription, send=False)
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_card_charges").method_direct_trigger()
        self.assertEqual(charge.state, "paid")

    def test_next_check(self):
        charge = self._start_card(self.subscription, mode="hosted")
        wait = charge.next_check_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 300, delta=30)
        self.company.isp_card_minutes = 5
        for hours in (24 * const.CARD_LATE_DAYS - 6, 6):
            self.env.cr.execute(
                "UPDATE isp_card_charge SET create_date = create_date - INTERVAL '%s hours'",
                (hours,),
            )
            charge.invalidate_recordset()
            if hours > 6:
                end = charge.create_date + timedelta(days=const.CARD_LATE_DAYS)
                self.assertEqual(charge._next_check(9), end, "what came in the last hours")
        self.assertFalse(charge._next_check(9), "after a week nobody finishes")

    def test_last_check_is_made_again_until_it_comes_to_its_end(self):
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        self._settle_secure(charge)  # and its message is lost
        self.env.cr.execute(
            "UPDATE isp_card_charge SET create_date = create_date - INTERVAL '8 days'"
        )
        charge.invalidate_recordset()
        killed = patch.object(type(charge), "_book", side_effect=RuntimeError)
        with killed, self.assertRaises(RuntimeError):
            charge._sweep_one()
        self.assertTrue(charge.next_check_at, "killed while the money was booked")
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        charge._sweep_one()
        self.assertTrue(charge.next_check_at, "Openpay did not answer")
        self.provider.openpay_base_url = self.simulator.url
        charge._sweep_one()
        self.assertEqual((charge.state, charge.next_check_at), ("paid", False))

    def test_killed_check_is_made_again_within_the_hour(self):
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        charge.checks = 5
        self.env.cr.execute(
            "UPDATE isp_card_charge SET create_date = create_date - INTERVAL '2 days'"
        )
        charge.invalidate_recordset()
        soon = fields.Datetime.now() + const.AGAIN + timedelta(seconds=30)
        killed = patch.object(type(charge), "_book", side_effect=RuntimeError)
        with killed, self.assertRaises(RuntimeError):
            charge._sweep_one()
        self.assertLess(charge.next_check_at, soon)

    def test_last_look_at_a_paid_charge_is_made_again(self):
        charge = self._start_card(self.subscription)
        self.company.isp_dispute_days = 0
        self.assertFalse(charge._next_look())
        killed = patch.object(type(charge), "_book", side_effect=RuntimeError)
        with killed, self.assertRaises(RuntimeError):
            charge._look_after_one()
        self.assertTrue(charge.aftercare_at, "killed while it was noted")
        charge._look_after_one()
        self.assertFalse(charge.aftercare_at)

    def test_look_at_a_charge_that_openpay_does_not_know(self):
        """It was made in the sandbox, or with an account given up: it is not asked for hourly."""
        charge = self._start_card(self.subscription)
        charge.charge_id = "trnobodyknowsthis0000"
        charge._look_after_one()
        self.assertIn(const.NOT_FOUND, charge.last_error)
        self.assertEqual(charge.aftercare_at, charge._next_look())
        self.company.isp_dispute_days = 0
        charge._look_after_one()
        self.assertFalse(charge.aftercare_at)

    def test_check_beside_another_booking(self):
        """Whoever books for the same service at this moment does not stop the other checks."""
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        self._settle_secure(charge)
        with patch.object(type(charge), "_book", side_effect=SerializationFailure("concurrent")):
            charge._sweep_one()
        self.assertIn("concurrent", charge.last_error)
        charge._sweep_one()
        self.assertEqual(charge.state, "paid")

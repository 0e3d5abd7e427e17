import json

from psycopg2 import IntegrityError

from odoo import fields
from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import const
from ..services.events import parse_event
from .card_common import CHALLENGE, DECLINED, NO_FUNDS, CardMixin
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestCardCharge(CardMixin, OpenpayCommon):
    """One attempt, one charge, whatever happens on the way to Openpay."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    def _age(self, charge, delta=const.CARD_SETTLE):
        """Let an attempt be older, and due."""
        charge.write({"sent_at": charge.sent_at - delta, "next_attempt_at": False})

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

    # === UNKNOWN OUTCOME: ASKED FOR, NEVER TRIED AGAIN === #

    def test_lost_answer_of_a_payment(self):
        self._fault("drop")
        charge = self._start_card(self.subscription)
        self.assertEqual((charge.outbox_state, charge.state), ("unknown", "preparing"))
        self.assertEqual(charge.transaction_id.state, "pending")
        self.assertTrue(self.subscription._has_pending_payment())
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual((charge.outbox_state, charge.state), ("done", "paid"))
        self.assertEqual([c["id"] for c in self._charges()], [charge.charge_id])
        self.assertFalse(self.subscription._has_pending_payment())

    def test_lost_answer_of_a_refusal(self):
        self._fault("drop")
        charge = self._start_card(self.subscription, DECLINED)
        self.assertEqual(charge.outbox_state, "unknown")
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual((charge.outbox_state, charge.state), ("done", "failed"))
        self.assertEqual(charge.transaction_id.state, "error")
        self.assertEqual(len(self._charges()), 1)

    def test_request_that_never_arrived_is_not_sent_again(self):
        self._fault("refuse")
        charge = self._start_card(self.subscription)
        self.assertEqual(charge.outbox_state, "unknown")
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.outbox_state, "unknown", "it may still be under way")
        self._age(charge)
        charge._outbox_process_one()
        self.assertEqual((charge.outbox_state, charge.state), ("error", "failed"))
        self.assertEqual(charge.error_code, const.CARD_NOT_FOUND)
        self.assertIn("You have not been charged", charge.transaction_id.state_message)
        self.assertEqual(self._charges(), [])

    def test_turns_up_after_it_was_given_up(self):
        charge = self._start_card(self.subscription, send=False)
        body = charge.request_body
        charge.write({"outbox_state": "sent", "attempts": 1})
        charge.sent_at = fields.Datetime.now()
        self._age(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.state, "failed")
        self.provider._openpay_request("POST", "charges", body=body)
        self.assertTrue(charge.next_check_at, "it is looked for some times more")
        charge._sweep_one()
        self.assertEqual((charge.state, charge.transaction_id.state), ("paid", "done"))
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_server_down(self):
        tx = self._card_transaction(self.subscription)
        token = self._browser_token()
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        charge = self.env["isp.card.charge"].sudo()._create_for(tx, "inline", token, "d")
        charge._outbox_process_one()
        self.assertEqual((charge.state, charge.error_code), ("failed", const.CARD_NOT_SENT))
        self.assertIn("You have not been charged", tx.state_message)

    def test_switched_off_half_way(self):
        stored = self._charge_stored(self.subscription, self._register_card().token_id, send=False)
        charge = self._start_card(self.subscription, send=False)
        lost = self._start_card(self._create_subscription(), send=False)
        lost.write({"outbox_state": "sent", "attempts": 1, "sent_at": fields.Datetime.now()})
        lost._outbox_call()
        self.provider.state = "disabled"
        charge._outbox_process_one()
        self.assertEqual((charge.state, charge.error_code), ("failed", const.CARD_NOT_SENT))
        stored._outbox_process_one()
        self.assertEqual((stored.outbox_state, stored.state), ("ready", "preparing"))
        self._make_due(lost)
        lost._outbox_process_one()
        self.assertEqual(lost.state, "paid", "what was sent before is still asked about")
        self.assertEqual(len(self._charges()), 1)

    def test_dies_after_the_call(self):
        charge = self._start_card(self.subscription, send=False)
        charge.write({"outbox_state": "sent", "attempts": 1, "sent_at": fields.Datetime.now()})
        charge._outbox_call()
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.state, "paid")
        self.assertEqual(len(self._charges()), 1)

    def test_message_before_the_answer(self):
        charge = self._start_card(self.subscription, send=False)
        charge.write({"outbox_state": "sent", "attempts": 1, "sent_at": fields.Datetime.now()})
        answer = charge._outbox_call()
        events = self.env["isp.payment.event"].sudo()
        body = json.dumps(self._message(answer)).encode()
        events._receive(self.provider, parse_event(body))
        self._work_on_events()
        self.assertEqual(charge.state, "paid")
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.outbox_state, "done")
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_order_of_another_charge_is_not_adopted(self):
        charge = self._start_card(self.subscription, send=False)
        foreign = json.loads(charge.request_body)
        foreign |= {"amount": 1.0, "use_3d_secure": True, "redirect_url": "http://127.0.0.1/x"}
        self.provider._openpay_request("POST", "charges", body=json.dumps(foreign))
        charge._outbox_process_one()
        self.assertEqual((charge.outbox_state, charge.error_code), ("error", "order_id"))

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

    # === STORED CARDS === #

    def test_register_and_charge(self):
        row = self._register_card()
        self.assertEqual((row.outbox_state, row.state), ("done", "done"))
        token = row.token_id
        self.assertEqual((token.isp_card_brand, token.isp_card_last4), ("visa", "1111"))
        self.assertEqual((token.isp_card_exp_month, token.isp_card_exp_year), (12, 2035))
        self.assertEqual(token.partner_id, self.customer)
        self.assertFalse(row.source_token)
        charge = self._charge_stored(self.subscription, token)
        self.assertEqual(charge.state, "paid")
        found = self._charges()[0]
        self.assertEqual(found["customer_id"], token.openpay_customer_id)
        self.assertEqual(found["card"]["id"], token.openpay_card_id)
        body = json.loads(charge.request_body)
        self.assertFalse({"device_session_id", "use_3d_secure", "customer"} & set(body))

    def test_second_card_same_customer(self):
        first, second = self._register_card(), self._register_card("5555555555554444")
        self.assertEqual(first.customer_ref, second.customer_ref)
        self.assertEqual(second.token_id.isp_card_brand, "mastercard")
        self.assertEqual(second.token_id.payment_method_id.code, "mastercard")

    def test_customer_exists_already(self):
        row = self._register_card(send=False)
        body = {"name": "Rosa", "email": "r@example.com", "external_id": row.external_ref}
        made = self.provider._openpay_request("POST", "customers", body=json.dumps(body))
        row._outbox_process_one()
        self.assertEqual(row.customer_ref, made["id"])

    def test_lost_answer_of_a_registration(self):
        self._register_card("5555555555554444")
        self._fault("drop", path="/cards$")
        row = self._register_card()
        self.assertEqual(row.outbox_state, "unknown")
        self._make_due(row)
        row._outbox_process_one()
        self.assertEqual(row.state, "done")
        self.assertEqual(row.token_id.isp_card_last4, "1111")
        cards = self.provider._openpay_request("GET", f"customers/{row.customer_ref}/cards")
        self.assertEqual(len(cards), 2)

    def test_registration_that_never_arrived(self):
        self._fault("refuse", path="/cards$")
        row = self._register_card()
        self.assertEqual(row.outbox_state, "unknown")
        self._age(row)
        row._outbox_process_one()
        self.assertEqual((row.state, row.error_code), ("failed", const.CARD_NOT_FOUND))
        self.assertFalse(row.source_token)

    def test_registration_refused(self):
        row = self._register_card(DECLINED)
        self.assertEqual((row.state, row.error_code), ("failed", "3001"))
        self.assertIn("bank", row._get_error_text())

    def test_lost_answer_of_a_stored_charge(self):
        token = self._register_card().token_id
        self._fault("drop")
        charge = self._charge_stored(self.subscription, token)
        self.assertEqual(charge.outbox_state, "unknown")
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.state, "paid")
        self.assertEqual(len(self._charges()), 1)

    def test_stored_charge_waits_for_the_server(self):
        token = self._register_card().token_id
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        charge = self._charge_stored(self.subscription, token)
        self.assertEqual((charge.outbox_state, charge.state), ("ready", "preparing"))
        self.provider.openpay_base_url = self.simulator.url
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.state, "paid")

    def test_archived_token_is_deleted_at_openpay(self):
        token = self._register_card().token_id
        path = f"customers/{token.openpay_customer_id}/cards"
        token.active = False
        removal = self.env["isp.card.registration"].sudo().search([("operation", "=", "delete")])
        self.assertEqual(removal.outbox_state, "ready")
        self._fault("drop", path="/cards/", method="DELETE")
        removal._outbox_process_one()
        self._make_due(removal)
        removal._outbox_process_one()
        self.assertEqual(removal.state, "done", "gone is deleted")
        self.assertEqual(self.provider._openpay_request("GET", path), [])

    def test_next_check(self):
        charge = self._start_card(self.subscription, mode="hosted")
        wait = charge.next_check_at - fields.Datetime.now()
        self.assertAlmostEqual(wait.total_seconds(), 300, delta=30)
        self.company.isp_card_minutes = 5
        self.env.cr.execute(
            "UPDATE isp_card_charge SET create_date = create_date - INTERVAL '%s days'",
            (const.CARD_LATE_DAYS,),
        )
        charge.invalidate_recordset()
        self.assertFalse(charge._next_check(9), "after a week nobody finishes")

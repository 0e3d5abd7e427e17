import json
from unittest.mock import patch

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import const
from ..services.events import parse_event
from .card_common import DECLINED, CardMixin
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestCardUnknown(CardMixin, OpenpayCommon):
    """An outcome that is not known ends by asking, never by trying again."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

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

    def test_books_wait(self):
        failure = patch.object(
            type(self.subscription), "_isp_settle_payment", side_effect=UserError("locked")
        )
        with failure:
            charge = self._start_card(self.subscription)
        self.assertEqual((charge.charge_status, charge.state), ("completed", "preparing"))
        self.assertEqual(charge.transaction_id.state, "draft")
        self.assertTrue(self.subscription._has_pending_payment())
        self.assertLessEqual(charge.next_check_at, fields.Datetime.now())
        charge._sweep_one()
        self.assertEqual((charge.state, charge.next_check_at), ("paid", False))
        self.assertEqual(len(self._payments(self.subscription)), 1)

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

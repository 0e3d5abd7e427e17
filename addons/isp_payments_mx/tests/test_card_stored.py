import json

from odoo.tests import tagged

from .. import const
from .card_common import DECLINED, CardMixin
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestCardStored(CardMixin, OpenpayCommon):
    """Cards that are stored, charged without their holder, and deleted."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

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

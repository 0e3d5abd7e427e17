import json
from unittest.mock import patch

import requests

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from odoo.addons.isp_subscription.exceptions import OutboxReject, OutboxRetry, OutboxUnknown

from .. import const
from ..models import payment_provider
from ..models.payment_provider import OpenpayDuplicate
from .common import PRIVATE_KEY, OpenpayCommon


@tagged("post_install", "-at_install")
class TestProvider(OpenpayCommon):
    def _charge(self, **values):
        return self.provider._openpay_request("POST", "charges", body=self._body(**values))

    def _body(self, amount=349.0, order="A~1"):
        return (
            f'{{"method":"bank_account","amount":{amount},"description":"x","order_id":"{order}",'
            '"customer":{"name":"Ana","email":"ana@example.com"}}'
        )

    def test_methods_and_currency(self):
        codes = self.provider._get_default_payment_method_codes()
        self.assertLessEqual({"spei", "card", "visa", "mastercard", "amex", "carnet"}, codes)
        self.assertIn("spei", self.provider.payment_method_ids.mapped("code"))
        self.assertTrue(self.spei.active)
        self.assertEqual(self.provider._get_supported_currencies().mapped("name"), ["MXN"])

    def test_address_follows_the_state(self):
        self.provider.openpay_base_url = False
        merchant = self.provider.openpay_merchant_id
        url = f"https://sandbox-api.openpay.mx/v1/{merchant}/charges"
        self.assertEqual(self.provider._build_request_url("charges"), url)
        self.provider.state = "enabled"
        self.assertIn("//api.openpay.mx/", self.provider._build_request_url("charges"))

    def test_charge(self):
        charge = self._charge()
        self.assertEqual(charge["status"], "in_progress")
        self.assertEqual(self.provider._openpay_get_charge(charge["id"])["id"], charge["id"])

    def test_refused_for_good(self):
        with self.assertRaises(OutboxReject) as caught:
            self._charge(amount=0)
        self.assertEqual(caught.exception.code, "1001")

    def test_duplicate_order(self):
        self._charge()
        with self.assertRaises(OpenpayDuplicate):
            self._charge()

    def test_wrong_key_is_tried_later(self):
        self.provider.openpay_private_key = "sk_wrong"
        with self.assertRaises(OutboxRetry):
            self._charge()

    def test_no_connection_means_nothing_was_sent(self):
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        with self.assertRaises(OutboxRetry):
            self._charge()

    def test_lost_answer_is_unknown(self):
        self.simulator.post("/_control/fault", {"kind": "drop", "method": "POST"})
        with self.assertRaises(OutboxUnknown):
            self._charge()
        self.assertEqual(len(self._charges()), 1)

    def test_error_of_the_server_is_unknown(self):
        self.simulator.post("/_control/fault", {"kind": "error_after", "method": "POST"})
        with self.assertRaises(OutboxUnknown):
            self._charge()

    def test_timeout_is_unknown(self):
        outcome = self.provider._openpay_outcome(requests.exceptions.ReadTimeout())
        self.assertIsInstance(outcome, OutboxUnknown)
        outcome = self.provider._openpay_outcome(requests.exceptions.ConnectTimeout())
        self.assertIsInstance(outcome, OutboxRetry)

    def test_log_holds_no_secret(self):
        with patch.object(payment_provider, "_logger") as logger:
            self._charge()
        text = str(logger.mock_calls)
        self.assertIn("charges", text)
        for secret in (PRIVATE_KEY, "ana@example.com", "Ana"):
            self.assertNotIn(secret, text)
        self.assertIn("email", const.SENSITIVE_KEYS)

    def test_reset_and_copy_forget_the_keys(self):
        self.assertFalse(self.provider.copy().openpay_private_key)
        self.provider.action_reset_credentials()
        for name in ("merchant_id", "private_key", "webhook_user", "webhook_password"):
            self.assertFalse(self.provider[f"openpay_{name}"], name)

    def test_webhook_is_created(self):
        order = []
        events = type(self.env["isp.payment.event"])
        asked = type(self.provider)._openpay_request

        def commit(_events):
            order.append(("committed", self.provider.openpay_webhook_password))

        def ask(provider, *args, **kwargs):
            order.append(("asked", json.loads(kwargs["body"])["password"]))
            return asked(provider, *args, **kwargs)

        with (
            patch.object(events, "_outbox_commit", commit),
            patch.object(type(self.provider), "_openpay_request", ask),
            # as in a request
            patch.object(type(self.provider), "get_base_url", lambda _record: "http://isp.test/"),
        ):
            self.provider.action_openpay_create_webhook()
        password = self.provider.openpay_webhook_password
        # Openpay sends its first message before it answers
        self.assertEqual(order, [("committed", password), ("asked", password)])
        hook = self.provider._openpay_request("GET", "webhooks")[0]
        self.assertEqual(hook["url"], f"http://isp.test{const.WEBHOOK_ROUTE}")
        self.assertEqual(hook["user"], self.provider.openpay_webhook_user)
        self.assertGreater(len(self.provider.openpay_webhook_password), 30)

    @mute_logger("odoo.addons.isp_payments_mx.models.payment_provider")
    def test_webhook_that_fails_keeps_the_password(self):
        before = self.provider.openpay_webhook_password
        self.provider.openpay_private_key = "sk_wrong"
        with self.assertRaises(UserError):
            self.provider.action_openpay_create_webhook()
        self.assertEqual(self.provider.openpay_webhook_password, before)

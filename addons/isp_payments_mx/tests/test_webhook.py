import base64
import json
from concurrent.futures import ThreadPoolExecutor
from unittest.mock import patch

import requests

from odoo.tests import tagged

from .. import const
from ..services.events import MAX_BYTES, parse_event
from .common import WEBHOOK_PASSWORD, WEBHOOK_USER, OpenpayHttpCommon


@tagged("post_install", "-at_install")
class TestWebhook(OpenpayHttpCommon):
    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.voucher = self._start_voucher(self.subscription, months=2)

    def _send_together(self, message, times):
        """Deliver the same message several times at once; returns the answers."""
        url, auth = self.base_url() + const.WEBHOOK_ROUTE, (WEBHOOK_USER, WEBHOOK_PASSWORD)

        def send(_number):
            return requests.post(url, json=message, auth=auth, timeout=30)

        with self.allow_requests(all_requests=True), ThreadPoolExecutor(times) as pool:
            return list(pool.map(send, range(times)))

    def _send(self, message, user=WEBHOOK_USER, password=WEBHOOK_PASSWORD):
        body = message if isinstance(message, bytes) else json.dumps(message).encode()
        headers = {"Content-Type": "application/json"}
        if user is not None:
            secret = base64.b64encode(f"{user}:{password}".encode()).decode()
            headers["Authorization"] = f"Basic {secret}"
        return self.url_open(const.WEBHOOK_ROUTE, data=body, headers=headers)

    def _events(self):
        return self.env["isp.payment.event"].search([])

    def test_message_is_stored_and_booked(self):
        charge = self._pay_at_bank(self.voucher)
        self.assertEqual(self._send(self._message(charge)).status_code, 200)
        event = self._events()
        self.assertEqual((event.event_type, event.outbox_state), ("charge.succeeded", "ready"))
        self.assertFalse(self._payments(self.subscription), "nothing is believed at the door")
        trigger = (
            self.env["ir.cron.trigger"]
            .sudo()
            .search([("cron_id", "=", self.env.ref("isp_payments_mx.cron_process_events").id)])
        )
        self.assertTrue(trigger, "the worker is called at once")
        self.env.ref("isp_payments_mx.cron_process_events").method_direct_trigger()
        self.assertEqual((event.outbox_state, self.voucher.state), ("done", "paid"))
        self.assertEqual(event.transaction_id, self.voucher.transaction_id)

    def test_a_copy_at_the_same_moment_is_no_error_of_the_log(self):
        event = parse_event(json.dumps(self._message(self._pay_at_bank(self.voucher))).encode())
        events, run = self.env["isp.payment.event"].sudo(), type(self.env.cr).execute
        logged = []

        def execute(cr, query, params=None, log_exceptions=True):
            if "INSERT INTO isp_payment_event" in str(getattr(query, "code", query)):
                logged.append(log_exceptions)
            return run(cr, query, params, log_exceptions=log_exceptions)

        with patch.object(type(self.env.cr), "execute", execute):
            self.assertTrue(events._receive(self.voucher.provider_id, event))
            self.assertFalse(events._receive(self.voucher.provider_id, event))
        self.assertEqual(logged, [False, False], "the server runs it again, quietly")

    def test_ten_times_in_parallel(self):
        charge = self._pay_at_bank(self.voucher)
        answers = self._send_together(self._message(charge), 10)
        self.assertEqual({answer.status_code for answer in answers}, {200})
        self.assertEqual(len(self._events()), 1)
        for _round in range(3):
            self._work_on_events()
        self.assertEqual(len(self._payments(self.subscription)), 1)
        self.assertEqual(self.subscription.credit_balance, 0.0)

    def test_simulator_delivers(self):
        url = self.base_url() + const.WEBHOOK_ROUTE
        target = {"url": url, "user": WEBHOOK_USER, "password": WEBHOOK_PASSWORD}
        with self.allow_requests(all_requests=True):
            self.simulator.post("/_control/webhook", target)
            self._pay_at_bank(self.voucher)
            delivered = self._wait_for(
                lambda: all(
                    item["status"] == "delivered"
                    for item in self.simulator.get("/_control/deliveries")
                )
            )
        self.assertTrue(delivered, self.simulator.get("/_control/deliveries"))
        self._work_on_events()
        self.assertEqual(self.voucher.state, "paid")
        kinds = set(self._events().mapped("event_type"))
        self.assertEqual(kinds, {"verification", "charge.succeeded"})

    def test_wrong_credentials(self):
        message = self._message(self._pay_at_bank(self.voucher))
        for user, password in (
            (None, None),
            (WEBHOOK_USER, "wrong"),
            ("wrong", WEBHOOK_PASSWORD),
            ("", ""),
        ):
            answer = self._send(message, user, password)
            self.assertEqual(answer.status_code, 401)
            self.assertIn("Basic", answer.headers["WWW-Authenticate"])
        self.assertFalse(self._events())

    def test_account_without_password_believes_nobody(self):
        self.provider.write({"openpay_webhook_user": False, "openpay_webhook_password": False})
        self.assertEqual(self._send({"type": "verification"}, "", "").status_code, 401)

    def test_disabled_account_still_takes_the_money_that_is_on_its_way(self):
        self.provider.state = "disabled"
        self._send(self._message(self._pay_at_bank(self.voucher)))
        self._work_on_events()
        self.assertEqual(self.voucher.state, "paid")

    def test_verification_and_unknown_types(self):
        message = {"type": "verification", "verification_code": "12345678"}
        self.assertEqual(self._send(message).status_code, 200)
        charge = self._charges()[0]
        self.assertEqual(self._send(self._message(charge, "order.new")).status_code, 200)
        self.assertEqual(self._events().mapped("outbox_state"), ["done", "done"])
        self.assertEqual(self._work_on_events(), 0)

    def test_what_cannot_be_read(self):
        self.assertEqual(self._send(b"{").status_code, 400)
        self.assertEqual(self._send(b"[]").status_code, 400)
        self.assertEqual(self._send(b'{"type": 1}').status_code, 400)
        big = b'{"type": "charge.succeeded", "x": "' + b"x" * MAX_BYTES + b'"}'
        self.assertEqual(self._send(big).status_code, 413)
        self.assertFalse(self._events())

    def test_lies_are_not_booked(self):
        charge = {**self._charges()[0], "status": "completed", "amount": 9999.0}
        self.assertEqual(self._send(self._message(charge)).status_code, 200)
        self._work_on_events()
        self.assertEqual(self.voucher.state, "pending")
        self.assertFalse(self._payments(self.subscription))

    def test_charge_that_openpay_does_not_know(self):
        charge = {**self._charges()[0], "id": "trinvented0000000001", "status": "completed"}
        self._send(self._message(charge))
        self._work_on_events()
        self.assertEqual(self._events().outbox_state, "error")
        self.assertEqual(self._events().last_error_code, "1005")

    def test_charge_without_voucher(self):
        body = self.voucher.request_body.replace(self.voucher.idempotency_key, "OTHER~1")
        charge = self.provider._openpay_request("POST", "charges", body=body)
        charge = self.simulator.post("/_control/pay", {"charge_id": charge["id"]})
        self._send(self._message(charge))
        self._work_on_events()
        event = self._events()
        self.assertEqual((event.outbox_state, event.last_error_code), ("error", "unmatched"))
        event.with_user(self.user_manager).action_retry()
        self.assertEqual(event.outbox_state, "ready")

    def test_no_card_and_no_name_is_kept(self):
        charge = {
            **self._charges()[0],
            "card": {"card_number": "411111XXXXXX1111", "holder_name": "ROSA ELENA"},
        }
        self._send(self._message(charge))
        for word in ("411111", "ROSA", "rosa@example.com", "Ibarra"):
            self.assertNotIn(word, self._events().payload)

    def test_expired(self):
        charge = self.simulator.post("/_control/expire", {"charge_id": self.voucher.charge_id})
        self._send(self._message(charge, "transaction.expired"))
        self._work_on_events()
        self.assertEqual(self.voucher.state, "expired")

    def test_only_post(self):
        self.assertEqual(self.url_open(const.WEBHOOK_ROUTE).status_code, 405)

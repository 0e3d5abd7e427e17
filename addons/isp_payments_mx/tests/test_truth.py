import json
from datetime import timedelta
from itertools import permutations

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import const
from ..services.events import parse_event
from .common import MERCHANT, OpenpayCommon


@tagged("post_install", "-at_install")
class TestTruth(OpenpayCommon):
    """Whatever messages say and in whatever order they come, the books are those of Openpay."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    def _deliver(self, charge, event_type="charge.succeeded", provider=None):
        """Put a message about a charge into the inbox; returns its row."""
        events = self.env["isp.payment.event"].sudo()
        event = parse_event(json.dumps(self._message(charge, event_type)).encode())
        provider = provider or self.provider
        events._receive(provider, event)
        self.env.invalidate_all()
        return events.search([("idempotency_key", "=", f"{provider.id}|{event.key}")])

    def _work(self, events):
        self._make_due(events.filtered(lambda event: event.outbox_state not in ("done", "error")))
        self._work_on_events()

    def _fault(self, kind, path="/charges/", **values):
        self.simulator.post(
            "/_control/fault", {"kind": kind, "method": "GET", "path": path, **values}
        )

    # === ORDER === #

    def test_every_order_ends_in_the_same_books(self):
        for order in permutations(("created", "expired", "paid")):
            customer = self._create_customer("Ana Rojas")
            subscription = self._create_subscription(partner_id=customer.id)
            voucher = self._start_voucher(subscription)
            bodies = {"created": (self._charge_of(voucher), "charge.created")}
            expired = self.simulator.post("/_control/expire", {"charge_id": voucher.charge_id})
            bodies["expired"] = (expired, "transaction.expired")
            bodies["paid"] = (self._pay_at_bank(voucher, 500.0), "charge.succeeded")
            for name in (*order, *order):
                self._work(self._deliver(*bodies[name]))
            payment = self._payments(subscription)
            self.assertEqual((voucher.state, voucher.charge_status), ("paid", "completed"), order)
            self.assertEqual(payment.mapped("amount"), [500.0], order)
            self.assertEqual(subscription.credit_balance, 151.0, order)

    def _charge_of(self, voucher):
        return next(row for row in self._charges() if row["id"] == voucher.charge_id)

    def test_expired_is_worked_on_before_the_payment(self):
        voucher = self._start_voucher(self.subscription)
        charge = self.simulator.post("/_control/expire", {"charge_id": voucher.charge_id})
        self._work(self._deliver(charge, "transaction.expired"))
        self.assertEqual(voucher.state, "expired")
        self._work(self._deliver(self._pay_at_bank(voucher)))
        self.assertEqual(voucher.state, "paid")
        self.assertIn("after it expired", self.subscription.message_ids[0].body)

    def test_message_overtakes_our_own_answer(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.write({"outbox_state": "sent", "attempts": 1})
        answer = voucher._outbox_call()
        charge = self.simulator.post("/_control/pay", {"charge_id": answer["id"], "amount": 300})
        self._work(self._deliver(charge))
        voucher._outbox_finish(answer)
        self.assertEqual((voucher.state, voucher.charge_status), ("paid", "completed"))
        self.assertEqual(voucher.amount_received, 300.0)
        self.assertEqual(self._payments(self.subscription).amount, 300.0)

    def test_service_that_ended_meanwhile(self):
        voucher = self._start_voucher(self.subscription)
        self.subscription._set_state("cancel_pending", "Moves away")
        self.subscription._set_state("cancelled", "Moved away")
        self._work(self._deliver(self._pay_at_bank(voucher)))
        self.assertEqual(voucher.state, "paid")
        self.assertEqual(self._payments(self.subscription).amount, 349.0)

    # === WHO HAS PAID IS SWITCHED ON FIRST === #

    def _cut_service(self):
        self.subscription._bill_periods(1)
        self.subscription._suspend("debt")
        return self._start_voucher(self.subscription)

    def test_switched_on_before_it_is_booked(self):
        voucher = self._cut_service()
        event = self._deliver(self._pay_at_bank(voucher))
        events = self.env["isp.payment.event"].sudo()
        self.assertEqual(events._switch_on_first(set()), {event.id})
        self.assertEqual((self.subscription.state, voucher.state), ("active", "pending"))
        self.assertTrue(self.subscription._has_pending_payment(), "nothing cuts it again")
        self.assertEqual(events._switch_on_first(set()), set())
        self._work(event)
        self.assertEqual((self.subscription.state, voucher.state), ("active", "paid"))
        self.assertEqual(len(self.subscription.suspension_ids), 1)

    def test_each_of_those_that_come_together_is_judged_alone(self):
        poor = self._cut_service()
        self.subscription = self._create_subscription()
        rich = self._cut_service()
        ids = {self._deliver(self._pay_at_bank(poor, 100.0)).id}
        ids.add(self._deliver(self._pay_at_bank(rich)).id)
        self.assertEqual(self.env["isp.payment.event"].sudo()._switch_on_first(set()), ids)
        services = (poor | rich).subscription_id
        self.assertEqual(services.mapped("state"), ["suspended", "active"])
        self.assertEqual(services.mapped("network_desired_state"), ["off", "on"])

    def test_not_switched_on(self):
        voucher = self._cut_service()
        events = self.env["isp.payment.event"].sudo()
        lie = self._deliver({**self._charge_of(voucher), "status": "completed"})
        self.assertEqual(events._switch_on_first(set()), {lie.id})
        self.assertEqual(self.subscription.state, "suspended", "Openpay knows of no money")
        less = self._pay_at_bank(voucher, 100.0)
        self.assertEqual(events._switch_on_first({lie.id}), set())
        events._switch_on_first(set())
        self.assertEqual(self.subscription.state, "suspended", "it owes more")
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        events._switch_on_first(set())
        self.provider.openpay_base_url = self.simulator.url
        self._work(self._deliver(less))
        self.assertEqual((self.subscription.state, voucher.state), ("suspended", "paid"))

    def test_worker_does_both(self):
        voucher = self._cut_service()
        self._deliver(self._pay_at_bank(voucher))
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_process_events").method_direct_trigger()
        self.assertEqual((self.subscription.state, voucher.state), ("active", "paid"))

    # === WHAT CANNOT BE BELIEVED === #

    def test_message_is_ahead_of_openpay(self):
        voucher = self._start_voucher(self.subscription)
        event = self._deliver({**self._charge_of(voucher), "status": "completed"})
        self._work(event)
        self.assertEqual((event.outbox_state, event.attempts), ("unknown", 1))
        self.assertIn("in_progress", event.last_error)
        self._pay_at_bank(voucher)
        self._work(event)
        self.assertEqual((event.outbox_state, voucher.state), ("done", "paid"))

    def test_lie_is_left_to_people_and_the_real_message_still_counts(self):
        voucher = self._start_voucher(self.subscription)
        lie = {**self._charge_of(voucher), "status": "completed"}
        event = self._deliver(lie)
        self._work(event)
        event.attempts = const.EVENT_ATTEMPTS - 1
        self._work(event)
        self.assertEqual((event.outbox_state, event.last_error_code), ("error", "contradiction"))
        self.assertEqual(self._deliver(self._pay_at_bank(voucher)), event)
        self.assertEqual(event.outbox_state, "ready")
        self._work(event)
        self.assertEqual((event.outbox_state, voucher.state), ("done", "paid"))

    def test_other_currency_is_a_case_for_people(self):
        voucher = self._start_voucher(self.subscription, send=False)
        body = voucher.request_body.replace('"MXN"', '"USD"')
        answer = self.provider._openpay_request("POST", "charges", body=body)
        charge = self.simulator.post("/_control/pay", {"charge_id": answer["id"]})
        event = self._deliver(charge)
        self._work(event)
        self.assertEqual((event.outbox_state, event.last_error_code), ("error", "not_booked"))
        self.assertIn("another currency", event.last_error)
        self.assertFalse(self._payments(self.subscription))

    def test_amounts_that_are_none(self):
        voucher = self._start_voucher(self.subscription)
        event = self._deliver(self._pay_at_bank(voucher))
        for amount in (0, -349.0, "NaN", None, "much"):
            answer = {**self._charge_of(voucher), "amount": amount}
            self._fault("error", status=200, body=answer)
            self._work(event)
            self.assertEqual(event.outbox_state, "unknown", amount)
            self.assertFalse(self._payments(self.subscription), amount)
        self._work(event)
        self.assertEqual(self._payments(self.subscription).amount, 349.0)

    def test_charge_of_another_company(self):
        other = self.env["res.company"].create({"name": "Another ISP"})
        provider = self.provider.copy({"company_id": other.id})
        provider.write(
            {
                "state": "test",
                "openpay_merchant_id": MERCHANT,
                "openpay_private_key": self.provider.openpay_private_key,
                "openpay_base_url": self.simulator.url,
            }
        )
        voucher = self._start_voucher(self.subscription)
        charge = self._pay_at_bank(voucher)
        event = self._deliver(charge, provider=provider)
        self._work(event)
        self.assertEqual((event.outbox_state, event.last_error_code), ("error", "unmatched"))
        self.assertEqual(voucher.state, "pending")
        self._work(self._deliver(charge))
        self.assertEqual(voucher.state, "paid")

    # === OPENPAY IS DOWN === #

    def test_question_fails_in_every_way(self):
        voucher = self._start_voucher(self.subscription)
        event = self._deliver(self._pay_at_bank(voucher))
        for kind, values in (
            ("refuse", {}),
            ("drop", {}),
            ("error", {"status": 503}),
            ("error", {"status": 429}),
            ("error", {"status": 401}),
            ("error_after", {"status": 502}),
            ("error", {"status": 200, "body": "<html>"}),
            ("error", {"status": 200, "body": []}),
        ):
            self._fault(kind, **values)
            self._work(event)
            self.assertIn(event.outbox_state, ("ready", "unknown"), (kind, values))
            self.assertTrue(event.last_error, (kind, values))
        self.assertFalse(self._payments(self.subscription))
        self._work(event)
        self.assertEqual((event.outbox_state, voucher.state), ("done", "paid"))
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_down_for_an_hour(self):
        voucher = self._start_voucher(self.subscription)
        later = self._start_voucher(self.subscription, months=2, send=False)
        event = self._deliver(self._pay_at_bank(voucher))
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        waits = []
        for _attempt in range(10):
            self._make_due(event | event.browse())
            self._work_on_events()
            waits.append((event.next_attempt_at - fields.Datetime.now()).total_seconds() / 60)
            self._make_due(later)
            later._outbox_process_one()
        self.assertLessEqual(max(waits), 10, "minutes that money waits once Openpay is back")
        self.assertEqual((event.outbox_state, later.outbox_state), ("ready", "ready"))
        self.provider.openpay_base_url = self.simulator.url
        self._make_due(later)
        later._outbox_process_one()
        self._work(event)
        self.assertEqual((voucher.state, later.state), ("paid", "pending"))
        self.assertEqual(len(self._charges()), 2)

    def test_charge_below_a_customer_that_is_not_there(self):
        voucher = self._start_voucher(self.subscription)
        charge = self._pay_at_bank(voucher)
        self._work(self._deliver({**charge, "customer_id": "anobody0000000000000"}))
        self.assertEqual(voucher.state, "paid", "the path of the merchant is asked too")

    # === THE ACCOUNT IS DISABLED HALF-WAY === #

    def test_disabled_before_the_request_was_sent(self):
        voucher = self._start_voucher(self.subscription, send=False)
        self.provider.state = "disabled"
        voucher._outbox_process_one()
        self.assertEqual((voucher.state, voucher.last_error_code), ("failed", "disabled"))
        self.assertIn("switched off", voucher.transaction_id.state_message)
        self.assertEqual(self._charges(), [])
        with self.assertRaises(UserError):
            self._start_voucher(self.subscription)

    def test_disabled_while_the_answer_was_lost(self):
        self.simulator.post(
            "/_control/fault", {"kind": "drop", "method": "POST", "path": "/charges$"}
        )
        voucher = self._start_voucher(self.subscription)
        self.provider.state = "disabled"
        self._make_due(voucher)
        voucher._outbox_process_one()
        self.assertEqual(voucher.state, "pending", "the charge is there and is adopted")

    def test_disabled_account_is_asked_at_its_own_server(self):
        provider = self.provider
        provider.openpay_base_url = False
        for state, server in (("enabled", "https://api."), ("test", "https://sandbox-api.")):
            provider.state = state
            provider.state = "disabled"
            self.assertTrue(provider._build_request_url("charges").startswith(server), state)
        provider.write({"state": "enabled", "openpay_mode": False})
        self.assertTrue(provider._build_request_url("charges").startswith("https://api."))

    def test_overdue_before_the_request_was_sent(self):
        voucher = self._start_voucher(self.subscription, send=False)
        voucher.due_at = fields.Datetime.now() - timedelta(seconds=1)
        voucher._outbox_process_one()
        self.assertEqual((voucher.state, voucher.last_error_code), ("failed", "late"))
        self.assertEqual(self._charges(), [])

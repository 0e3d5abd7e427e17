import json
from datetime import timedelta
from unittest.mock import patch

from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import Form, new_test_user, tagged
from odoo.tools import mute_logger

from ..services.events import parse_event
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestMonitor(OpenpayCommon):
    """The page of operations: what waits, what is left to people, and the alarm."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.voucher = self._start_voucher(self.subscription)
        monitors = self.env["isp.payment.monitor"].sudo()._ensure()
        self.monitor = monitors.filtered(lambda row: row.provider_id == self.provider)

    def _deliver(self, charge, event_type="charge.succeeded", minutes_ago=0):
        events = self.env["isp.payment.event"].sudo()
        body = json.dumps(self._message(charge, event_type)).encode()
        events._receive(self.provider, parse_event(body))
        event = events.search([], limit=1)
        event.received_at = fields.Datetime.now() - timedelta(minutes=minutes_ago)
        return event

    def _age(self, minutes, record=None, field="charge_created"):
        """Let something have happened so many minutes ago."""
        record = record or self.voucher
        record[field] = fields.Datetime.now() - timedelta(minutes=minutes)

    def _activities(self):
        return self.monitor.activity_ids

    # === SILENCE === #

    def test_silent_webhook(self):
        self._age(59)
        self.monitor._watch()
        self.assertFalse(self.monitor.is_alarm, "there is still time")
        self._age(61)
        self.monitor._watch()
        self.assertTrue(self.monitor.is_alarm)
        self.assertEqual(self.monitor.silent_since, self.voucher.charge_created)
        self.assertIn("no messages", self._activities().note)
        self.monitor._watch()
        self.assertEqual(len(self._activities()), 1)

    def test_alarm_ends_with_the_first_message(self):
        self._age(61)
        self.monitor._watch()
        self._deliver(self._charges()[0], "charge.created")
        self.monitor._watch()
        self.assertFalse(self.monitor.is_alarm or self.monitor.silent_since)
        self.assertFalse(self._activities())

    def test_message_that_is_older_than_the_charge(self):
        self._age(200)
        self._deliver(self._charges()[0], "charge.created", minutes_ago=199)
        self.monitor._watch()
        self.assertFalse(self.monitor.is_alarm, "that is its own message")
        other = self._start_voucher(self.subscription, months=2)
        self._age(90, other)
        self.monitor._watch()
        self.assertEqual(self.monitor.silent_since, other.charge_created)

    def test_what_we_found_ourselves_is_no_message(self):
        self._age(200)
        self._pay_at_bank(self.voucher)
        self._reconcile(work=False)
        self.assertTrue(self.env["isp.payment.event"].sudo().search([]).is_found)
        self.monitor._watch()
        self.assertTrue(self.monitor.silent_since)
        self.assertFalse(self.monitor.last_event_at)

    def test_settings_of_the_alarm(self):
        self._age(61)
        settings = self.env["res.config.settings"].with_company(self.company).create({})
        settings.isp_webhook_silence_minutes = 0
        settings.isp_payment_alarm_user_id = self.user_billing
        settings.execute()
        self.monitor._watch()
        self.assertFalse(self.monitor.is_alarm)
        self.company.isp_webhook_silence_minutes = 30
        self.monitor._watch()
        self.assertEqual(self._activities().user_id, self.user_billing)
        for field, value in (("isp_webhook_silence_minutes", -1), ("isp_payment_stuck_minutes", 1)):
            with (
                self.assertRaises(IntegrityError),
                mute_logger("odoo.sql_db"),
                self.cr.savepoint(),
            ):
                self.company[field] = value
                self.company.flush_recordset()

    def test_disabled_account_may_be_silent(self):
        self._age(61)
        self.provider.state = "disabled"
        self.monitor._watch()
        self.assertFalse(self.monitor.is_alarm)

    # === WHAT WAITS AND WHAT IS LEFT === #

    def test_stuck_and_failed(self):
        charge = {**self._charges()[0], "id": "trinvented0000000001", "status": "completed"}
        event = self._deliver(charge)
        other = self._start_voucher(self.subscription, months=2, send=False)
        self.env.flush_all()
        self.env.cr.execute(
            "UPDATE isp_payment_voucher SET create_date = now() AT TIME ZONE 'UTC'"
            " - interval '2 hours' WHERE id = %s",
            [other.id],
        )
        self.env.invalidate_all()
        self._work_on_events()
        self.monitor._watch()
        self.assertEqual((self.monitor.stuck_count, self.monitor.failed_count), (1, 1))
        self.assertEqual(self.monitor.event_ids, event)
        self.assertEqual(self.monitor.waiting_charge_count, 1)
        self.assertEqual(self.monitor.pending_voucher_count, 1)
        note = self._activities().note
        self.assertIn("waiting too long: 1", note)
        self.assertIn("could not be booked: 1", note)

    def test_manager_settles_by_hand(self):
        charge = {**self._charges()[0], "id": "trinvented0000000001", "status": "completed"}
        event = self._deliver(charge)
        with self.assertRaises(UserError):
            event.with_user(self.user_manager).action_settle()
        self._work_on_events()
        with self.assertRaises(AccessError):
            event.with_user(self.user_billing).action_settle()
        event.with_user(self.user_manager).action_settle()
        self.assertEqual(event.settled_by_id, self.user_manager)
        self.monitor._watch()
        self.assertFalse(self.monitor.failed_count or self._activities())

    # === COMPARISON WITH OPENPAY'S LIST === #

    def _reconcile(self, work=True):
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_reconcile_payments").method_direct_trigger()
        if work:
            self._work_on_events()

    def test_lost_messages_are_found(self):
        self._pay_at_bank(self.voucher, times=2)
        for _time in range(2):
            self._reconcile()
            self.assertEqual(self._payments(self.subscription).mapped("amount"), [349.0, 349.0])
        self.assertIn("not booked before: 0", self.monitor.reconcile_note.lower())
        self.env["payment.transaction"].search([]).isp_paid_at = fields.Datetime.now() - timedelta(
            minutes=11
        )
        self.assertEqual(self.monitor.unannounced_count, 2)
        action = self.monitor.with_user(self.user_billing).action_view_unannounced()
        self.assertEqual(
            self.env["account.payment"].search(action["domain"]),
            self._payments(self.subscription),
        )

    def test_charge_of_nobody_is_tried_once(self):
        body = self.voucher.request_body.replace(self.voucher.idempotency_key, "OTHER~1")
        charge = self.provider._openpay_request("POST", "charges", body=body)
        self.simulator.post("/_control/pay", {"charge_id": charge["id"]})
        for _time in range(2):
            self._reconcile()
            event = self.env["isp.payment.event"].sudo().search([])
            self.assertEqual((event.outbox_state, event.attempts), ("error", 1))

    def test_openpay_cannot_be_asked(self):
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        self._reconcile()
        self.assertIn("could not be asked", self.monitor.reconcile_note)

    def test_long_list_is_read_to_its_end(self):
        self._pay_at_bank(self.voucher, times=3)
        with patch.object(type(self.env["payment.provider"]), "_openpay_page_size", 2):
            self.assertEqual(len(self.provider._openpay_completed()), 3)

    # === BUTTONS AND WHO MAY PRESS THEM === #

    def test_page(self):
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_watch_payments").method_direct_trigger()
        self.assertTrue(self.monitor.checked_at)
        monitor = self.monitor.with_user(self.user_billing)
        action = self.env["isp.payment.monitor"].with_user(self.user_billing).action_open()
        self.assertEqual(action["res_id"], self.monitor.id)
        with Form(monitor) as page:
            self.assertEqual(page.account_name, "Openpay")
        for name in ("action_view_events", "action_view_vouchers"):
            action = getattr(monitor, name)()
            rows = self.env[action["res_model"]].sudo().search(action["domain"])
            self.assertEqual(rows.provider_id, self.provider if rows else rows.provider_id)

    def test_ask_about_everything(self):
        event = self._deliver(self._pay_at_bank(self.voucher))
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        self._work_on_events()
        self.provider.openpay_base_url = self.simulator.url
        self.assertEqual(self._work_on_events(), 0, "its time has not come")
        self.monitor.with_user(self.user_billing).action_ask()
        self.assertLessEqual(self.voucher.next_check_at, fields.Datetime.now())
        self._work_on_events()
        self.assertEqual((event.outbox_state, self.voucher.state), ("done", "paid"))

    def test_call_that_is_under_way_keeps_its_time(self):
        other = self._start_voucher(self.subscription, months=2, send=False)
        until = fields.Datetime.now() + timedelta(seconds=40)
        other.write({"outbox_state": "sent", "next_attempt_at": until})
        self.monitor.with_user(self.user_billing).action_ask()
        self.assertEqual(other.next_attempt_at, until)

    def test_work_again_on_what_is_left(self):
        event = self._deliver({**self._charges()[0], "id": "trlater"})
        self._work_on_events()
        self.monitor.with_user(self.user_billing).action_retry_failed()
        self.assertEqual((event.outbox_state, event.attempts), ("ready", 0))
        self.monitor.with_user(self.user_billing).action_watch()
        self.assertEqual(self.monitor.failed_count, 0)

    def test_roles(self):
        portal = new_test_user(self.env, login="monitor_portal", groups="base.group_portal")
        nobody = (self.user_readonly, self.user_technician, self.user_cashier, portal)
        for user in nobody:
            monitor = self.monitor.with_user(user)
            for call in (monitor.action_open, monitor.action_ask, monitor.action_retry_failed):
                with self.assertRaises(AccessError):
                    call()
            with self.assertRaises(AccessError):
                monitor.read(["last_event_at"])
        for user in (self.user_billing, self.user_manager):
            self.assertTrue(self.monitor.with_user(user).read(["last_event_at"]))
            with self.assertRaises(AccessError):
                self.monitor.with_user(user).write({"is_alarm": False})

    def test_other_company(self):
        company = self.env["res.company"].create({"name": "Another ISP"})
        user = new_test_user(
            self.env,
            login="monitor_other",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        monitors = self.env["isp.payment.monitor"].with_user(user)
        self.assertFalse(monitors.with_context(allowed_company_ids=company.ids).search([]))
        with self.assertRaises(AccessError):
            monitors.with_context(allowed_company_ids=company.ids).browse(self.monitor.id).read()

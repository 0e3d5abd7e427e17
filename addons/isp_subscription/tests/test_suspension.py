from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-27 18:00:00")
class TestSuspension(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Due on 2026-04-21, a Tuesday; five days of grace end on the 26th.
        cls.subscription = cls._create_subscription(date_start=date(2026, 4, 21))

    def _run(self, day):
        with self._committing_env() as env:
            company = env["res.company"].browse(self.company.id)
            return env["isp.subscription"].sudo()._run_cutoff(day, company)

    def test_grace_then_cut_after_more_than_five_days(self):
        self.subscription._bill_periods(1)
        self._run(date(2026, 4, 21))
        self.assertEqual(self.subscription.state, "active")
        self._run(date(2026, 4, 22))
        self.assertEqual(self.subscription.state, "grace")
        self.assertEqual(self.subscription.network_state, "on")
        self._run(date(2026, 4, 26))
        self.assertEqual(self.subscription.state, "grace")
        self._run(date(2026, 4, 27))
        self.assertEqual(self.subscription.state, "suspended")
        self.assertEqual(self.subscription.network_state, "off")
        suspension = self.subscription.suspension_ids
        self.assertEqual((suspension.reason, suspension.amount_due), ("debt", 349.0))
        self.assertFalse(suspension.date_to)

    def test_payment_reactivates_at_once(self):
        self.subscription._bill_periods(1)
        self._run(date(2026, 4, 27))
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.state, "active")
        self.assertEqual(self.subscription.network_state, "on")
        self.assertTrue(self.subscription.suspension_ids.date_to)
        self.assertTrue(self.subscription.suspension_ids.reactivated_by)

    def test_who_was_cut_for_a_cancelled_invoice_is_back_at_once(self):
        move = self.subscription._bill_periods(1)
        self._run(date(2026, 4, 27))
        self.assertEqual(self.subscription.state, "suspended")
        move.button_draft()
        self.assertEqual(self.subscription.state, "suspended", "it may be posted again")
        move.button_cancel()
        self.assertEqual(self.subscription.state, "active")
        self.assertTrue(self.subscription.suspension_ids.date_to)

    def test_workers_write_in_the_language_of_the_company(self):
        self.env["res.lang"]._activate_lang("es_MX")
        self.company.partner_id.lang = "es_MX"
        self.subscription._bill_periods(1)
        self._run(date(2026, 4, 27))
        self.assertFalse(self.env.lang, "a worker has no language of its own")
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.suspension_ids.reactivated_by, "Pago recibido")

    def test_partial_payment_does_not_reactivate(self):
        self.subscription._bill_periods(1)
        self._run(date(2026, 4, 27))
        self._pay(self.subscription, 348.0)
        self.assertEqual(self.subscription.state, "suspended")
        self._pay(self.subscription, 1.0)
        self.assertEqual(self.subscription.state, "active")

    def test_payment_ends_the_grace(self):
        self.subscription._bill_periods(1)
        self._run(date(2026, 4, 23))
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.state, "active")
        self.assertFalse(self.subscription.suspension_ids)

    def test_zero_balance_can_never_be_cut(self):
        self.subscription._bill_periods(1)
        self._pay(self.subscription, 349.0)
        self.assertFalse(self.subscription._may_be_suspended(date(2026, 5, 19)))
        with self.assertRaises(UserError):
            self.subscription._suspend("debt")
        self.assertEqual(self.subscription.state, "active")

    def test_unbilled_service_is_not_cut(self):
        self.assertFalse(self.subscription._may_be_suspended(date(2026, 5, 19)))

    def test_paid_ahead_is_never_cut_for_another_service(self):
        debtor = self._create_subscription(date_start=date(2026, 4, 21))
        debtor._bill_periods(1)
        self._create_payment(self.subscription, 349.0)
        payment = self._create_payment(self.subscription, 698.0)
        self.subscription._isp_settle_payment(payment, months=2)
        self.assertFalse(self.subscription._may_be_suspended(date(2026, 5, 19)))
        self.assertEqual(self.subscription.cutoff_date, date(2026, 6, 21))

    def test_unallocated_credit_saves_from_the_cut(self):
        self.subscription._bill_periods(1)
        self._create_payment(self.subscription, 349.0)
        self._run(date(2026, 4, 27))
        self.assertEqual(self.subscription.state, "active")
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_debt_below_the_minimum_does_not_cut(self):
        self.subscription._bill_periods(1)
        self.company.isp_min_debt = 50.0
        self._pay(self.subscription, 300.0)
        self._run(date(2026, 4, 27))
        self.assertEqual(self.subscription.state, "active")

    def test_no_cut_on_other_weekdays(self):
        self.subscription._bill_periods(1)
        self.company.isp_suspend_weekdays = "1,2"
        self.assertTrue(self.subscription._may_be_suspended(date(2026, 4, 27)))
        self.assertFalse(self.subscription._may_be_suspended(date(2026, 4, 29)))

    def test_payment_in_process_postpones_the_cut(self):
        self.subscription._bill_periods(1)
        with patch.object(type(self.subscription), "_has_pending_payment", lambda sub: True):
            self.assertFalse(self.subscription._may_be_suspended(date(2026, 4, 27)))

    def test_manual_suspension_stays_after_a_payment(self):
        self.subscription._bill_periods(1)
        self.subscription.action_suspend()
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.state, "suspended")
        self.subscription.action_reactivate()
        self.assertEqual(self.subscription.state, "active")

    def test_pause_stops_service_and_bills_from_its_end_on(self):
        self.subscription._suspend("voluntary")
        self.assertEqual(self.subscription.state, "paused")
        self.assertEqual(self.subscription.network_state, "off")
        with freeze_time("2026-07-01 18:00:00"):
            self.subscription.action_reactivate()
        served = self.subscription._next_periods(1)[0]
        self.assertEqual(served, (date(2026, 4, 21), date(2026, 4, 27)), "served before it")
        self.subscription._bill_periods(1)
        self.assertEqual(self.subscription.next_billing_date, date(2026, 7, 1))
        self.assertEqual(self.subscription._next_periods(1)[0].end, date(2026, 7, 21))

    def test_days_without_service_do_not_come_back_in_one_block(self):
        self.subscription._bill_periods(1)
        self._run(date(2026, 4, 27))
        with freeze_time("2026-07-03 18:00:00"):
            quote = self.subscription._get_payment_quote(2)
            self.assertEqual(quote["total"], 349.0 + 209.4, "the debt and 18 of 30 days")
            payment = self._pay(self.subscription, quote["total"], months=2)
        self.assertEqual(self.subscription.state, "active")
        self.assertEqual(self.subscription.cutoff_date, quote["new_cutoff_date"])
        self.assertEqual(payment.isp_cutoff_to, date(2026, 7, 21))
        off = self.subscription.period_ids.filtered(lambda row: row.state == "off")
        self.assertEqual((off.date_start, off.date_end), (date(2026, 5, 21), date(2026, 7, 3)))
        self.assertEqual(len(self.subscription.period_ids - off), 2)

    def test_a_company_that_begins_to_bill_does_not_bill_the_days_before(self):
        for policy in ("skip", "ahead"):
            with self.subTest(policy=policy):
                self.company.isp_suspended_billing = policy
                service = self._create_subscription(
                    partner_id=self._create_customer(f"Slow {policy}").id,
                    date_start=date(2026, 4, 21),
                )
                service._bill_periods(1)
                self._run(date(2026, 4, 27))
                self.assertEqual(service.state, "suspended")
                with freeze_time("2026-09-25 18:00:00"):
                    self.company.isp_suspended_billing = "bill"
                    moves = service._bill_due(date(2026, 9, 25))
                self.assertEqual(moves.mapped("amount_total"), [302.47], "26 of 30 days")
                off = service.period_ids.filtered(lambda row: row.state == "off")
                days = (off.date_start, off.date_end)
                self.assertEqual(days, (date(2026, 5, 21), date(2026, 9, 25)))

    def test_two_suspensions_at_once_are_impossible(self):
        self.subscription.action_suspend()
        vals = {"subscription_id": self.subscription.id, "reason": "manual"}
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["isp.suspension"].sudo().create(vals)

    def test_error_of_one_service_does_not_stop_the_others(self):
        bad = self._create_subscription(date_start=date(2026, 4, 21))
        (self.subscription | bad).mapped(lambda sub: sub._bill_periods(1))
        original = type(bad)._review_cutoff

        def fail(record, day):
            if record == bad:
                raise RuntimeError("router list locked")
            return original(record, day)

        with patch.object(type(bad), "_review_cutoff", fail):
            figures = self._run(date(2026, 4, 27))
        self.assertEqual((figures["suspended"], figures["failed"]), (1, 1))
        self.assertEqual(bad.state, "active")
        self.assertIn("router", bad.billing_error)

    def test_cron(self):
        self.subscription._bill_periods(1)
        with self.enter_registry_test_mode():
            self.env.ref("isp_subscription.ir_cron_cutoff").sudo().method_direct_trigger()
        self.assertEqual(self.subscription.state, "suspended")

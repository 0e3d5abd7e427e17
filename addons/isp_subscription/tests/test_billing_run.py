from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspCommon

PATH = "odoo.addons.isp_subscription.models.isp_subscription_run"


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestBillingRun(IspCommon):
    def _run(self, day=date(2026, 2, 16), limit=None):
        with self._committing_env() as env:
            company = env["res.company"].browse(self.company.id)
            subscriptions = env["isp.subscription"].sudo().with_company(company)
            return subscriptions._run_billing(day, company, limit)

    def test_all_due_periods_in_one_run_dated_by_rule(self):
        subscription = self._create_subscription()
        figures = self._run()
        self.assertEqual(figures["invoices"], 2)
        moves = subscription.period_ids.sorted("date_start").move_id
        self.assertEqual(
            sorted(moves.mapped("invoice_date_due")), [date(2026, 1, 21), date(2026, 2, 21)]
        )
        self.assertEqual(
            sorted(moves.mapped("invoice_date")), [date(2026, 1, 21), date(2026, 2, 14)]
        )

    def test_nothing_is_billed_before_its_lead_days(self):
        subscription = self._create_subscription(date_start=date(2026, 2, 21))
        self._run(date(2026, 2, 13))
        self.assertFalse(subscription.period_ids)
        self._run(date(2026, 2, 14))
        self.assertEqual(len(subscription.period_ids), 1)

    def test_postpaid_is_billed_when_the_period_has_ended(self):
        self.plan_50.isp_billing_mode = "postpaid"
        subscription = self._create_subscription()
        self._run(date(2026, 2, 20))
        self.assertFalse(subscription.period_ids)
        self._run(date(2026, 2, 21))
        self.assertEqual(subscription.period_ids.mapped("date_start"), [date(2026, 1, 21)])

    def test_rerun_makes_no_duplicates(self):
        subscriptions = self.env["isp.subscription"]
        for _index in range(3):
            subscriptions |= self._create_subscription()
        self._run()
        rows = subscriptions.period_ids
        for _index in range(5):
            self.assertEqual(self._run()["invoices"], 0)
        self.assertEqual(subscriptions.period_ids, rows)
        self.assertEqual(len(rows.move_id), 6)

    def test_one_failing_record_is_found_and_reported_and_the_others_billed(self):
        subscriptions = self.env["isp.subscription"]
        for _index in range(5):
            subscriptions |= self._create_subscription()
        bad = subscriptions[2]
        original = type(bad)._prepare_invoice_vals

        def fail(record, *args):
            if record == bad:
                raise RuntimeError("no tax account")
            return original(record, *args)

        with patch.object(type(bad), "_prepare_invoice_vals", fail):
            figures = self._run()
        self.assertEqual((figures["failed"], figures["invoices"]), (1, 8))
        self.assertFalse(bad.period_ids)
        self.assertEqual(bad.billing_error, "no tax account")
        self.assertEqual(len(bad.activity_ids), 1)
        self._run(date(2026, 2, 17))
        self.assertFalse(bad.billing_error)
        self.assertFalse(bad.activity_ids)
        self.assertEqual(len(bad.period_ids), 2)

    def test_period_billed_meanwhile_by_another_process_is_not_billed_twice(self):
        subscription, other = self._create_subscription(), self._create_subscription()
        billed = subscription._next_periods(1)
        subscription._bill_periods(1)
        rows = subscription.period_ids
        original = type(subscription)._due_periods

        def stale(record, day):
            return billed if record == subscription else original(record, day)

        with patch.object(type(subscription), "_due_periods", stale), mute_logger("odoo.sql_db"):
            figures = self._run()
        self.assertEqual(figures["failed"], 1)
        self.assertEqual(subscription.period_ids, rows)
        self.assertEqual(subscription.invoice_count, 1)
        self.assertEqual(len(other.period_ids), 2)

    def test_a_failing_record_waits_for_the_next_day(self):
        bad = self._create_subscription()
        bad.sudo().write({"billing_error": "x", "billing_error_date": date(2026, 2, 16)})
        self.assertEqual(self._run()["subscriptions"], 0)

    def test_chunks_cover_everybody_once(self):
        subscriptions = self.env["isp.subscription"]
        for _index in range(5):
            subscriptions |= self._create_subscription()
        with patch(f"{PATH}.BATCH_SIZE", 2):
            figures = self._run()
        self.assertEqual(figures["subscriptions"], 5)
        self.assertEqual(len(subscriptions.period_ids), 10)

    def test_limit_stops_the_run(self):
        for _index in range(3):
            self._create_subscription()
        self.assertEqual(self._run(limit=2)["subscriptions"], 2)

    def test_states_that_are_not_billed(self):
        cases = {
            "draft": self._create_subscription(state="draft"),
            "paused": self._create_subscription(),
            "suspended": self._create_subscription(),
            "cancelled": self._create_subscription(),
        }
        cases["paused"]._suspend("voluntary")
        cases["suspended"].action_suspend()
        for state in ("cancel_pending", "cancelled"):
            cases["cancelled"]._set_state(state)
        self._run()
        for state, subscription in cases.items():
            with self.subTest(state=state):
                self.assertFalse(subscription.period_ids)

    def test_company_may_go_on_billing_while_suspended(self):
        self.company.isp_suspended_billing = "bill"
        subscription = self._create_subscription()
        subscription.action_suspend()
        self._run()
        self.assertEqual(len(subscription.period_ids), 2)

    def test_credit_settles_the_new_invoice_at_once(self):
        subscription = self._create_subscription()
        self._create_payment(subscription, 500.0)
        self._run()
        rows = subscription.period_ids.sorted("date_start")
        self.assertEqual(rows.mapped("state"), ["paid", "billed"])
        self.assertEqual(rows[1].amount_open, 198.0)
        self.assertEqual(subscription.credit_balance, 0.0)

    def test_cron_bills_every_company(self):
        subscription = self._create_subscription()
        with self.enter_registry_test_mode():
            self.env.ref("isp_subscription.ir_cron_billing_run").sudo().method_direct_trigger()
        self.assertEqual(len(subscription.period_ids), 2)

    def test_bills_wake_notices_and_cut_off(self):
        """Another worker of the scheduler may have run both while the bills were being made."""
        self._create_subscription()
        job = self.env.ref("isp_subscription.ir_cron_billing_run").sudo()
        with (
            self.capture_wakes("isp_subscription.ir_cron_notices") as notices,
            self.capture_wakes("isp_subscription.ir_cron_cutoff") as cuts,
        ):
            for wakes in (1, 1):  # a run without bills wakes nobody
                with self.enter_registry_test_mode():
                    job.method_direct_trigger()
                self.assertEqual((notices(), cuts()), (wakes, wakes))

    def test_queries_per_subscription_stay_few(self):
        for _index in range(20):
            self._create_subscription()
        self.env.flush_all()
        before = self.cr.sql_log_count
        self._run(date(2026, 1, 21))
        per_subscription = (self.cr.sql_log_count - before) / 20
        self.assertLess(per_subscription, 30)

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeNow(ChangeCommon):
    """Now, with credit for unused days: the worked examples of the rules."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_plan_change_policy = "now_credit"

    def test_upgrade_of_the_rules(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(
            self._lines(change),
            [("days", "650.00 × 20/31", 419.35), ("unused", "349.00 × 20/31", -225.16)],
        )
        self.assertEqual((change.state, change.amount_due), ("awaiting_payment", 194.19))
        self.assertPlan(self.subscription, self.slow, 349.0)
        self._pay(self.subscription, 194.19)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(change.credit_move_ids.amount_total, 225.16)
        self.assertEqual(change.move_id.amount_total, 419.35)
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 4, 21))
        self.assertLedgerAgrees(self.subscription)

    def test_downgrade_of_the_rules_is_made_at_once(self):
        service = self._create_service(self.fast)
        self._paid(service)
        change = self._request(service, self.slow)
        self.assertEqual((change.state, change.amount_due), ("applied", 0.0))
        self.assertPlan(service, self.slow, 349.0)
        self.assertEqual(service.credit_balance, 194.19)
        self.assertEqual(service.cutoff_date, date(2026, 4, 21))
        self.assertLedgerAgrees(service)

    def test_up_and_down_on_the_same_day_is_nothing(self):
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        self._pay(self.subscription, 194.19)
        self._request(self.subscription, self.slow)
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(self.subscription.credit_balance, 194.19)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 4, 21))
        self.assertLedgerAgrees(self.subscription)

    def test_months_ahead_change_whole(self):
        self._paid(self.subscription, 3)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.amount_due, 194.19 + 2 * 301.0)
        self._pay(self.subscription, change.amount_due)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 6, 21))
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.assertLedgerAgrees(self.subscription)

    def test_overdue_month_is_paid_with_the_difference(self):
        self._bill(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.amount_due, 349.0 + 194.19)
        self._pay(self.subscription, 194.19)
        self.assertPlan(self.subscription, self.slow, 349.0)
        self._pay(self.subscription, 349.0)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual((self.subscription.balance_due, self.subscription.credit_balance), (0, 0))
        self.assertLedgerAgrees(self.subscription)

    def test_nothing_billed_ahead_changes_for_nothing(self):
        change = self._request(self.subscription, self.fast)
        self.assertEqual((change.state, change.amount_due), ("applied", 0.0))
        self.assertFalse(change.move_id)
        self._bill(self.subscription)
        self.assertEqual(self._rows(self.subscription)[0][2:4], ("Rápido", 650.0))

    def test_billing_leaves_the_difference_as_a_charge(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        change.with_user(self.user_billing).action_apply()
        self.assertEqual(change.state, "applied")
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.balance_due, 194.19)
        self.assertLedgerAgrees(self.subscription)

    def test_postpaid_bills_the_used_days_first(self):
        slow = self._create_plan("Lento pospago", 349.0, 10, 3, isp_billing_mode="postpaid")
        fast = self._create_plan("Rápido pospago", 650.0, 50, 9, isp_billing_mode="postpaid")
        slow.isp_allowed_plan_ids = fast
        service = self._create_service(slow)
        change = self._request(service, fast, "now_credit")
        self.assertEqual((change.state, change.amount_due), ("applied", 0.0))
        self.assertEqual(self._lines(change), [("used", "349.00 × 11/31", 0.0)])
        self.assertEqual(
            self._rows(service),
            [("2026-03-21", "2026-04-01", "Lento pospago", 123.84, "billed")],
        )
        with freeze_time("2026-04-22 18:00:00"):
            self._run_billing(date(2026, 4, 22))
        self.assertEqual(self._rows(service)[1][1:4], ("2026-04-21", "Rápido pospago", 419.35))


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeAtCutoff(ChangeCommon):
    """At the next cut: nothing is paid now, the new month has the new price."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_plan_change_policy = "next_cutoff"

    def test_scheduled_then_made_at_the_cut(self):
        self._paid(self.subscription)
        before = self._trace(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual((change.state, change.amount_due), ("scheduled", 0.0))
        self.assertEqual(change.effective_date, date(2026, 4, 21))
        after = self._trace(self.subscription)
        self.assertEqual(after, before)
        self._cron_at("2026-04-20 18:00:00")
        self.assertPlan(self.subscription, self.slow, 349.0)
        self._cron_at("2026-04-21 18:00:00")
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(change.state, "applied")
        self.assertFalse(self.subscription.next_plan_id)

    def test_billing_run_before_the_cut_has_the_new_price(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        with freeze_time("2026-04-15 18:00:00"):
            self._run_billing(date(2026, 4, 15))
            self.assertPlan(self.subscription, self.slow, 349.0)
            self.assertEqual(
                self._rows(self.subscription)[1],
                ("2026-04-21", "2026-05-21", "Rápido", 650.0, "billed"),
            )
            line = self.subscription.period_ids[:1].move_line_id
            self.assertEqual(line.product_id, self.fast.product_variant_id)
            self.assertIn("Rápido", line.name)
        self.assertEqual(self.subscription.period_ids[:1].change_id, change)
        self._cron_at("2026-04-21 18:00:00")
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(len(self._rows(self.subscription)), 2)
        self.assertLedgerAgrees(self.subscription)

    def test_months_ahead_are_quoted_at_the_new_price(self):
        self._paid(self.subscription)
        self._request(self.subscription, self.fast)
        self.assertEqual(self.subscription._get_payment_quote(2)["total"], 1300.0)
        self._pay(self.subscription, 1300.0, months=2)
        self.assertEqual([row[3] for row in self._rows(self.subscription)], [349.0, 650.0, 650.0])

    def test_bill_of_the_next_month_is_made_again(self):
        service = self._create_service(self.fast)
        self._paid(service)
        self._bill(service)
        change = self._request(service, self.slow)
        self.assertEqual(service.balance_due, 349.0)
        self.assertEqual(self._rows(service)[1][2:4], ("Lento", 349.0))
        self.assertPlan(service, self.fast, 650.0)
        self.assertEqual(change.credit_move_ids.amount_total, 650.0)
        change.action_cancel()
        self.assertEqual(service.balance_due, 650.0)
        self.assertEqual(self._rows(service)[1][2:4], ("Rápido", 650.0))
        self.assertFalse(service.next_plan_id)
        self.assertLedgerAgrees(service)

    def test_month_that_runs_unpaid_keeps_its_plan(self):
        self._bill(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.effective_date, date(2026, 4, 21))
        self.assertEqual(self.subscription.balance_due, 349.0)
        self._pay(self.subscription, 349.0)
        self.assertEqual(change.state, "scheduled")

    def test_paid_ahead_changes_after_it(self):
        self._paid(self.subscription, 3)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.effective_date, date(2026, 6, 21))

    def test_on_the_day_of_the_cut(self):
        self._paid(self.subscription)
        with freeze_time("2026-04-21 18:00:00"):
            change = self._request(self.subscription, self.fast)
            self.assertEqual(change.state, "applied")
        self.assertPlan(self.subscription, self.fast, 650.0)

    def test_other_billing_mode_only_at_the_cut(self):
        postpaid = self._create_plan("Pospago", 300.0, 10, 3, isp_billing_mode="postpaid")
        self.slow.isp_allowed_plan_ids |= postpaid
        self._paid(self.subscription)
        self._set_policy("on_payment")
        change = self._request(self.subscription, postpaid)
        self.assertEqual(change.policy, "next_cutoff")
        with freeze_time("2026-04-15 18:00:00"):
            self._run_billing(date(2026, 4, 15))
        self._cron_at("2026-04-21 18:00:00")
        self.assertEqual(self.subscription.billing_mode, "postpaid")
        self.assertEqual([row[2] for row in self._rows(self.subscription)], ["Lento"])
        with freeze_time("2026-05-21 18:00:00"):
            self._run_billing(date(2026, 5, 21))
        self.assertEqual(self._rows(self.subscription)[1][2:4], ("Pospago", 300.0))

    def test_bill_in_advance_is_taken_back_for_a_postpaid_plan(self):
        postpaid = self._create_plan("Pospago", 300.0, 10, 3, isp_billing_mode="postpaid")
        self.slow.isp_allowed_plan_ids |= postpaid
        self._paid(self.subscription)
        self._bill(self.subscription)
        change = self._request(self.subscription, postpaid)
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.assertEqual(change.credit_move_ids.amount_total, 349.0)
        self.assertEqual([row[2] for row in self._rows(self.subscription)], ["Lento"])

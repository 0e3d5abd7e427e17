from datetime import date, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo import fields
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestReconnection(IspCommon):
    """From the money to the service, by every channel, with its clock and its fee."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        with freeze_time("2026-04-27 18:00:00"):
            cls.subscription = cls._create_subscription(date_start=date(2026, 4, 21))
            cls.move = cls.subscription._bill_periods(1)
            cls.subscription._suspend("debt")
        cls.suspension = cls.subscription.suspension_ids

    def setUp(self):
        super().setUp()
        self.clock = freeze_time("2026-04-28 18:00:00")
        self.now = self.clock.start()
        self.addCleanup(self.clock.stop)

    def _assert_restored(self):
        self.assertEqual(self.subscription.state, "active")
        self.assertEqual(self.suspension.paid_at, fields.Datetime.now())
        self.assertEqual(self.suspension.reactivated_at, fields.Datetime.now())
        self.assertEqual(self.suspension.network_confirmed_at, fields.Datetime.now())
        self.assertEqual(self.suspension.deadline, datetime(2026, 4, 30, 18))
        self.assertEqual(self.suspension.seconds_to_restore, 0)

    # === CHANNELS === #

    def test_payment(self):
        self._pay(self.subscription, 349.0)
        self._assert_restored()

    def test_payment_booked_by_accounting(self):
        payment = self._create_payment(self.subscription, 349.0)
        lines = payment._isp_receivable_lines() | self.move.line_ids
        open_lines = lines.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if len(open_lines) > 1:
            open_lines.reconcile()
        self._assert_restored()

    def test_credit_note(self):
        wizard = self.env["account.move.reversal"].with_context(
            active_model="account.move", active_ids=self.move.ids
        )
        reversal = wizard.create({"journal_id": self.move.journal_id.id, "reason": "gift"})
        note = self.env["account.move"].browse(reversal.refund_moves()["res_id"])
        if note.state == "draft":
            note.action_post()
        receivable = (note | self.move).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if receivable:
            receivable.reconcile()
        self._assert_restored()

    def test_bank_statement_entry(self):
        receivable = self.move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        bank = self.company_data["default_journal_bank"]
        entry = self.env["account.move"].create(
            {
                "journal_id": bank.id,
                "date": "2026-04-28",
                "line_ids": [
                    (0, 0, {"account_id": bank.default_account_id.id, "debit": 349.0}),
                    (
                        0,
                        0,
                        {
                            "account_id": receivable.account_id.id,
                            "partner_id": self.customer.id,
                            "credit": 349.0,
                        },
                    ),
                ],
            }
        )
        entry.action_post()
        lines = receivable | entry.line_ids.filtered(
            lambda line: line.account_id == receivable.account_id
        )
        lines.filtered(lambda line: not line.reconciled).reconcile()
        self._assert_restored()

    def test_cancelled_invoice(self):
        self.move.button_draft()
        self.move.button_cancel()
        self._cron()
        self._assert_restored()

    def test_paid_ahead_is_back_in_spite_of_another_charge(self):
        product = self.env.ref("isp_subscription.product_reconnection")
        product.taxes_id = self.tax_iva16_incl
        self.subscription._isp_charge(product, "Visita", 200.0, date(2026, 4, 22))
        receivable = self.move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        payment = self._create_payment(self.subscription, 1.0)
        self.assertEqual(self.subscription.state, "suspended")
        self.assertTrue(receivable and payment)
        self._pay(self.subscription, 348.0)
        self.assertEqual(self.subscription.state, "active")
        self.assertGreater(self.subscription.overdue_amount, 0.0)
        self.assertFalse(self.subscription._may_be_suspended(date(2026, 5, 5)))

    # === FEE === #

    def _fee(self, amount):
        self.company.isp_reconnection_fee = amount

    def test_fee_is_charged_once_and_capped(self):
        self._fee(100.0)
        self._pay(self.subscription, 349.0)
        self.assertTrue(self.suspension.fee_due)
        self._cron()
        self.assertEqual(self.suspension.fee_move_id.amount_total, 69.80)
        self.assertEqual(self.subscription.balance_due, 69.80)
        self.assertFalse(self.suspension.fee_due)
        self._cron()
        self.suspension._isp_charge_fee()
        self.assertEqual(self.subscription.balance_due, 69.80)
        self.assertEqual(self.subscription.state, "active")

    def test_fee_below_the_limit_is_the_fee(self):
        self._fee(50.0)
        self._pay(self.subscription, 349.0)
        self._cron()
        self.assertEqual(self.suspension.fee_move_id.amount_total, 50.0)

    def test_no_fee_by_hand_nor_by_default(self):
        self._pay(self.subscription, 349.0)
        self._cron()
        self.assertFalse(self.suspension.fee_move_id)
        self._fee(50.0)
        self.subscription.action_suspend()
        self.subscription.action_reactivate()
        self._cron()
        self.assertFalse(self.subscription.suspension_ids.fee_move_id)

    def test_fee_that_cannot_be_billed_stops_no_service(self):
        self._fee(50.0)

        def fail(*_args, **_kwargs):
            raise ValueError("no account")

        self._pay(self.subscription, 349.0)
        with patch.object(type(self.subscription), "_isp_charge", fail):
            self._cron()
        self.assertEqual(self.subscription.state, "active")
        self.assertIn("no account", self.subscription.billing_error)
        self._cron()
        self.assertEqual(self.suspension.fee_move_id.amount_total, 50.0, "tried again")

    def test_money_for_months_ahead_is_not_eaten_by_the_fee(self):
        self._fee(50.0)
        self._pay(self.subscription, 698.0, months=2)
        self._cron()
        self.assertEqual(self.subscription.cutoff_date, date(2026, 6, 21))
        self.assertEqual(self.subscription.balance_due, 50.0)

    # === DAYS OFF === #

    def test_days_without_service_are_noted_as_skipped(self):
        self.now.move_to("2026-07-03 18:00:00")
        self._pay(self.subscription, 349.0)
        off = self.subscription.period_ids.filtered(lambda row: row.state == "off")
        self.assertEqual((off.kind, off.suspension_id), ("skip", self.suspension))
        self.assertEqual((off.date_start, off.date_end), (date(2026, 5, 21), date(2026, 7, 3)))
        self.assertEqual(self.subscription.next_billing_date, date(2026, 7, 3))

    def test_days_served_before_the_cut_stay_billable(self):
        self.company.isp_statement_days = 10
        plan = self._create_plan("Pospago", 349.0, 50, 20, isp_billing_mode="postpaid")
        service = self._create_subscription(plan_id=plan.id, date_start=date(2026, 4, 1))
        service._suspend("manual")
        self.now.move_to("2026-05-03 18:00:00")
        service.action_reactivate()
        off = service.period_ids.filtered(lambda row: row.state == "off")
        self.assertEqual((off.date_start, off.date_end), (date(2026, 4, 28), date(2026, 5, 3)))
        self.assertEqual(service.next_billing_date, date(2026, 4, 1))

    # === ALARM === #

    def _cron(self):
        self.env.flush_all()
        with self.enter_registry_test_mode():
            self.env.ref("isp_subscription.ir_cron_reconnection").method_direct_trigger()
        self.env.invalidate_all()

    def _alarms(self):
        return self.subscription.activity_search(["isp_subscription.mail_activity_reconnection"])

    def test_alarm_before_the_legal_limit(self):
        with patch.object(type(self.subscription), "_network_apply", lambda sub: None):
            self._pay(self.subscription, 349.0)
        self._cron()
        self.assertFalse(self._alarms())
        self.now.tick(timedelta(hours=25))
        self._cron()
        self._cron()
        self.assertEqual(len(self._alarms()), 1)
        self.assertFalse(self.suspension.is_late)
        self.now.tick(timedelta(hours=24))
        self.assertIn(self.suspension, self.env["isp.suspension"].search([("is_late", "=", True)]))
        self.subscription._isp_network_follows("on")
        self.assertFalse(self._alarms())
        self.assertEqual(self.suspension.seconds_to_restore, 49 * 3600)

    def test_report_of_the_month(self):
        self._pay(self.subscription, 349.0)
        self.env.flush_all()
        report = self.env["isp.reconnection.report"].with_user(self.user_readonly)
        row = report.search([("company_id", "=", self.company.id)])
        self.assertEqual((row.month, row.count), (date(2026, 4, 1), 1))
        self.assertEqual((row.p95_seconds, row.late_count, row.waiting_count), (0.0, 0, 0))

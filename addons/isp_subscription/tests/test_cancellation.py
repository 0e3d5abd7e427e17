from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspCommon

APRIL_10 = date(2026, 4, 10)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 18:00:00")
class TestCancellation(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 3, 21))
        cls.reason = cls.env.ref("isp_subscription.cancel_reason_moving")
        cls.journal = cls.company_data["default_journal_bank"]

    @classmethod
    def _pay_months(cls, months, subscription=None):
        subscription = subscription or cls.subscription
        subscription._bill_periods(months)
        cls._pay(subscription, subscription.price_total * months)

    def _request(self, day=APRIL_10, subscription=None, **values):
        subscription = subscription or self.subscription
        return subscription._isp_request_cancellation(day, self.reason, **values)

    def _run(self, day):
        with self._committing_env() as env, freeze_time(f"{day} 18:00:00"):
            company = env["res.company"].browse(self.company.id)
            return env["isp.cancellation"].sudo()._run_cancellations(day, company)

    # === WORKED EXAMPLE === #

    def test_worked_example(self):
        """Section 7 of the rules: 123.84 + 698.00 = 821.84."""
        self._pay_months(3)
        cancellation = self._request()
        unused = cancellation.line_ids.filtered(lambda line: line.kind == "unused")
        self.assertEqual(unused.mapped("amount"), [-123.84, -349.0, -349.0])
        self.assertIn("11/31", unused[0].detail)
        self.assertEqual(cancellation.balance, -821.84)
        self.assertEqual((cancellation.state, self.subscription.state), ("done", "cancelled"))
        self.assertEqual(cancellation.refund_amount, 821.84)
        self.assertEqual(cancellation.refund_state, "to_refund")
        self.assertEqual(self.subscription.date_end, APRIL_10)
        self.assertEqual(self.subscription.network_desired_state, "off")
        self.assertEqual(self.subscription.credit_balance, 821.84)
        self.assertEqual(len(cancellation.activity_ids), 1)

    def test_folio_is_given_at_once_and_in_order(self):
        first = self._request(date(2026, 4, 20))
        other = self._create_subscription(partner_id=self.other_customer.id)
        second = self._request(date(2026, 4, 20), other)
        numbers = [int(row.name.split("-")[1]) for row in (first, second)]
        self.assertEqual(numbers[1], numbers[0] + 1)
        self.assertEqual(self.subscription.state, "cancel_pending")

    # === REFUND === #

    def test_refund_is_paid_once_and_settles_the_credit(self):
        self._pay_months(3)
        cancellation = self._request()
        wizard = self.env["isp.refund.wizard"].with_user(self.user_billing)
        wizard = wizard.create({"cancellation_id": cancellation.id, "journal_id": self.journal.id})
        wizard.action_confirm()
        payment = cancellation.refund_payment_id
        self.assertEqual((payment.payment_type, payment.amount), ("outbound", 821.84))
        self.assertEqual(cancellation.refund_state, "refunded")
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertTrue(payment._isp_receivable_lines().reconciled)
        self.assertFalse(cancellation.activity_ids)
        with self.assertRaises(UserError):
            wizard.action_confirm()
        self.assertEqual(cancellation.refund_payment_id, payment)

    def test_refund_is_never_more_than_the_credit_left(self):
        self._pay_months(3)
        other = self._create_subscription(date_start=date(2026, 3, 21))
        cancellation = self._request()
        self.assertEqual(cancellation.refund_amount, 821.84)
        other._bill_periods(1)
        other._apply_credit()
        cancellation.invalidate_recordset()
        self.assertEqual(cancellation.refundable, 472.84)
        payment = cancellation.sudo()._register_refund(self.journal)
        self.assertEqual(payment.amount, 472.84)
        self.assertEqual(self.subscription.credit_balance, 0.0)

    def test_nothing_left_to_refund(self):
        self._pay_months(1)
        cancellation = self._request()
        other = self._create_subscription(date_start=date(2026, 3, 21))
        other._bill_periods(1)
        other._apply_credit()
        with self.assertRaises(UserError):
            cancellation.sudo()._register_refund(self.journal)
        cancellation.with_user(self.user_billing).action_keep_credit()
        self.assertEqual(cancellation.refund_state, "kept")

    def test_kept_as_credit_is_not_refunded(self):
        self._pay_months(1)
        cancellation = self._request()
        cancellation.with_user(self.user_billing).action_keep_credit()
        self.assertEqual(self.subscription.credit_balance, 123.84)
        with self.assertRaises(UserError):
            cancellation.sudo()._register_refund(self.journal)

    def test_only_billing_refunds(self):
        self._pay_months(1)
        cancellation = self._request()
        for user in (self.user_readonly, self.user_technician, self.user_cashier):
            record = cancellation.with_user(user)
            for method in ("action_refund", "action_keep_credit"):
                with self.subTest(user=user.login, method=method), self.assertRaises(AccessError):
                    getattr(record, method)()
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                record.write({"refund_state": "refunded"})
        self.assertEqual(cancellation.refund_state, "to_refund")

    # === DEBT === #

    def test_debt_is_settled_with_the_credit_first(self):
        self._pay_months(2)
        product = self.plan_50.copy({"name": "Visita", "isp_is_plan": False})
        self.subscription._isp_charge(product.product_variant_id, "Visita", 100.0)
        cancellation = self._request()
        self.assertEqual(cancellation.balance, -372.84, "100.00 − 123.84 − 349.00")
        self.assertEqual(cancellation.line_ids[0].kind, "fee")
        self.assertEqual(cancellation.refund_amount, 372.84)
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_open_bills_are_credited_to_the_used_days(self):
        self.subscription._bill_periods(2)
        cancellation = self._request()
        # of the first period 20 of 31 days were used, nothing of the second
        self.assertEqual(cancellation.balance, 225.16)
        self.assertEqual(self.subscription.balance_due, 225.16)
        self.assertEqual(cancellation.refund_state, "none")

    def test_own_debt_comes_before_the_debt_of_another_service(self):
        other = self._create_subscription(date_start=date(2026, 2, 21))
        other._bill_periods(1)
        self.subscription._bill_periods(1)
        self._pay(self.subscription, 349.0)
        other._bill_periods(1)
        cancellation = self._request()
        self.assertEqual(cancellation.balance, 0.0)
        self.assertEqual(cancellation.line_ids[-1].kind, "other")
        self.assertEqual(cancellation.refund_amount, 0.0)

    def test_postpaid_pays_the_used_days(self):
        plan = self._create_plan("Pospago", 349.0, 50.0, 20.0, isp_billing_mode="postpaid")
        subscription = self._create_subscription(plan_id=plan.id, date_start=date(2026, 3, 21))
        cancellation = self._request(APRIL_10, subscription)
        self.assertEqual(cancellation.line_ids.mapped("kind"), ["used"])
        self.assertIn("20/31", cancellation.line_ids.detail)
        self.assertEqual(cancellation.balance, 225.16)
        self.assertEqual(subscription.balance_due, 225.16)
        self.assertEqual(subscription.period_ids.date_end, APRIL_10)

    # === DATES === #

    def test_end_by_itself_on_its_day(self):
        self._pay_months(3)
        cancellation = self._request(date(2026, 5, 1))
        self.assertEqual(self.subscription.network_desired_state, "on")
        self._run(date(2026, 4, 30))
        self.assertEqual(cancellation.state, "requested")
        figures = self._run(date(2026, 5, 3))
        self.assertEqual(figures, {"done": 1, "failed": 0})
        self.assertEqual(cancellation.state, "done")
        # dated by rule: 20 of 30 days and one period
        self.assertEqual(cancellation.refund_amount, 232.67 + 349.0)
        self.assertEqual(self._run(date(2026, 5, 4)), {"done": 0, "failed": 0})

    def test_cron(self):
        self._request(date(2026, 4, 12))
        with freeze_time("2026-04-12 18:00:00"), self.enter_registry_test_mode():
            self.env.ref("isp_subscription.ir_cron_cancellations").sudo().method_direct_trigger()
        self.assertEqual(self.subscription.state, "cancelled")

    def test_billing_never_goes_beyond_the_end(self):
        self._pay_months(1)
        self._request(date(2026, 5, 1))
        periods = self.subscription._next_periods(5)
        self.assertEqual(periods, [(date(2026, 4, 21), date(2026, 5, 1))])
        self._run(date(2026, 5, 1))
        self.assertEqual(self.subscription.balance_due, 116.33, "10 of 30 days")
        self.assertFalse(self.subscription._next_periods(5))
        self.assertFalse(self.subscription._isp_live_rows()[-1].date_end > date(2026, 5, 1))

    def test_dates_outside_of_the_limits(self):
        self.company.isp_cancel_notice_days = 5
        for day in (date(2026, 4, 9), date(2026, 4, 14), date(2026, 6, 30)):
            with self.subTest(day=day), self.assertRaises(UserError):
                self._request(day)
        self._request(date(2026, 4, 15))

    # === WITHDRAWAL === #

    def test_withdrawal_restores_the_state(self):
        self._pay_months(1)
        cancellation = self._request(date(2026, 4, 20))
        cancellation.with_user(self.user_cashier).action_withdraw()
        self.assertEqual((cancellation.state, self.subscription.state), ("withdrawn", "active"))
        self.assertFalse(self.subscription.date_end)
        self._run(date(2026, 4, 20))
        self.assertEqual(self.subscription.state, "active")
        self._request(date(2026, 4, 25))

    def test_suspended_service_stays_off_and_comes_back_suspended(self):
        self.subscription.action_suspend()
        cancellation = self._request(date(2026, 4, 20))
        self.assertEqual(self.subscription.network_desired_state, "off")
        cancellation.action_withdraw()
        self.assertEqual(self.subscription.state, "suspended")

    def test_payment_brings_a_cut_service_back_until_its_end(self):
        self.subscription._bill_periods(1)
        self.subscription._suspend("debt")
        cancellation = self._request(date(2026, 4, 20))
        self.assertEqual(self.subscription.network_desired_state, "off")
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.state, "cancel_pending")
        self.assertEqual(self.subscription.network_desired_state, "on")
        self.assertEqual(cancellation.previous_state, "active")
        self.assertTrue(self.subscription.suspension_ids.date_to)

    def test_days_off_before_the_end_are_not_billed(self):
        self.subscription._bill_periods(1)
        self.subscription._suspend("debt")
        cancellation = self._request(date(2026, 5, 1))
        self._run(date(2026, 5, 1))
        self.assertEqual(cancellation.line_ids.mapped("kind"), ["debt"])
        self.assertEqual(self.subscription.balance_due, 349.0)

    def test_done_is_not_withdrawn(self):
        cancellation = self._request()
        with self.assertRaises(UserError):
            cancellation.action_withdraw()

    # === ONCE === #

    def test_one_open_folio_per_service(self):
        cancellation = self._request(date(2026, 4, 20))
        with self.assertRaises(UserError):
            self._request(date(2026, 4, 21))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            cancellation.sudo().copy({"name": "X-1", "effective_date": date(2026, 4, 21)})

    def test_cancelled_service_is_not_cancelled_again(self):
        self._request()
        with self.assertRaises(UserError):
            self._request()

    # === BEFORE THE INSTALLATION === #

    def test_not_installed_service_gives_the_advance_back(self):
        subscription = self._create_subscription(
            state="draft", partner_id=self.other_customer.id, date_start=False
        )
        subscription.action_confirm()
        self._pay(subscription, 349.0)
        cancellation = self._request(APRIL_10, subscription)
        self.assertEqual((cancellation.state, subscription.state), ("done", "cancelled"))
        self.assertEqual(cancellation.refund_amount, 349.0)
        self.assertEqual(cancellation.line_ids.kind, "credit")

    def test_draft_is_simply_cancelled(self):
        subscription = self._create_subscription(
            state="draft", partner_id=self.other_customer.id, date_start=False
        )
        self._request(APRIL_10, subscription)
        self.assertEqual(subscription.state, "cancelled")

    # === PAUSE AND CANCELLATION === #

    def test_cancelled_during_a_pause(self):
        self._pay_months(2)
        pause = self.subscription._isp_plan_pause(APRIL_10, date(2026, 5, 1))
        credit = pause.credit_amount
        self.assertEqual(credit, 240.17, "123.84 + 116.33")
        cancellation = self._request()
        self.assertEqual((pause.state, self.subscription.state), ("cancelled", "cancelled"))
        # what the pause gave back is not given back again: 20 of 30 days are left
        unused = cancellation.line_ids.filtered(lambda line: line.kind == "unused")
        self.assertEqual(sum(unused.mapped("amount")), -232.67)
        self.assertEqual(cancellation.refund_amount, round(credit + 232.67, 2))

    def test_pause_that_ends_before_the_end_of_the_service(self):
        self._pay_months(2)
        pause = self.subscription._isp_plan_pause(APRIL_10, date(2026, 4, 20))
        cancellation = self._request(date(2026, 5, 5))
        self.assertEqual(self.subscription.network_desired_state, "off")
        with freeze_time("2026-04-20 18:00:00"):
            pause.sudo()._end(date(2026, 4, 20))
        self.assertEqual((pause.state, self.subscription.state), ("done", "cancel_pending"))
        self.assertEqual(self.subscription.network_desired_state, "on")
        self.assertEqual(cancellation.previous_state, "active")

    def test_planned_pause_dies_with_the_service(self):
        pause = self.subscription._isp_plan_pause(date(2026, 5, 1), date(2026, 5, 20))
        self._request()
        self.assertEqual(pause.state, "cancelled")

    # === SCREENS === #

    def test_wizard_shows_the_statement_and_opens_the_folio(self):
        self._pay_months(3)
        wizard = self.env["isp.cancellation.wizard"].with_user(self.user_billing)
        wizard = wizard.create(
            {
                "subscription_id": self.subscription.id,
                "reason_id": self.reason.id,
                "pickup_date": date(2026, 4, 15),
            }
        )
        self.assertEqual((wizard.effective_date, wizard.balance), (APRIL_10, -821.84))
        self.assertIn("11/31", wizard.preview_html)
        action = wizard.action_confirm()
        cancellation = self.env["isp.cancellation"].browse(action["res_id"])
        self.assertEqual(cancellation.state, "done")
        self.assertEqual(cancellation.pickup_date, date(2026, 4, 15))

    def test_staff_notes_the_equipment_and_nothing_else(self):
        cancellation = self._request()
        record = cancellation.with_user(self.user_technician)
        record.write({"pickup_done": True, "pickup_note": "Antena"})
        for values in ({"state": "withdrawn"}, {"balance": 0.0}, {"name": "X"}):
            with self.subTest(values=values), self.assertRaises(AccessError):
                record.write(values)
        with self.assertRaises(UserError):
            cancellation.sudo().unlink()

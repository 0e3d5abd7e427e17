from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .change_common import ChangeCommon

APRIL_30, MAY_1 = date(2026, 4, 30), date(2026, 5, 1)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeLeave(ChangeCommon):
    """Changes of plan of a service that rests or ends, and what a record keeps."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.reason = cls.env.ref("isp_subscription.cancel_reason_moving")
        cls.service = cls._create_service(cls.fast)
        cls._pay(cls.service, 650.0, months=1)

    def _finish(self, day):
        with self._committing_env() as env, freeze_time(f"{day} 18:00:00"):
            company = env["res.company"].browse(self.company.id)
            env["isp.cancellation"].sudo()._run_cancellations(day, company)

    def _run_pauses(self, day):
        with self._committing_env() as env, freeze_time(f"{day} 18:00:00"):
            company = env["res.company"].browse(self.company.id)
            env["isp.pause"].sudo()._run_pauses(day, company)

    def _statement(self, folio):
        return [(line.kind, line.detail, line.amount) for line in folio.line_ids]

    # === WHAT A RECORD KEEPS === #

    def test_applied_change_keeps_what_was_asked_for(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        lines = change.line_data
        self._pay(self.subscription, 650.0)
        self.assertEqual(change.state, "applied")
        self.assertEqual((change.amount_total, change.amount_due), (650.0, 650.0))
        self.assertEqual(change.line_data, lines)
        self.assertEqual(self._lines(change), [("month", "", 650.0)])

    def test_lines_of_an_open_request_add_up_to_what_is_left(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self._pay(self.subscription, 100.0)
        expected = [("month", "", 650.0), ("credit", "", -100.0)]
        self.assertEqual((change.state, self._lines(change)), ("awaiting_payment", expected))
        self.assertEqual((change.amount_total, change.amount_due), (650.0, 550.0))
        self._pay(self.subscription, 550.0)
        self.assertEqual((change.state, self._lines(change)), ("applied", expected))
        self.assertEqual(change.amount_due, 550.0)

    def test_late_money_is_known_by_what_was_asked_for(self):
        """The days that passed make the change cheaper, not what the customer was asked for."""
        self._set_policy("now_credit")
        for first in (0.0, 5.0):
            name = f"Cliente {first:.0f}"
            service = self._create_service(self.slow, partner_id=self._create_customer(name).id)
            self._paid(service)
            change = self._request(service, self.fast)
            if first:
                self._pay(service, first)
            self._cron_at("2026-04-20 18:00:00")
            self.assertEqual(change.state, "expired")
            self.assertEqual((change.amount_total, change.amount_due), (194.19, 194.19 - first))
            with freeze_time("2026-04-20 19:00:00"):
                self._pay(service, change.amount_due)
            self.assertTrue(change.is_late_noted)
            self.assertPlan(service, self.slow, 349.0)

    # === PAUSE === #

    def test_credit_of_a_pause_pays_no_change(self):
        self._set_policy("now_credit")
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.subscription._isp_plan_pause(date(2026, 4, 2), date(2026, 4, 21))
        self._run_pauses(date(2026, 4, 2))
        self.assertEqual(change.state, "cancelled")
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(self.subscription.credit_balance, 213.90)

    def test_scheduled_change_survives_a_pause(self):
        service = self._create_service(self.fast, partner_id=self.other_customer.id)
        self._paid(service)
        change = self._request(service, self.slow, "next_cutoff")
        service._isp_plan_pause(date(2026, 4, 10), MAY_1)
        self._run_pauses(date(2026, 4, 10))
        self.assertEqual(change.state, "scheduled")
        self._cron_at("2026-04-22 18:00:00")
        self._run_pauses(MAY_1)
        self.assertPlan(service, self.slow, 349.0)
        with freeze_time("2026-05-01 18:00:00"):
            self._run_billing(MAY_1)
        # 349 × 20/30, of which the pause gave 650 × 11/31 = 230.65
        row = self._rows(service)[-1]
        self.assertEqual(row[:4], ("2026-05-01", "2026-05-21", "Lento", 232.67))
        self.assertEqual(service.balance_due, 2.02)

    def test_who_came_back_earlier_keeps_his_dates_of_next_year(self):
        self.service._isp_plan_pause(date(2026, 4, 1), MAY_1, repeat_yearly=True)
        with freeze_time("2026-04-03 18:00:00"):
            self.service.pause_ids.sudo()._return("Is back")
        dates = self.service.pause_ids.sorted("date_from").mapped(lambda row: str(row.date_to))
        self.assertEqual(dates, ["2026-04-03", "2027-05-01"])

    # === CANCELLATION === #

    def test_final_statement_keeps_the_scheduled_price(self):
        change = self._request(self.service, self.slow, "next_cutoff")
        folio = self.service._isp_request_cancellation(APRIL_30, self.reason)
        used = [("used", "349.00 × 9/30", 104.70)]
        self.assertEqual((self._statement(folio), folio.balance), (used, 104.70))
        self.assertEqual(change.state, "scheduled")
        # The job of the changes did not run: the end of the service makes it.
        self._finish(APRIL_30)
        self.assertEqual((self._statement(folio), folio.balance), (used, 104.70))
        self.assertEqual((change.state, self.service.balance_due), ("applied", 104.70))

    def test_cancelling_bills_nothing_again_at_the_old_price(self):
        self._bill(self.service)
        self._request(self.service, self.slow, "next_cutoff")
        shown = self.service._isp_quote_cancellation(MAY_1)["balance"]
        folio = self.service._isp_request_cancellation(MAY_1, self.reason)
        self.assertEqual((shown, folio.balance), (116.33, 116.33))
        self._finish(MAY_1)
        self.assertEqual((folio.balance, self.service.balance_due), (116.33, 116.33))

    def test_scheduled_change_ends_with_a_service_that_ends_before(self):
        change = self._request(self.service, self.slow, "next_cutoff")
        self.service._isp_request_cancellation(date(2026, 4, 1), self.reason)
        self.assertEqual((change.state, self.service.plan_id), ("cancelled", self.fast))

    def test_no_refund_is_promised_twice(self):
        self._paid(self.subscription)
        first = self.subscription._isp_request_cancellation(date(2026, 4, 1), self.reason)
        second = self.service._isp_request_cancellation(date(2026, 4, 1), self.reason)
        self.assertEqual((first.refund_amount, second.refund_amount), (225.16, 419.35))
        self.assertEqual((first.balance, second.balance), (-225.16, -419.35))
        self.assertEqual(self.service.credit_balance, 644.51)

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-01 18:00:00")
class TestBilling(IspCommon):
    def test_total_with_tax_is_exact(self):
        for price, base, tax in ((349.0, 300.86, 48.14), (650.0, 560.34, 89.66)):
            subscription = self._create_subscription(price_override=price)
            move = subscription._bill_periods(1)
            with self.subTest(price=price):
                self.assertEqual(move.amount_total, price)
                self.assertEqual(move.amount_untaxed, base)
                self.assertAlmostEqual(move.amount_tax, tax)
                self.assertEqual(subscription.period_ids.amount_total, price)

    def test_one_line_and_one_row_per_month_on_one_invoice(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(12)
        self.assertEqual(len(move.invoice_line_ids), 12)
        self.assertEqual(len(subscription.period_ids), 12)
        self.assertEqual(move.amount_total, 4188.0)
        self.assertEqual(move.state, "posted")
        self.assertEqual(move.isp_subscription_ids, subscription)

    def test_label_of_the_month(self):
        subscription = self._create_subscription(date_start=date(2026, 11, 25), anchor_day=25)
        self.env["res.lang"]._activate_lang("es_MX")
        self.customer.lang = "es_MX"
        label = subscription._period_label(subscription._next_periods(1)[0])
        self.assertEqual(label, "Residencial 50, 25 nov 2026 – 25 dic 2026")

    def test_first_incomplete_period_costs_its_days(self):
        subscription = self._create_subscription(date_start=date(2026, 3, 5))
        move = subscription._bill_periods(2)
        amounts = subscription.period_ids.sorted("date_start").mapped("amount_total")
        self.assertEqual(amounts, [199.43, 349.0])
        self.assertEqual(move.amount_total, 548.43)

    def test_prepaid_dates_follow_the_rule_not_the_run(self):
        subscription = self._create_subscription()
        self.company.isp_lead_days = 7
        move = subscription._bill_periods(1, date=date(2026, 2, 28))
        self.assertEqual(move.invoice_date, date(2026, 1, 21), "never older than the service")
        self.assertEqual(move.invoice_date_due, date(2026, 1, 21))
        move = subscription._bill_periods(1, date=date(2026, 2, 28))
        self.assertEqual(move.invoice_date, date(2026, 2, 14))
        self.assertEqual(move.invoice_date_due, date(2026, 2, 21))

    def test_paying_ahead_is_dated_today(self):
        subscription = self._create_subscription(date_start=date(2026, 6, 21))
        move = subscription._bill_periods(1, date=date(2026, 3, 1))
        self.assertEqual(move.invoice_date, date(2026, 3, 1))
        self.assertEqual(move.invoice_date_due, date(2026, 6, 21))

    def test_postpaid_is_issued_at_the_end_and_due_ten_days_later(self):
        self.plan_50.isp_billing_mode = "postpaid"
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self.assertEqual(move.invoice_date, date(2026, 2, 21))
        self.assertEqual(move.invoice_date_due, date(2026, 3, 3))

    def test_until_bills_what_starts_before_that_day(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(until=date(2026, 4, 21))
        self.assertEqual(len(move.invoice_line_ids), 3)
        self.assertFalse(subscription._bill_periods(until=date(2026, 4, 21)))

    def test_payment_term_of_the_customer_does_not_move_the_due_date(self):
        self.customer.property_payment_term_id = self.pay_terms_b
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self.assertEqual(move.invoice_date_due, date(2026, 1, 21))

    def test_service_without_start_date_cannot_be_billed(self):
        subscription = self._create_subscription(state="draft", date_start=False)
        with self.assertRaises(UserError):
            subscription._bill_periods(1)

    def test_agreed_price_with_a_tax_on_top(self):
        tax = self.tax_iva16_incl.copy(
            {"name": "IVA on top", "price_include_override": "tax_excluded"}
        )
        plan = self._create_plan("Base", 300.86, 10, 5, taxes_id=[(6, 0, tax.ids)])
        subscription = self._create_subscription(plan_id=plan.id, price_override=349.0)
        quote = subscription._get_payment_quote(1)
        move = subscription._bill_periods(1)
        self.assertEqual(move.amount_total, 349.0)
        self.assertEqual(quote["total"], move.amount_total)

    def test_changed_anchor_gives_one_short_period(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        subscription.anchor_day = 25
        subscription._bill_periods(2)
        rows = subscription.period_ids.sorted("date_start")
        self.assertEqual(rows[1].date_end, date(2026, 2, 25))
        self.assertEqual(rows[1].amount_total, 45.03, "349 × 4/31")
        self.assertEqual(rows[2].date_end, date(2026, 3, 25))

    def test_invoices_are_found_by_subscription(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        found = self.env["account.move"].search([("isp_subscription_ids", "in", subscription.ids)])
        self.assertEqual(found, move)
        self.assertEqual(subscription.invoice_count, 1)
        action = subscription.action_view_invoices()
        self.assertEqual(self.env["account.move"].search(action["domain"]), move)

    def test_days_billed_again_are_not_overdue_on_the_day_of_their_bill(self):
        subscription = self._create_subscription(date_start=date(2026, 1, 21))
        first = subscription._bill_periods(1)
        first._reverse_moves(cancel=True)
        again = subscription._bill_periods(1, date=date(2026, 1, 30))
        self.assertEqual(first.invoice_date_due, date(2026, 1, 21))
        self.assertEqual(again.invoice_date, date(2026, 1, 30))
        self.assertEqual(again.invoice_date_due, date(2026, 1, 30))

from datetime import date

from freezegun import freeze_time

from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
class TestOfficeReport(IspCommon):
    """Months long past: the report asks PostgreSQL for the day, which no test can freeze."""

    def _rows(self, user=None):
        report = self.env["isp.subscription.report"].with_user(user or self.user_readonly)
        groups = report._read_group(
            [("company_id", "=", self.company.id)],
            ["date:month"],
            [f"{name}:sum" for name in ("active_count", "mrr", "new_count", "churned_count")],
        )
        return {month.strftime("%Y-%m"): tuple(values) for month, *values in groups}

    @freeze_time("2024-03-20 18:00:00")
    def test_customers_and_income_of_each_month(self):
        first = self._create_subscription(date_start=date(2024, 1, 21))
        first._bill_periods(2, date=date(2024, 1, 21))
        second = self._create_subscription(
            partner_id=self.other_customer.id,
            plan_id=self.plan_100.id,
            date_start=date(2024, 2, 21),
        )
        second._bill_periods(1, date=date(2024, 2, 21))
        for service in (first, second):
            service.sudo().write({"date_end": date(2024, 3, 21), "state": "cancelled"})
        rows = self._rows()
        self.assertEqual(rows["2024-01"], (1, 349.0, 1, 0))
        self.assertEqual(rows["2024-02"], (2, 798.0, 1, 0))
        self.assertEqual(rows["2024-03"], (0, 0.0, 0, 2))
        self.assertEqual(set(rows), {"2024-01", "2024-02", "2024-03"})

    @freeze_time("2024-03-20 18:00:00")
    def test_days_off_and_days_credited_are_no_income(self):
        service = self._create_subscription(date_start=date(2024, 1, 21))
        service._bill_periods(1, date=date(2024, 1, 21))
        service._isp_credit_days(date(2024, 1, 25), date(2024, 2, 21), "Test", off_kind="skip")
        service.sudo().write({"date_end": date(2024, 2, 21), "state": "cancelled"})
        rows = self._rows()
        self.assertEqual(rows["2024-01"], (0, 0.0, 1, 0))

    @freeze_time("2024-03-20 18:00:00")
    def test_cuts_and_returns(self):
        service = self._create_subscription(date_start=date(2024, 1, 21))
        service._bill_periods(1, date=date(2024, 1, 21))
        service.sudo()._suspend("debt")
        self._pay(service, 349.0)
        self.assertEqual(service.state, "active")
        report = self.env["isp.subscription.report"].with_user(self.user_readonly)
        domain = [("subscription_id", "=", service.id)]
        found = report.search([*domain, ("event", "in", ("suspended", "reactivated"))])
        self.assertEqual(set(found.mapped("event")), {"suspended", "reactivated"})
        self.assertEqual(set(found.mapped("date")), {date(2024, 3, 1)})

    def test_other_company_sees_nothing(self):
        self._create_subscription()
        company = self._create_company(name="Second ISP")
        self.user_readonly.write({"company_ids": [(6, 0, company.ids)], "company_id": company.id})
        report = self.env["isp.subscription.report"].with_user(self.user_readonly)
        self.assertFalse(report.search([]))
        self.assertFalse(self.env["isp.subscription"].with_user(self.user_readonly).search([]))

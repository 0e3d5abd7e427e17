from datetime import date

from freezegun import freeze_time

from odoo.tests import Form, tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-18 18:00:00")
class TestSeveralServices(IspCommon):
    """One payer, several services, one payment."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.main = cls._create_subscription()
        cls.second = cls._create_subscription(plan_id=cls.plan_100.id, anchor_day=5)
        cls.third = cls._create_subscription()
        cls.stranger = cls._create_subscription(partner_id=cls.other_customer.id)

    def _wizard(self, months=1, plan=None, amount=None):
        wizard = (
            self.env["isp.counter.payment"]
            .with_user(self.user_cashier)
            .create({"subscription_id": self.main.id, "months": months})
        )
        for service, count in (plan or {}).items():
            line = wizard.line_ids.filtered(lambda line, sub=service: line.subscription_id == sub)
            line.write({"is_paid": True, "months": count})
        if amount:
            wizard.amount = amount
        return wizard

    def test_quote_adds_up_and_deducts_the_credit_once(self):
        self.second._bill_periods(1)
        self._create_payment(self.main, 100.0)
        quote = self.main._get_payer_quote({self.main: 1, self.second: 0})
        open_amount = self.second.balance_due
        self.assertEqual(quote["total"], round(349.0 + open_amount - 100.0, 2))
        self.assertEqual([line["kind"] for line in quote["lines"]].count("credit"), 1)
        services = [line["subscription"] for line in quote["lines"][:-1]]
        self.assertEqual(services, [self.main, self.second])

    def test_other_services_of_the_payer_are_offered_and_not_taken(self):
        self.second._bill_periods(1)
        wizard = self._wizard()
        self.assertEqual(wizard.line_ids.subscription_id, self.second | self.third)
        self.assertEqual(wizard.amount_due, 349.0)
        line = wizard.line_ids[0]
        self.assertEqual(line.amount_due, self.second.balance_due)

    def test_one_payment_covers_each_service_by_its_own_dates(self):
        wizard = self._wizard(months=2, plan={self.second: 1, self.third: 3})
        first_month = self.second._get_payment_quote(1)
        total = 698.0 + first_month["total"] + 1047.0
        self.assertEqual(wizard.amount_due, total)
        payment = wizard._isp_register().sudo()
        self.assertEqual(payment.amount, total)
        coverage = {row.subscription_id: row for row in payment.isp_coverage_ids}
        self.assertEqual(set(coverage), {self.main, self.second, self.third})
        for service, start, end, amount in (
            (self.main, date(2026, 1, 21), date(2026, 3, 21), 698.0),
            (self.second, date(2026, 1, 21), first_month["new_cutoff_date"], first_month["total"]),
            (self.third, date(2026, 1, 21), date(2026, 4, 21), 1047.0),
        ):
            with self.subTest(service=service.name):
                row = coverage[service]
                self.assertEqual((row.cutoff_from, row.cutoff_to), (start, end))
                self.assertEqual(row.amount, amount)
                self.assertEqual(service.cutoff_date, end)
        self.assertEqual(payment.isp_subscription_id, self.main)
        self.assertEqual(payment.isp_cutoff_to, date(2026, 3, 21))
        self.assertEqual(payment.isp_overpaid_amount, 0.0)

    def test_receipt_shows_each_service(self):
        payment = self._wizard(plan={self.second: 1})._isp_register().sudo()
        data = payment._isp_typst_data(None)
        labels = [label for label, _value in data["rows"]]
        self.assertIn(self.main.name, labels)
        self.assertIn(self.second.name, labels)

    def test_too_little_money_pays_debt_before_months_ahead(self):
        self.second._bill_periods(1)
        debt = self.second.balance_due
        wizard = self._wizard(months=1, plan={self.second: 0}, amount=debt + 10.0)
        payment = wizard._isp_register().sudo()
        self.assertEqual(self.second.balance_due, 0.0)
        self.assertEqual(self.main.cutoff_date, date(2026, 1, 21), "its month was not reached")
        self.assertEqual(payment.isp_overpaid_amount, 10.0)

    def test_undone_payment_covers_nothing(self):
        payment = self._wizard(plan={self.second: 1})._isp_register().sudo()
        payment.action_cancel()
        self.assertFalse(payment.isp_coverage_ids)
        self.assertFalse(payment.isp_cutoff_to)
        self.assertEqual(self.main.cutoff_date, date(2026, 1, 21))

    def test_warning_when_the_same_amount_came_in_before(self):
        self.assertFalse(self._wizard().twin_text)
        payment = self._pay(self.main, 349.0, months=1, form="spei")
        self.assertIn(str(payment.isp_number), self._wizard().twin_text)

    def test_form_of_the_counter(self):
        wizards = self.env["isp.counter.payment"].with_user(self.user_cashier)
        form = Form(wizards.with_context(default_subscription_id=self.main.id))
        with form.line_ids.edit(1) as line:
            line.is_paid = True
            line.months = 2
        self.assertEqual(form.amount_due, 349.0 + 698.0)
        self.assertEqual(form.amount, 349.0 + 698.0)
        self.assertEqual(form.save()._get_plan(), {self.main: 1, self.third: 2})

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-21 18:00:00")
class TestMultiCompany(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.subscription._bill_periods(1)
        cls.company_2 = cls._create_company(name="Second ISP")
        cls.env.user.company_ids += cls.company_2
        tax = cls.company_2.account_sale_tax_id
        cls.plan_2 = cls._create_plan(
            "Plan 2", 200.0, 20, 5, taxes_id=[Command.set(tax.ids)], company_id=cls.company_2.id
        )
        env_2 = cls.env["isp.subscription"].with_company(cls.company_2)
        cls.subscription_2 = env_2.create(
            {
                "partner_id": cls.customer.id,
                "plan_id": cls.plan_2.id,
                "company_id": cls.company_2.id,
                "date_start": date(2026, 1, 21),
                "anchor_day": 21,
            }
        )
        cls.subscription_2.action_activate()

    def test_staff_of_one_company_sees_nothing_of_the_other(self):
        for model in ("isp.subscription", "isp.subscription.period"):
            records = self.env[model].with_user(self.user_manager).search([])
            with self.subTest(model=model):
                self.assertEqual(records.company_id, self.company)
        with self.assertRaises(AccessError):
            self.subscription_2.with_user(self.user_manager).read(["name"])

    def test_each_company_numbers_its_own_contracts_and_payments(self):
        names = (self.subscription | self.subscription_2).mapped("name")
        self.assertEqual(names[1], "000001")
        payment = self._pay(self.subscription, 349.0)
        self.assertEqual(payment.isp_number, 1)

    def test_invoice_and_price_belong_to_the_company_of_the_service(self):
        move = self.subscription_2._bill_periods(1)
        self.assertEqual(move.company_id, self.company_2)
        self.assertEqual(move.amount_total, self.subscription_2.price_total)
        self.assertLessEqual(move.invoice_line_ids.tax_ids.company_id, self.company_2)

    def test_credit_of_one_company_does_not_pay_in_the_other(self):
        self._create_payment(self.subscription, 1000.0)
        move = self.subscription_2._bill_periods(1)
        self.assertFalse(self.subscription_2._apply_credit())
        self.assertEqual(move.payment_state, "not_paid")
        self.assertEqual(self.subscription_2.credit_balance, 0.0)

    def test_payment_of_the_other_company_is_refused(self):
        payment = self._create_payment(self.subscription, 349.0)
        with self.assertRaises(UserError):
            self.subscription_2._isp_settle_payment(payment)

    def test_run_of_one_company_leaves_the_other_alone(self):
        with self._committing_env() as env:
            company = env["res.company"].browse(self.company.id)
            env["isp.subscription"].sudo()._run_billing(date(2026, 3, 1), company)
        self.assertFalse(self.subscription_2.period_ids)

    def test_zone_of_another_company_is_refused(self):
        zone = self.env["isp.zone"].create({"name": "Lejos", "company_id": self.company_2.id})
        with self.assertRaises(UserError):
            self.subscription.zone_id = zone

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import Form, tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-18 18:00:00")
class TestCounterPayment(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.journal = cls.company_data["default_journal_cash"]
        cls.branch = cls.env["isp.branch"].create(
            {"name": "Centro", "code": "CEN", "journal_id": cls.journal.id}
        )
        cls.subscription.branch_id = cls.branch

    def _wizard(self, user, **values):
        wizards = self.env["isp.counter.payment"].with_user(user)
        return wizards.create({"subscription_id": self.subscription.id, **values})

    def test_cashier_takes_the_money_of_two_months(self):
        wizard = self._wizard(self.user_cashier, months=2)
        self.assertEqual(wizard.amount_due, 698.0)
        self.assertEqual(wizard.amount, 698.0)
        self.assertEqual(wizard.new_cutoff_date, date(2026, 3, 21))
        self.assertEqual(wizard.journal_id, self.journal)
        self.assertIn("698", wizard.quote_html.replace("349", "698"))
        action = wizard.action_register()
        self.assertEqual(action["report_type"], "typst-pdf")
        payment = self.env["account.payment"].search(
            [("isp_subscription_id", "=", self.subscription.id)]
        )
        self.assertEqual(payment.isp_payment_form_id.code, "cash_branch")
        self.assertEqual(payment.isp_branch_id, self.branch)
        self.assertEqual(payment.isp_cutoff_to, date(2026, 3, 21))
        self.assertEqual(payment.amount, 698.0)
        self.assertIn(self.user_cashier.name, "".join(payment.message_ids.mapped("body")))

    def test_partial_amount_keeps_the_total(self):
        self.subscription._bill_periods(1)
        payment = self._wizard(self.user_cashier, amount=100.0)._isp_register()
        self.assertEqual(payment.isp_amount_due, 349.0)
        self.assertEqual(self.subscription.balance_due, 249.0)

    def test_pressed_twice_books_once(self):
        wizard = self._wizard(self.user_cashier, months=2)
        actions = [wizard.action_register(), wizard.action_register()]
        self.assertEqual(actions[0], actions[1])
        payments = self.env["account.payment"].search(
            [("isp_subscription_id", "=", self.subscription.id)]
        )
        self.assertEqual(payments.mapped("amount"), [698.0])
        self.assertEqual(self.subscription.cutoff_date, date(2026, 3, 21))

    def test_only_cashiers(self):
        for user in (self.user_technician, self.user_readonly):
            with self.subTest(user=user.login), self.assertRaises(UserError):
                self._wizard(user)

    def test_zero_is_refused(self):
        with self.assertRaises(UserError):
            self._wizard(self.user_cashier, amount=0.0).action_register()

    def test_cancelled_service_is_refused(self):
        wizard = self._wizard(self.user_cashier)
        self.subscription._set_state("cancel_pending")
        self.subscription._set_state("cancelled")
        with self.assertRaises(UserError):
            wizard.action_register()

    def test_form_recomputes_and_keeps_the_months_in_range(self):
        form = Form(
            self.env["isp.counter.payment"].with_context(
                default_subscription_id=self.subscription.id
            )
        )
        form.months = 99
        self.assertEqual(form.amount_due, 349.0 * 12)
        form.months = 3
        self.assertEqual(form.amount_due, 1047.0)
        self.assertEqual(form.new_cutoff_date, date(2026, 4, 21))

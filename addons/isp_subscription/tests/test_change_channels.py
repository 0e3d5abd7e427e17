from datetime import date
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.fields import Command
from odoo.tests import tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeChannels(ChangeCommon):
    """The money of a change may come by any way; the change is made once."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._pay(cls.subscription, 349.0, months=1)
        cls.change = cls.subscription._isp_request_plan_change(cls.fast)

    def _assert_made_once(self):
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.change.state, "applied")
        # Odoo calls an invoice that a credit note pays "reversed".
        self.assertIn(self.change.move_id.payment_state, ("paid", "reversed"))
        self.assertEqual(self.subscription.cutoff_date, date(2026, 5, 21))
        self.assertEqual((self.subscription.balance_due, self.subscription.credit_balance), (0, 0))
        rows = [row[2] for row in self._rows(self.subscription)]
        self.assertEqual(rows, ["Lento", "Rápido"])
        self.assertLedgerAgrees(self.subscription)

    def test_posted_payment_of_the_payer(self):
        """A payment booked outside our flow, as by the import of a bank statement."""
        self._create_payment(self.subscription, 650.0)
        self.subscription._apply_credit()
        self._assert_made_once()

    def test_credit_note(self):
        notes = self.env["account.move"].create(
            {
                "move_type": "out_refund",
                "partner_id": self.customer.id,
                "invoice_line_ids": [
                    Command.create(
                        {
                            "name": "Compensación",
                            "price_unit": 650.0,
                            "tax_ids": [Command.set(self.tax_iva16_incl.ids)],
                        }
                    )
                ],
            }
        )
        notes.action_post()
        self.subscription._apply_credit()
        self._assert_made_once()

    def test_two_parts_on_two_days(self):
        self._create_payment(self.subscription, 600.0)
        self.subscription._apply_credit()
        self.assertPlan(self.subscription, self.slow, 349.0)
        with freeze_time("2026-04-03 18:00:00"):
            self._create_payment(self.subscription, 50.0)
            self.subscription._apply_credit()
        self._assert_made_once()

    def test_counter(self):
        wizards = self.env["isp.counter.payment"].with_user(self.user_cashier)
        wizard = wizards.create({"subscription_id": self.subscription.id})
        self.assertEqual((wizard.months, wizard.amount_due), (0, 650.0))
        self.assertIn("650", wizard.quote_html)
        wizard.action_register()
        self._assert_made_once()

    def test_counter_months_of_the_present_plan(self):
        wizards = self.env["isp.counter.payment"].with_user(self.user_cashier)
        wizard = wizards.create({"subscription_id": self.subscription.id, "months": 2})
        self.assertEqual(wizard.amount_due, 698.0)
        wizard.action_register()
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(self.change.state, "cancelled")
        self.assertEqual(self.subscription.cutoff_date, date(2026, 6, 21))

    def test_counter_without_an_open_change(self):
        self.change.action_cancel()
        wizards = self.env["isp.counter.payment"].with_user(self.user_cashier)
        wizard = wizards.create({"subscription_id": self.subscription.id})
        self.assertEqual((wizard.months, wizard.amount_due), (1, 349.0))

    def test_billing_run_with_money_in_hand(self):
        self._create_payment(self.subscription, 650.0)
        self._run_billing(date(2026, 4, 14))
        self.subscription._apply_credit()
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.change.state, "applied")
        self.assertLedgerAgrees(self.subscription)

    def test_payment_undone_reopens_the_debt_not_the_plan(self):
        payment = self._pay(self.subscription, 650.0)
        payment.action_draft()
        payment.action_cancel()
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.balance_due, 650.0)
        self.assertEqual(self.change.state, "applied")

    def test_money_is_booked_although_the_change_fails(self):
        """An error of the change is noted; payment and credit are there."""
        service = type(self.subscription)
        with patch.object(service, "_claim_period_for_line", side_effect=UserError("x")):
            payment = self._pay(self.subscription, 650.0)
        self.assertTrue(payment.isp_settled)
        self.assertEqual(self.change.state, "awaiting_payment")
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(self.subscription.credit_balance, 650.0)
        self.assertEqual(self.subscription.billing_error, "x")
        self.subscription._apply_credit()
        self._assert_made_once()

    def test_rest_of_a_payment_for_another_service(self):
        """What another service of the payer leaves over pays the change."""
        other = self._create_service(self.slow)
        self._pay(other, 349.0 + 650.0, months=1)
        self.assertEqual(other.cutoff_date, date(2026, 4, 21))
        self._assert_made_once()

    def test_one_query_when_nothing_is_open(self):
        """The billing run asks once for all its services."""
        services = self.subscription
        for _index in range(3):
            services |= self._create_service(self.slow)
        self.change.action_cancel()
        self.env.flush_all()
        services._isp_try_plan_change()
        with self.assertQueryCount(1):
            services._isp_try_plan_change()

    def test_another_service_of_the_payer_keeps_its_plan(self):
        other = self._create_service(self.slow)
        self._pay(other, 349.0, months=1)
        self.assertEqual(self.change.state, "awaiting_payment")
        self._pay(self.subscription, 650.0)
        self.assertPlan(other, self.slow, 349.0)
        self.assertEqual(other.cutoff_date, date(2026, 4, 21))
        self._assert_made_once()

from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from ..models.account_payment_review import REVIEW_ACTIVITY
from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-18 18:00:00")
class TestDuplicatePayment(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.subscription._bill_periods(1)

    # === TWICE THE SAME MONEY === #

    def test_same_amount_by_another_channel_is_suspected_and_kept_as_credit(self):
        first = self._pay(self.subscription, 349.0)
        second = self._pay(self.subscription, 349.0, form="spei")
        self.assertFalse(first.isp_duplicate_state)
        self.assertEqual(second.isp_duplicate_state, "suspected")
        self.assertEqual(second.isp_duplicate_of_id, first)
        self.assertEqual(second.isp_overpaid_amount, 349.0)
        self.assertEqual(self.subscription.credit_balance, 349.0)

    def test_month_that_was_only_billed_because_of_it_was_not_due(self):
        self._pay(self.subscription, 349.0, months=1)
        second = self._pay(self.subscription, 349.0, months=1)
        self.assertEqual(second.isp_duplicate_state, "suspected")
        self.assertEqual(self.subscription.cutoff_date, date(2026, 3, 21))

    def test_two_instalments_of_a_debt_are_two_payments(self):
        self.subscription._bill_periods(1)
        self._pay(self.subscription, 349.0)
        second = self._pay(self.subscription, 349.0)
        self.assertFalse(second.isp_duplicate_state)

    def test_other_amount_other_payer_or_later_day_is_another_payment(self):
        self._pay(self.subscription, 349.0)
        other = self._create_subscription(partner_id=self.other_customer.id)
        self.assertFalse(self._pay(self.subscription, 350.0).isp_duplicate_state)
        self.assertFalse(self._pay(other, 349.0).isp_duplicate_state)
        with freeze_time("2026-01-22 18:00:00"):
            self.assertFalse(self._pay(self.subscription, 349.0).isp_duplicate_state)
        self.company.isp_duplicate_days = 4
        with freeze_time("2026-01-25 18:00:00"):
            late = self._pay(self.subscription, 349.0)
        self.assertEqual(late.isp_duplicate_state, "suspected", "three days after the other")

    def test_one_activity_for_billing(self):
        self._pay(self.subscription, 349.0)
        second = self._pay(self.subscription, 349.0)
        for _index in range(3):
            second._isp_review()
        activity = second.activity_search([REVIEW_ACTIVITY])
        self.assertEqual(len(activity), 1)
        self.assertTrue(activity.user_id.has_group("isp_subscription.group_isp_billing"))

    def test_billing_decides(self):
        self._pay(self.subscription, 349.0)
        second = self._pay(self.subscription, 349.0)
        with self.assertRaises(AccessError):
            second.with_user(self.user_cashier).action_isp_not_duplicate()
        second.with_user(self.user_billing).action_isp_confirm_duplicate()
        self.assertEqual(second.isp_duplicate_state, "confirmed")
        self.assertFalse(second.activity_search([REVIEW_ACTIVITY]))
        self.assertEqual(self.subscription.credit_balance, 349.0, "the money stays in favour")

    def test_decided_is_not_suspected_again(self):
        self._pay(self.subscription, 349.0)
        second = self._pay(self.subscription, 349.0)
        second.with_user(self.user_billing).action_isp_not_duplicate()
        second._isp_review()
        self.assertEqual(second.isp_duplicate_state, "not")

    def test_first_one_cancelled_clears_the_suspicion(self):
        first = self._pay(self.subscription, 349.0)
        second = self._pay(self.subscription, 349.0)
        first.action_cancel()
        self.assertFalse(second.isp_duplicate_state)
        self.assertFalse(second.activity_search([REVIEW_ACTIVITY]))

    def test_list_of_payments_to_review(self):
        paid = self._pay(self.subscription, 349.0)
        action = self.env["ir.actions.act_window"]._for_xml_id(
            "isp_subscription.account_payment_action_review"
        )
        over = self._pay(self.subscription, 500.0)
        domain = action["domain"]
        found = self.env["account.payment"].search(
            [("isp_number", ">", 0), ("isp_overpaid_amount", ">", 0)]
        )
        self.assertIn("isp_overpaid_amount", domain)
        self.assertIn(over, found)
        self.assertNotIn(paid, found)

    # === REFERENCES === #

    def test_reference_of_a_bank_is_booked_once(self):
        first = self._pay(self.subscription, 100.0, form="spei", isp_reference="BNX-77 1")
        with self.assertRaises(UserError) as caught:
            self._pay(self.subscription, 249.0, form="spei", isp_reference=" bnx-77 1 ")
        self.assertIn(str(first.isp_number), str(caught.exception))
        self.assertEqual(self.subscription.balance_due, 249.0, "nothing of it was booked")

    def test_cancelled_payment_gives_its_reference_back(self):
        first = self._pay(self.subscription, 100.0, form="spei", isp_reference="BNX-771")
        first.action_cancel()
        second = self._pay(self.subscription, 100.0, form="spei", isp_reference="BNX-771")
        self.assertTrue(second.isp_number)

    def test_reference_of_another_form_or_company_is_another_one(self):
        self._pay(self.subscription, 100.0, form="spei", isp_reference="771")
        other = self._pay(self.subscription, 120.0, form="transfer", isp_reference="771")
        self.assertFalse(other.isp_duplicate_state)

    def test_reference_at_the_counter_is_shown_for_review(self):
        first = self._pay(self.subscription, 100.0, isp_reference="SLIP 9")
        second = self._pay(self.subscription, 120.0, isp_reference="SLIP 9")
        self.assertEqual(second.isp_duplicate_of_id, first)
        self.assertEqual(second.isp_duplicate_state, "suspected")

    def test_nobody_writes_the_findings(self):
        payment = self._pay(self.subscription, 349.0)
        for values in (
            {"isp_duplicate_state": "not"},
            {"isp_duplicate_of_id": payment.id},
            {"isp_reference_unique": "x"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                payment.with_user(self.user_billing).write(values)

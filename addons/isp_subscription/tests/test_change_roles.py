from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, new_test_user, tagged

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeRoles(ChangeCommon):
    """The assistant of the staff, and what each role, company and customer may do and see."""

    def _wizard(self, user, **values):
        wizards = self.env["isp.plan.change.wizard"].with_user(user)
        return wizards.create({"subscription_id": self.subscription.id, **values})

    def test_wizard_shows_the_arithmetic(self):
        self._set_policy("now_credit")
        self._paid(self.subscription)
        wizards = self.env["isp.plan.change.wizard"].with_user(self.user_cashier)
        form = Form(wizards.with_context(default_subscription_id=self.subscription.id))
        form.plan_to_id = self.fast
        self.assertEqual((form.policy, form.amount_due), ("now_credit", 194.19))
        self.assertIn("349.00 × 20/31", form.lines_html)
        form.policy = "next_cutoff"
        self.assertEqual(form.amount_due, 0.0)
        form.policy = "on_payment"
        self.assertEqual(form.amount_due, 650.0)
        action = form.save().action_request()
        change = self.env["isp.plan.change"].browse(action["res_id"])
        self.assertEqual(change.state, "awaiting_payment")
        self.assertEqual(change.requested_by_id, self.user_cashier)

    def test_wizard_pressed_twice_asks_once(self):
        self._paid(self.subscription)
        wizard = self._wizard(self.user_cashier, plan_to_id=self.fast.id)
        self.assertEqual(wizard.action_request()["res_id"], wizard.action_request()["res_id"])
        self.assertEqual(len(self.subscription.change_ids), 1)

    def test_wizard_says_why_not(self):
        self.subscription._set_state("grace")
        wizard = self._wizard(self.user_cashier, plan_to_id=self.plan_100.id)
        self.assertIn("allowed", wizard.error)
        with self.assertRaises(UserError):
            wizard.action_request()

    def test_apply_now_is_for_billing(self):
        self._paid(self.subscription)
        with self.assertRaises(AccessError):
            self._wizard(self.user_cashier, plan_to_id=self.fast.id).action_apply()
        with self.assertRaises(AccessError):
            self._wizard(
                self.user_cashier, plan_to_id=self.fast.id, agreed_price=1.0
            ).action_request()
        self._wizard(self.user_billing, plan_to_id=self.fast.id).action_apply()
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertEqual(self.subscription.balance_due, 650.0)

    def test_roles_that_may_not(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        for user in (self.user_readonly, self.user_technician):
            with self.subTest(user=user.login):
                self.assertEqual(change.with_user(user).amount_due, 650.0)
                with self.assertRaises(AccessError):
                    self._wizard(user)
                with self.assertRaises(AccessError):
                    change.with_user(user).action_cancel()
                with self.assertRaises(AccessError):
                    change.with_user(user).action_apply()
        for user in (self.user_cashier, self.user_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                change.with_user(user).write({"amount_due": 0.0})

    def test_nobody_writes_the_plan_to_come(self):
        with self.assertRaises(AccessError):
            self.subscription.with_user(self.user_billing).next_plan_id = self.fast

    def test_another_company_and_customer_see_nothing(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        stranger = self._create_portal(self.other_customer)
        own = self._create_portal(self.customer)
        self.assertEqual(change.with_user(own).amount_due, 650.0)
        with self.assertRaises(AccessError):
            change.with_user(stranger).read(["amount_due"])
        elsewhere = self.env["res.company"].create({"name": "Otra red"})
        values = {"company_ids": [(6, 0, elsewhere.ids)], "company_id": elsewhere.id}
        self.user_manager.write(values)
        with self.assertRaises(AccessError):
            change.with_user(self.user_manager).read(["amount_due"])

    def _create_portal(self, partner):
        return new_test_user(
            self.env,
            login=f"portal_{partner.id}",
            groups="base.group_portal",
            partner_id=partner.id,
            company_id=self.company.id,
            company_ids=[(6, 0, self.company.ids)],
        )

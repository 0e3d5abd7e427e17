from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .till_common import TillCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-22 18:00:00")
class TestTillAccess(TillCommon):
    # === WHO MAY === #

    def test_roles(self):
        session = self._open()
        for user in (self.user_readonly, self.user_technician, self.user_billing):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._open(till=self.second_till, user=user)
            with self.assertRaises(AccessError):
                self._desk("action_desk_load", user=user)
        for user in (self.user_readonly, self.user_technician):
            with self.assertRaises(AccessError):
                self._as(session, user).read(["name"])
        for user in (self.user_cashier, self.user_billing, self.user_manager):
            self.assertTrue(self._as(session, user).name)
            with self.assertRaises(AccessError):
                self._as(session, user).write({"opening_amount": 0.0})
            with self.assertRaises(AccessError):
                self._as(self.env["isp.till.session"], user).create({"till_id": self.till.id})
        with self.assertRaises(AccessError):
            self._as(self.till, self.user_cashier).write({"name": "mine"})

    def test_cashier_sees_own_sessions_only(self):
        session = self._open()
        self._transfer("out", 10.0, "bank")
        mine = self._as(self.env["isp.till.session"], self.user_cashier_2)
        self.assertFalse(mine.search([]))
        self.assertFalse(self._as(self.env["isp.till.movement"], self.user_cashier_2).search([]))
        for method in ("_isp_close", "_isp_check_own", "action_move_wizard"):
            with self.subTest(method=method), self.assertRaises(AccessError):
                getattr(self._as(session, self.user_cashier_2), method)()
        with self.assertRaises(AccessError):
            self._as(session, self.user_cashier_2)._isp_typst_data(None)
        with self.assertRaises(AccessError):
            self._transfer("out", 1.0, "bank", user=self.user_cashier_2, session=session)
        self.assertEqual(
            self._as(self.env["isp.till.session"], self.user_manager).search([]), session
        )

    def test_another_company(self):
        session = self._open()
        other = self.setup_other_company(name="Another company")["company"]
        self.user_manager.company_ids |= other
        manager = self.env["isp.till.session"].with_user(self.user_manager)
        manager = manager.with_context(allowed_company_ids=other.ids)
        self.assertFalse(manager.search([]))
        self.assertFalse(manager.env["isp.till"].search([]))
        with self.assertRaises(AccessError):
            manager.browse(session.id).read(["name"])
        with self.assertRaises(UserError):
            manager.action_desk_quote(self.subscription.id)

    def test_nobody_puts_a_payment_into_a_till_by_hand(self):
        session = self._open()
        payment = self._pay(self.subscription, 10.0)
        for values in (
            {"isp_till_session_id": session.id},
            {"isp_reversed_at": "2026-01-22 18:00:00"},
            {"isp_request_mark": "x"},
        ):
            with self.subTest(values=values), self.assertRaises(AccessError):
                payment.with_user(self.user_billing).write(values)

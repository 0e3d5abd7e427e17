from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .till_common import TillCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-22 18:00:00")
class TestTillReversal(TillCommon):
    def _reverse(self, payment, user=None, session=None, reason="Typed for the wrong customer"):
        wizard = self._as(self.env["isp.payment.reversal"], user or self.user_manager).create(
            {"payment_id": payment.id, "reason": reason}
        )
        if session:
            wizard.session_id = session
        return wizard.action_reverse()

    def _close(self, session, counted):
        self._as(session, session.user_id)._isp_close(counted=counted)

    def test_debt_is_open_again_and_the_drawer_follows(self):
        session = self._open(500.0)
        before = self.subscription.cutoff_date
        payment = self._take()
        self.assertEqual(self.subscription.balance_due, 0.0)
        self._reverse(payment)
        self.assertEqual(self.subscription.balance_due, 349.0)
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertEqual(self.subscription.cutoff_date, before)
        self.assertEqual(self.subscription.period_ids.mapped("state"), ["billed"])
        self.assertEqual(session.expected_now, 500.0)
        self.assertEqual(session.taken_now, 0.0)
        self.assertEqual(session.movement_ids.kind, "reversal")
        self.assertFalse(payment.isp_coverage_ids)

    def test_books_are_reversed_and_nothing_is_deleted(self):
        self._open()
        payment = self._take()
        number = payment.isp_number
        self._reverse(payment)
        self.assertEqual(payment.state, "canceled")
        self.assertEqual(payment.isp_number, number)
        self.assertEqual(payment.move_id.state, "posted")
        reversal = payment.isp_reversal_move_id
        self.assertEqual((reversal.state, reversal.date), ("posted", date(2026, 1, 22)))
        self.assertEqual(reversal.reversed_entry_id, payment.move_id)
        lines = (payment.move_id | reversal).line_ids
        for account, group in lines.grouped("account_id").items():
            with self.subTest(account=account.code):
                self.assertEqual(sum(group.mapped("balance")), 0.0)
        receivable = lines.filtered(lambda line: line.account_id.account_type == "asset_receivable")
        self.assertTrue(all(receivable.mapped("reconciled")))

    def test_receipt_and_chatter_say_it(self):
        self._open()
        payment = self._take()
        action = self._reverse(payment)
        self.assertEqual(action["report_name"], "isp_payments_mx.ticket")
        data = payment._isp_typst_data(None)
        self.assertEqual(data["state"], "REVERSED")
        self.assertEqual(dict(data["rows"])["Reason"], "Typed for the wrong customer")
        for record in (payment, self.subscription):
            self.assertIn("wrong customer", "".join(record.message_ids.mapped("body")))

    def test_pressed_twice_gives_back_once(self):
        session = self._open()
        payment = self._take()
        self._reverse(payment)
        self._reverse(payment)
        self.assertEqual(len(session.movement_ids), 1)
        with self.assertRaisesRegex(UserError, "was reversed"):
            self._as(payment, self.user_manager)._isp_reverse("again")

    def test_after_the_closing_another_drawer_gives_the_cash(self):
        session = self._open(0.0)
        payment = self._take()
        self._close(session, 349.0)
        summary = session.summary
        with self.assertRaisesRegex(UserError, "choose the open till"):
            self._reverse(payment)
        giver = self._open(1000.0, till=self.second_till, user=self.user_cashier_2)
        self._reverse(payment, session=giver)
        self.assertEqual(giver.expected_now, 651.0)
        self.assertEqual(session.summary, summary, "the closed session stays as it was")
        self.assertEqual(self.subscription.balance_due, 349.0)

    def test_cash_of_another_branch_gives_it_back(self):
        """Each cash account is what its drawers hold."""
        cash = self.cash.copy({"name": "Cash Quiroga", "code": "CSHQ"})
        cash.default_account_id = self.cash.default_account_id.copy()
        self.assertNotEqual(cash.default_account_id, self.cash.default_account_id)
        branch = self.branch.copy({"name": "Quiroga", "code": "QUI", "journal_id": cash.id})
        self.second_till.branch_id = branch
        session = self._open(0.0)
        payment = self._take()
        self._close(session, 349.0)
        giver = self._open(1000.0, till=self.second_till, user=self.user_cashier_2)
        self.assertEqual(giver.journal_id, cash)
        self._reverse(payment, session=giver)
        lines = self.env["account.move.line"].search([("parent_state", "=", "posted")])

        def balance(journal):
            own = lines.filtered(lambda line: line.account_id == journal.default_account_id)
            return sum(own.mapped("balance"))

        self.assertEqual((balance(self.cash), balance(cash)), (349.0, -349.0))
        self.assertEqual(giver.movement_ids.move_id.journal_id, cash)

    def test_drawer_must_hold_the_cash(self):
        session = self._open(0.0)
        payment = self._take()
        self._as(session, self.user_cashier)._isp_move_cash("out", 100.0, note="bank")
        with self.assertRaisesRegex(UserError, "drawer holds"):
            self._reverse(payment)
        self.assertEqual(payment.state, "paid")

    def test_other_forms_leave_the_drawer_alone(self):
        session = self._open(500.0)
        payment = self._take("transfer", reference="TRK 1")
        self._reverse(payment)
        self.assertFalse(session.movement_ids)
        self.assertEqual(session.summary["forms"][0]["reversed"], 349.0)
        again = self._take("transfer", reference="TRK 1")
        self.assertTrue(again.isp_number, "its reference is free again")

    def test_only_managers_and_with_a_reason(self):
        self._open()
        payment = self._take()
        for user in (self.user_cashier, self.user_billing, self.user_technician):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                self._reverse(payment, user=user)
            with self.assertRaises(UserError):
                self._as(payment, user)._isp_reverse("x")
        with self.assertRaisesRegex(UserError, "Write why"):
            self._reverse(payment, reason="  ")
        other = self._pay(self.subscription, 5.0)
        with self.assertRaisesRegex(UserError, "Only payments of a till"):
            self._reverse(other)

    def test_no_way_around_it(self):
        self._open()
        payment = self._take()
        steps = (
            payment.action_draft,
            payment.action_cancel,
            lambda: payment.write({"state": "canceled"}),
            payment.move_id.button_draft,
            payment.move_id.button_cancel,
            lambda: payment.move_id._reverse_moves(cancel=True),
        )
        for index, step in enumerate(steps):
            with self.subTest(step=index), self.assertRaisesRegex(UserError, "a manager reverses"):
                step()
        self.assertEqual(self.subscription.balance_due, 0.0)
        self._reverse(payment)
        for step in (payment.action_draft, payment.move_id.button_draft):
            with self.assertRaises(UserError):
                step()

    def test_money_of_months_ahead(self):
        self._open(1000.0)
        payment = self._take(months=3, amount=1047.0)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 4, 21))
        self._reverse(payment)
        self.assertEqual(self.subscription.balance_due, 1047.0)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 1, 21))

from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.periods import Period
from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-01-21 18:00:00")
class TestLedger(IspCommon):
    def test_a_period_is_unique_in_the_database(self):
        subscription = self._create_subscription()
        periods = subscription._next_periods(1)
        subscription._isp_invoice([(subscription, periods)], date(2026, 1, 21))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            subscription._isp_invoice([(subscription, periods)], date(2026, 1, 21))

    def test_live_rows_cannot_overlap(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        part = Period(date(2026, 2, 1), date(2026, 2, 10))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            subscription._isp_invoice([(subscription, [part])], date(2026, 1, 21))

    def test_a_period_ends_after_it_starts(self):
        subscription = self._create_subscription()
        vals = subscription._prepare_period_vals(subscription._next_periods(1)[0])
        vals["date_end"] = vals["date_start"]
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env["isp.subscription.period"].sudo().create(vals)

    def test_cutoff_is_the_first_unpaid_day_and_billing_the_first_unbilled(self):
        subscription = self._create_subscription()
        subscription._bill_periods(3)
        self.assertEqual(subscription.cutoff_date, date(2026, 1, 21))
        self.assertEqual(subscription.next_billing_date, date(2026, 4, 21))
        self._pay(subscription, 349.0 * 3)
        self.assertEqual(subscription.cutoff_date, date(2026, 4, 21))

    def test_anchor_31_comes_back_after_february(self):
        subscription = self._create_subscription(anchor_day=31, date_start=date(2026, 1, 31))
        subscription._bill_periods(4)
        ends = subscription.period_ids.sorted("date_start").mapped("date_end")
        self.assertEqual(
            ends, [date(2026, 2, 28), date(2026, 3, 31), date(2026, 4, 30), date(2026, 5, 31)]
        )

    def test_cancelled_invoice_frees_its_period_and_a_new_row_bills_it(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        row = subscription.period_ids
        move.button_draft()
        self.assertEqual(row.state, "billed", "a draft still holds its period")
        move.button_cancel()
        self.assertEqual(row.state, "void")
        self.assertEqual(subscription.next_billing_date, date(2026, 1, 21))
        again = subscription._bill_periods(1)
        new = subscription.period_ids - row
        self.assertEqual((row.state, new.state), ("void", "billed"))
        self.assertEqual((row.move_id, new.move_id), (move, again))
        self.assertEqual(new.date_start, row.date_start)

    def test_paid_invoice_reset_to_draft_and_posted_again_stays_paid(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self._pay(subscription, 349.0)
        stamps = (move.isp_paid_on, subscription.period_ids.paid_at)
        move.button_draft()
        move.action_post()
        self.assertEqual(subscription.period_ids.state, "paid")
        self.assertEqual((move.isp_paid_on, subscription.period_ids.paid_at), stamps)
        self.assertEqual(subscription.cutoff_date, date(2026, 2, 21))

    def test_amount_corrected_in_a_draft_is_the_amount_of_the_period(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(2)
        move.button_draft()
        line = move.invoice_line_ids.sorted("id")[0]
        for price in (452.38, 200.0):
            line.price_unit = price
            move.action_post()
            row = subscription.period_ids.sorted("date_start")[0]
            self.assertEqual((row.amount_billed, row.amount_open, row.price), (price,) * 3)
            self.assertEqual(sum(subscription.period_ids.mapped("amount_open")), move.amount_total)
            move.button_draft()
        move.action_post()
        self._pay(subscription, 549.0)
        self.assertEqual(set(subscription.period_ids.mapped("state")), {"paid"})
        self.assertEqual(subscription.credit_balance, 0.0)

    def test_paid_invoice_that_costs_more_afterwards_is_open(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self._pay(subscription, 349.0)
        move.button_draft()
        move.invoice_line_ids.price_unit = 400.0
        move.action_post()
        row = subscription.period_ids
        self.assertEqual((row.state, row.amount_open), ("billed", 51.0))
        self.assertFalse(row.paid_at or move.isp_paid_on)
        self._pay(subscription, 51.0)
        self.assertEqual(row.state, "paid")
        self.assertTrue(row.paid_at and move.isp_paid_on)

    def test_cancelled_paid_invoice_gives_the_money_back_as_credit(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self._pay(subscription, 349.0)
        move.button_draft()
        move.button_cancel()
        self.assertEqual(subscription.period_ids.state, "void")
        self.assertFalse(move.isp_paid_on)
        self.assertEqual(subscription.credit_balance, 349.0)

    def test_invoice_of_a_period_billed_again_cannot_come_back(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        move.button_draft()
        move.button_cancel()
        again = subscription._bill_periods(1)
        with self.assertRaisesRegex(UserError, again.name):
            move.button_draft()

    def test_credit_note_of_the_whole_invoice_frees_the_period(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        move._reverse_moves(cancel=True)
        self.assertEqual(move.payment_state, "reversed")
        self.assertEqual(subscription.period_ids.state, "void")
        self.assertEqual(subscription.balance_due, 0.0)

    def test_undone_payment_unpays_the_period(self):
        subscription = self._create_subscription()
        move = subscription._bill_periods(1)
        self._pay(subscription, 349.0)
        row = subscription.period_ids
        self.assertTrue(row.paid_at)
        self.assertTrue(move.isp_paid_on)
        move.line_ids.remove_move_reconcile()
        self.assertEqual(row.state, "billed")
        self.assertFalse(row.paid_at)
        self.assertFalse(move.isp_paid_on)
        self.assertEqual(subscription.cutoff_date, date(2026, 1, 21))
        self.assertEqual(subscription.credit_balance, 349.0)

    def test_rows_are_never_deleted(self):
        subscription = self._create_subscription()
        subscription._bill_periods(1)
        with self.assertRaises(UserError):
            subscription.sudo().period_ids.unlink()

    def test_freed_period_in_the_middle_is_billed_before_new_ones(self):
        subscription = self._create_subscription()
        moves = [subscription._bill_periods(1) for _index in range(3)]
        moves[1].button_draft()
        moves[1].button_cancel()
        self.assertEqual(subscription.next_billing_date, date(2026, 2, 21))
        move = subscription._bill_periods(2)
        self.assertEqual(
            sorted(move.invoice_line_ids.isp_period_id.mapped("date_start")),
            [date(2026, 2, 21), date(2026, 4, 21)],
        )

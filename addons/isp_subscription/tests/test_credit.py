from datetime import date

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-10 18:00:00")
class TestCredit(IspCommon):
    """Days given back: the worked examples, and a ledger that equals the journal items."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 3, 21))

    def _paid(self, months):
        self.subscription._bill_periods(months)
        self._pay(self.subscription, 349.0 * months)

    def _live(self):
        rows = self.subscription.period_ids.filtered(lambda row: row.state != "void")
        return rows.sorted("date_start")

    def _assert_equals_journal(self):
        for row in self.subscription.period_ids.filtered("move_line_id"):
            line = row.move_line_id
            self.assertAlmostEqual(
                sum(line.isp_period_ids.mapped("amount_billed")), line.price_total, 2
            )
            self.assertAlmostEqual(
                sum(row.credit_line_ids.mapped("price_total")), row.amount_credited, 2
            )
        open_moves = self.subscription._isp_open_moves()
        self.assertAlmostEqual(
            sum(self._live().mapped("amount_open")), sum(open_moves.mapped("amount_residual")), 2
        )

    def test_days_are_worth_the_same_after_the_cut_off_day_changed(self):
        self._paid(2)
        days = [(date(2026, 4, 21), date(2026, 5, 1)), (date(2026, 5, 1), date(2026, 5, 21))]
        for anchor in (21, 1, 22, 31):
            self.subscription.anchor_day = anchor
            with self.subTest(anchor=anchor):
                quotes = [self.subscription._isp_quote_credit_days(*part)[0] for part in days]
                self.assertEqual([quote["amount"] for quote in quotes], [116.33, 232.67])

    def test_unused_days_of_a_cancellation(self):
        self._paid(3)
        notes = self.subscription._isp_credit_days(
            date(2026, 4, 10), date(2026, 6, 21), "Cancelación"
        )
        self.assertEqual(notes.mapped("amount_total"), [821.84])
        self.assertEqual(
            notes.invoice_line_ids.sorted("id").mapped("price_total"), [123.84, 349.0, 349.0]
        )
        self.assertEqual(self.subscription.credit_balance, 821.84)
        row = self._live()
        self.assertEqual((row.date_end, row.amount_total), (date(2026, 4, 10), 225.16))
        self.assertEqual(self.subscription.next_billing_date, date(2026, 4, 10))
        self._assert_equals_journal()

    def test_pause_in_the_middle_splits_the_row(self):
        self._paid(1)
        self.subscription._isp_credit_days(
            date(2026, 4, 1), date(2026, 4, 11), "Pausa", off_kind="pause"
        )
        self.assertEqual(
            [(row.date_start.day, row.date_end.day, row.state) for row in self._live()],
            [(21, 1, "paid"), (1, 11, "off"), (11, 21, "paid")],
        )
        self.assertEqual(self.subscription.credit_balance, 112.58)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 4, 21))
        self._assert_equals_journal()

    def test_days_of_an_open_invoice_lower_the_debt(self):
        self.subscription._bill_periods(1)
        self._pay(self.subscription, 100.0)
        self.subscription._isp_credit_days(date(2026, 4, 1), date(2026, 4, 21), "Pausa")
        self.assertEqual(self.subscription.balance_due, 23.84)
        self.assertEqual(self.subscription.credit_balance, 0.0)
        row = self._live()
        self.assertEqual((row.amount_paid, row.amount_open), (100.0, 23.84))
        self._assert_equals_journal()

    def test_open_period_given_back_whole_is_free_again(self):
        self.subscription._bill_periods(1)
        self.subscription._isp_credit_days(date(2026, 3, 21), date(2026, 4, 21), "Error")
        self.assertFalse(self._live())
        self.assertEqual(self.subscription.next_billing_date, date(2026, 3, 21))
        self.assertEqual(self.subscription.balance_due, 0.0)
        self.subscription._bill_periods(1)
        self.assertEqual(self._live().amount_open, 349.0)

    def test_credit_pays_the_oldest_debt_at_once_and_its_invoice_counts_as_paid(self):
        self._paid(1)
        other = self._create_subscription(date_start=date(2026, 3, 21), price_override=100.0)
        move = other._bill_periods(1)
        self.subscription._isp_credit_days(date(2026, 4, 10), date(2026, 4, 21), "Falla")
        self.assertEqual(move.payment_state, "reversed", "Odoo's name for settled by a note")
        self.assertTrue(move.isp_paid_on)
        self.assertEqual(other.period_ids.state, "paid")
        self.assertEqual(other.cutoff_date, date(2026, 4, 21))
        self.assertEqual(self.subscription.credit_balance, 23.84)

    def test_the_same_days_cannot_be_given_back_twice(self):
        self._paid(1)
        days = (date(2026, 4, 10), date(2026, 4, 21))
        self.assertTrue(self.subscription._isp_credit_days(*days, "Pausa"))
        self.assertFalse(self.subscription._isp_credit_days(*days, "Pausa"))
        self.assertEqual(self.subscription.credit_balance, 123.84)

    def test_credit_note_of_days_stays(self):
        self._paid(1)
        note = self.subscription._isp_credit_days(date(2026, 4, 10), date(2026, 4, 21), "Pausa")
        with self.assertRaises(UserError):
            note.button_draft()

    def test_credit_prints_its_arithmetic(self):
        self._paid(1)
        note = self.subscription._isp_credit_days(date(2026, 4, 10), date(2026, 4, 21), "Pausa")
        self.assertIn("349.00 × 11/31", note.invoice_line_ids.name)

    def test_draft_invoice_is_named(self):
        move = self.subscription._bill_periods(1)
        move.button_draft()
        with self.assertRaises(UserError):
            self.subscription._isp_credit_days(date(2026, 4, 10), date(2026, 4, 21), "Pausa")

    def test_charge(self):
        fee = self.plan_50.copy({"name": "Reconnection", "isp_is_plan": False})
        move = self.subscription._isp_charge(fee.product_variant_id, "Reconexión", 69.8)
        self.assertEqual((move.amount_total, move.state), (69.8, "posted"))
        self.assertEqual(self.subscription.balance_due, 69.8)


@tagged("post_install", "-at_install")
@freeze_time("2026-04-27 18:00:00")
class TestSituation(IspCommon):
    """The figures of one query equal those of the records, and lists can search by them."""

    def test_figures_and_searches(self):
        debtor = self._create_subscription(date_start=date(2026, 3, 21))
        debtor._bill_periods(2)
        debtor._bill_periods(1)
        rich = self._create_subscription(partner_id=self.other_customer.id)
        self._create_payment(rich, 50.0)
        figures = (debtor | rich)._isp_situation()
        self.assertEqual(figures[debtor.id][:3], (1047.0, 698.0, date(2026, 3, 21)))
        self.assertEqual(figures[rich.id].credit, 50.0)
        self.assertEqual(debtor.overdue_amount, 698.0)
        found = self.env["isp.subscription"].search
        mine = ("id", "in", (debtor | rich).ids)
        self.assertEqual(found([mine, ("overdue_amount", ">", 0)]), debtor)
        self.assertEqual(found([mine, ("overdue_amount", "=", 0)]), rich)
        self.assertEqual(found([mine, ("balance_due", ">=", 1047.0)]), debtor)
        self.assertEqual(found([mine, ("credit_balance", ">", 0)]), rich)
        self.assertEqual(found([mine, ("credit_balance", "<=", 0)]), debtor)
        self.assertEqual(found([mine, ("overdue_since", "<", "2026-04-01")]), debtor)
        self.assertEqual(found([mine, ("overdue_since", "=", False)]), rich)

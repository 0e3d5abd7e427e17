import random
from collections import defaultdict
from datetime import date, datetime, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..services.periods import reference_period
from .common import IspCommon
from .ledger_oracle import LedgerOracleMixin

FIRST_DAY = date(2026, 1, 10)
STEPS = (
    *("wait", "wait", "wait", "pay", "pay", "plan", "plan", "extend", "extend"),
    *("come_back", "change", "change", "ask", "stay", "stay"),
)


@tagged("post_install", "-at_install")
class TestLeaveSequence(LedgerOracleMixin, IspCommon):
    """Pauses, plan changes and cancellations in any order: no day is given back twice."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"isp_pause_per_year": 20, "isp_plan_change_policy": "now_credit"})

    def test_any_order(self):
        for seed in range(3):
            with self.subTest(seed=seed):
                self._live(random.Random(seed))

    def _live(self, rng):
        self.today = FIRST_DAY
        with freeze_time(datetime(2026, 1, 10, 18)) as self.clock:
            self.service = self._create_subscription(
                # One payer each: a refund that another folio promises is no part of this one.
                partner_id=self._create_customer("Cliente de paso").id,
                date_start=FIRST_DAY,
                anchor_day=rng.choice((1, 15, 28, 31)),
            )
            self._pay(self.service, 1500.0, months=3)
            for _step in range(12):
                self._step(rng.choice(STEPS), rng)
                self._assert_nothing_twice()
            self._leave_for_good()
            self._assert_nothing_twice()
            self._assert_books(self.service, self.today)
            self._assert_end()

    # === STEPS === #

    def _step(self, name, rng):
        """Do one thing; what the rules refuse must leave everything as it was."""
        try:
            with self.cr.savepoint():
                getattr(self, f"_do_{name}")(rng)
                self.env.flush_all()
        except UserError:
            self.env.invalidate_all()

    def _do_wait(self, rng):
        self.today += timedelta(rng.randrange(1, 25))
        self.clock.move_to(datetime.combine(self.today, datetime.min.time()).replace(hour=18))
        pauses = self.service.pause_ids.sudo()
        for method in ("_end", "_begin", "_end"):
            for pause in pauses.sorted("date_from"):
                getattr(pause, method)(self.today)
        for folio in self._pending().filtered(lambda row: row.effective_date <= self.today):
            folio._finish()
        if self.service.state in ("active", "grace"):
            for period in self.service._due_periods(self.today):
                self.service._isp_invoice([(self.service, [period])], self.today)
        self.service._apply_credit()

    def _do_pay(self, rng):
        months = rng.randrange(1, 4)
        total = self.service._get_payment_quote(months)["total"]
        if total > 0:
            self._pay(self.service, total, months=months)

    def _do_plan(self, rng):
        start = self.today + timedelta(rng.randrange(0, 20))
        self.service._isp_plan_pause(start, start + timedelta(rng.randrange(7, 60)))

    def _do_extend(self, rng):
        pause = self.service.next_pause_id.sudo()
        if pause:
            pause._change_dates(pause.date_from, pause.date_to + timedelta(rng.randrange(-9, 15)))

    def _do_come_back(self, _rng):
        pause = self.service.next_pause_id.sudo()
        if pause.state == "running":
            pause._return("back")
        elif pause:
            pause._cancel("given up")

    def _do_change(self, _rng):
        other = self.plan_100 if self.service.plan_id == self.plan_50 else self.plan_50
        self.service._isp_request_plan_change(other, "now_credit")

    def _do_ask(self, rng):
        day = self.today + timedelta(rng.randrange(1, 30))
        self.service._isp_request_cancellation(day)

    def _do_stay(self, _rng):
        if self._pending():
            self._pending()._withdraw("stays")

    def _pending(self):
        rows = self.service.cancellation_ids.sudo()
        return rows.filtered(lambda row: row.state == "requested")

    def _leave_for_good(self):
        if self._pending():
            self._pending()._withdraw("other day")
        if self.service.state != "cancelled":
            self.service._isp_request_cancellation(self.today)
        self.env.flush_all()

    # === ASSERTIONS === #

    def _assert_nothing_twice(self):
        """No invoice gave back more than it charged, no row more than was billed."""
        self.env.flush_all()
        moves = self.env["account.move"].search(
            [("line_ids.isp_subscription_id", "=", self.service.id)]
        )
        credited = defaultdict(float)
        for note in moves.filtered(lambda move: move.move_type == "out_refund"):
            credited[note.reversed_entry_id] += note.amount_total
        for move, amount in credited.items():
            self.assertLessEqual(round(amount, 2), move.amount_total)
        for row in self.service.period_ids:
            self.assertLessEqual(row.amount_credited, row.amount_billed)
        for row in self.service._isp_live_rows():
            self._assert_price_of_days(row)

    def _assert_price_of_days(self, row):
        """What is left of a row is the price of its days, within the cents of its cuts."""
        reference = reference_period(row.date_start, self.service.anchor_day).days
        expected = row.price * (row.date_end - row.date_start).days / reference
        self.assertAlmostEqual(row.amount_total, expected, delta=0.06)

    def _assert_end(self):
        """At the end nothing is left beyond the last day, and the money adds up."""
        end = self.service.date_end
        self.assertEqual(self.service.state, "cancelled")
        self.assertFalse(
            self.service.period_ids.filtered(lambda row: row.state != "void" and row.date_end > end)
        )
        folio = self.service.cancellation_id
        balance = self.service.balance_due - self.service.credit_balance
        self.assertAlmostEqual(balance, folio.balance, places=2)
        self.assertEqual(folio.refund_amount, max(-folio.balance, 0.0))

import random
from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import UserError
from odoo.tests import tagged

from .change_common import ChangeCommon

STEPS = 12


@tagged("post_install", "-at_install")
@freeze_time("2026-03-21 18:00:00")
class TestChangeSequences(ChangeCommon):
    """Whatever is done in whatever order, ledger and journal items agree and no money is lost."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow.isp_allowed_plan_ids |= cls.plan_100
        cls.plan_100.isp_allowed_plan_ids |= cls.slow | cls.fast
        cls.fast.isp_allowed_plan_ids |= cls.plan_100

    def _step(self, chance, subscription, day):
        """Do one thing that customers, staff or the clock do; return the money that came in."""
        change = subscription.open_change_id
        kind = chance.choice(
            ("bill", "pay", "pay", "part", "ask", "ask", "cancel", "apply", "cron")
        )
        if kind == "bill":
            for period in subscription._due_periods(day):
                subscription._isp_invoice([(subscription, [period])], day)
        elif kind == "pay":
            waits = change.state == "awaiting_payment"
            quote = change._get_payment_quote() if waits else subscription._get_payment_quote(1)
            if quote["total"]:
                self._pay(subscription, quote["total"], months=quote["months"])
                return quote["total"]
        elif kind == "part":
            amount = chance.choice((50.0, 123.45, 400.0))
            self._pay(subscription, amount)
            return amount
        elif kind == "ask":
            self._ask(chance, subscription)
        elif kind == "cancel":
            change.action_cancel()
        elif kind == "apply" and change.state == "awaiting_payment":
            change.action_apply()
        elif kind == "cron":
            for item in change:
                item.sudo()._isp_run()
        return 0.0

    def _ask(self, chance, subscription):
        plans = subscription._isp_allowed_plans()
        policy = chance.choice(("on_payment", "now_credit", "next_cutoff"))
        self.company.isp_change_unused_days = chance.choice(("customer", "prorate", "none"))
        try:
            with self.env.cr.savepoint():
                self._request(subscription, chance.choice(plans), policy)
        except UserError:
            # an ended period that is not billed yet, or a service that is off
            self.env.invalidate_all()

    def _assert_no_money_is_lost(self, subscription, received):
        """Money in = what posted bills less credit notes took + credit that is left."""
        moves = subscription._isp_open_moves() | subscription.period_ids.move_id
        lines = self.env["account.move.line"].search(
            [
                ("partner_id", "=", subscription.partner_id.id),
                ("parent_state", "=", "posted"),
                ("account_id.account_type", "=", "asset_receivable"),
            ]
        )
        self.assertTrue(all(move.state == "posted" for move in moves))
        billed = sum(line.balance for line in lines if not line.payment_id)
        self.assertAlmostEqual(sum(lines.mapped("balance")), billed - received, 2)
        rows = subscription.period_ids
        self.assertAlmostEqual(sum(rows.mapped("amount_total")), billed, 2)
        open_now = subscription.balance_due - subscription.credit_balance
        self.assertAlmostEqual(open_now, billed - received, 2)

    def _assert_days(self, subscription):
        """No day is billed twice, and every billed row has the plan that its line bills."""
        rows = subscription.period_ids.filtered(lambda row: row.state in ("billed", "paid"))
        days = [(row.date_start, row.date_end) for row in rows.sorted("date_start")]
        for (_start, end), (start, _end) in zip(days, days[1:], strict=False):
            self.assertLessEqual(end, start)
        for row in rows:
            self.assertEqual(row.move_line_id.product_id, row.plan_id.product_variant_id)

    def _run_sequence(self, seed):
        chance = random.Random(seed)
        subscription = self._create_service(
            chance.choice((self.slow, self.fast)),
            partner_id=self._create_customer(f"Cliente {seed}").id,
        )
        day, received = date(2026, 3, 21), 0.0
        for _step in range(STEPS):
            day += timedelta(days=chance.randint(0, 9))
            with freeze_time(f"{day} 18:00:00"):
                received += self._step(chance, subscription, day)
                self.env.flush_all()
                self.assertLedgerAgrees(subscription)
                self._assert_no_money_is_lost(subscription, received)
                self._assert_days(subscription)

    def test_sequence_3(self):
        self._run_sequence(3)

    def test_sequence_17(self):
        self._run_sequence(17)

    def test_sequence_18(self):
        self._run_sequence(18)

    def test_sequence_31(self):
        self._run_sequence(31)

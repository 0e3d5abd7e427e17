from datetime import date

from freezegun import freeze_time

from .common import IspCommon

LEDGER = (
    "date_start",
    "date_end",
    "kind",
    "state",
    "plan_id",
    "amount_billed",
    "amount_credited",
    "amount_paid",
    "move_line_id",
)


class ChangeCommon(IspCommon):
    """The worked examples of the rules: 349 and 650, period [2026-03-21, 2026-04-21)."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.slow = cls._create_plan("Lento", 349.0, 10.0, 3.0)
        cls.fast = cls._create_plan("Rápido", 650.0, 100.0, 40.0)
        cls.slow.isp_allowed_plan_ids = cls.fast
        cls.fast.isp_allowed_plan_ids = cls.slow
        cls.subscription = cls._create_service(cls.slow)

    @classmethod
    def _create_service(cls, plan, **values):
        values = {"date_start": date(2026, 3, 21), "plan_id": plan.id, **values}
        return cls._create_subscription(**values)

    # === ACTIONS === #

    def _bill(self, subscription, months=1):
        """Bill the next months, one invoice each, as the billing run does."""
        for _month in range(months):
            subscription._bill_periods(1)

    def _paid(self, subscription, months=1):
        """Let the service be paid for its first ``months`` months."""
        self._pay(subscription, subscription._get_payment_quote(months)["total"], months=months)

    def _request(self, subscription, plan, policy=None, **values):
        return subscription._isp_request_plan_change(plan, policy, **values)

    def _set_policy(self, policy="on_payment", unused="customer"):
        self.company.write({"isp_plan_change_policy": policy, "isp_change_unused_days": unused})

    def _cron(self):
        """Run the hourly job of plan changes as the server does, with its commits."""
        with self._committing_env() as env:
            env["isp.plan.change"]._cron_plan_changes()

    def _cron_at(self, moment):
        with freeze_time(moment):
            self._cron()

    def _run_billing(self, day):
        with self._committing_env() as env:
            env["isp.subscription"]._run_billing(day, env["res.company"].browse(self.company.id))

    # === ASSERTIONS === #

    def _rows(self, subscription):
        """Return ``(from, until, plan, total, state)`` of the living rows, the oldest first."""
        rows = subscription.period_ids.filtered(lambda row: row.state != "void")
        return [
            (str(row.date_start), str(row.date_end), row.plan_id.name, row.amount_total, row.state)
            for row in rows.sorted("date_start")
        ]

    def _trace(self, subscription):
        """Return everything that a request may not touch: ledger, entries, service."""
        self.env.flush_all()
        self.env.invalidate_all()
        moves = self.env["account.move"].search(
            [("commercial_partner_id", "=", subscription.commercial_partner_id.id)]
        )
        return {
            "ledger": subscription.period_ids.read(LEDGER),
            "moves": moves.read(["name", "state", "amount_total", "amount_residual"]),
            "items": moves.line_ids.read(["balance", "amount_residual", "reconciled"]),
            "service": subscription.read(
                ["plan_id", "price_total", "price_override", "cutoff_date", "next_billing_date"]
            ),
            "figures": (subscription.balance_due, subscription.credit_balance),
        }

    def _lines(self, change):
        """Return ``(kind, factors, amount)`` of the arithmetic that was shown."""
        return [(line["kind"], line["factors"], line["amount"]) for line in change.line_data]

    def assertPlan(self, subscription, plan, price):
        self.assertEqual(subscription.plan_id, plan)
        self.assertEqual(subscription.price_total, price)

    def assertLedgerAgrees(self, subscription):
        """The ledger says what the journal items say."""
        rows = subscription.period_ids.filtered(lambda row: row.state != "off")
        open_amount = sum(subscription._isp_open_moves().mapped("amount_residual"))
        self.assertAlmostEqual(sum(rows.mapped("amount_open")), open_amount, 2)
        self.assertAlmostEqual(subscription.balance_due, open_amount, 2)

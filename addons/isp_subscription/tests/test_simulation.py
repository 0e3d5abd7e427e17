import random
from datetime import date, timedelta

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from .run_common import IspRunCommon

DAY = date(2026, 2, 16)


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestSimulation(IspRunCommon):
    def _actions(self, run):
        return {(line.subscription_id, line.action) for line in run.line_ids}

    def test_billing_lists_every_period_with_its_dates_and_changes_nothing(self):
        subscription = self._create_subscription()
        moves = self.env["account.move"].search_count([])
        run = self._simulate(DAY, "billing")
        self.assertEqual((run.state, run.is_dry), ("done", True))
        self.assertEqual((run.subscriptions, run.invoices, run.amount), (1, 2, 698.0))
        lines = run.line_ids.sorted("date_start")
        self.assertEqual(lines.mapped("date_start"), [date(2026, 1, 21), date(2026, 2, 21)])
        self.assertEqual(lines.mapped("date_invoice"), [date(2026, 1, 21), date(2026, 2, 14)])
        self.assertEqual(lines.mapped("date_due"), [date(2026, 1, 21), date(2026, 2, 21)])
        self.assertTrue(all(lines.mapped("reason")))
        self.assertEqual(lines.partner_id, self.customer)
        self.assertFalse(subscription.period_ids)
        self.assertEqual(self.env["account.move"].search_count([]), moves)

    def test_who_is_left_out_is_listed_with_the_reason(self):
        suspended = self._create_subscription()
        suspended.action_suspend()
        failed = self._create_subscription()
        failed.sudo().write({"billing_error": "no account", "billing_error_date": DAY})
        run = self._simulate(DAY, "billing")
        self.assertEqual(self._actions(run), {(suspended, "skip"), (failed, "skip")})
        reasons = {line.subscription_id: line.reason for line in run.line_ids}
        self.assertIn("no account", reasons[failed])

    def test_what_would_fail_is_told(self):
        subscription = self._create_subscription()
        self.plan_50.property_account_income_id = False
        self.plan_50.categ_id.property_account_income_categ_id = False
        self.company.income_account_id = False
        journals = self.env["account.journal"].search(
            [("type", "=", "sale"), ("company_id", "=", self.company.id)]
        )
        journals.default_account_id = False
        run = self._simulate(DAY, "billing")
        self.assertEqual(self._actions(run), {(subscription, "fail")})
        self.assertIn(self.plan_50.name, run.line_ids.reason)
        self.assertEqual(run.failed, 1)

    def test_the_cut_and_why_not(self):
        self.company.isp_cut_needs_notice = True
        subscription = self._create_subscription()
        self._run_billing(DAY)
        subscription._set_state("grace", "test")
        run = self._simulate(DAY, "cutoff")
        self.assertEqual(self._actions(run), {(subscription, "wait")})
        self.assertIn("notice", run.line_ids.reason)
        self.company.isp_cut_needs_notice = False
        run = self._simulate(DAY, "cutoff")
        self.assertEqual(self._actions(run), {(subscription, "cut")})
        self.assertEqual(run.line_ids.amount, 349.0)
        self.assertEqual(run.line_ids.date_due, date(2026, 1, 21))
        self.assertEqual(subscription.state, "grace")

    def test_the_same_day_again_after_the_real_run_is_empty(self):
        self._create_subscription()
        self._run_billing(DAY)
        self.assertFalse(self._simulate(DAY, "billing").line_ids)

    def test_the_wizard_is_for_billing_and_opens_the_result(self):
        self._create_subscription()
        wizard = self.env["isp.run.simulate"].with_user(self.user_billing)
        action = wizard.create({"date": DAY, "kind": "day"}).action_simulate()
        run = self.env["isp.run"].browse(action["res_id"])
        self.assertEqual((run.kind, run.invoices), ("day", 2))
        self.assertEqual(
            run.with_user(self.user_billing).action_view_lines()["res_model"], "isp.run.line"
        )
        with self.assertRaises(AccessError):
            wizard.with_user(self.user_cashier).create({"date": DAY})

    def test_queries_do_not_grow_with_the_number_of_services(self):
        def count(more):
            for _index in range(more):
                self._create_subscription()
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._simulate(DAY, "billing")
            return self.cr.sql_log_count - before

        few, many = count(3), count(40)
        self.assertLess(many, few + 15)


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestSimulationDiff(IspRunCommon):
    """The comparison of the simulation and the real run is empty unless something came between."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.plan_post = cls._create_plan("Pospago", 300.0, 50.0, 20.0, isp_billing_mode="postpaid")
        cls.payers = [cls._create_customer(f"Cliente {index}") for index in range(4)]

    def _populate(self, seed):
        """Make 14 services of all kinds, some with history, money and states."""
        rng = random.Random(seed)
        services = self.env["isp.subscription"]
        for _index in range(14):
            services |= self._create_subscription(
                partner_id=rng.choice(self.payers).id,
                plan_id=rng.choice([self.plan_50, self.plan_100, self.plan_post]).id,
                anchor_day=rng.randint(1, 31),
                date_start=DAY - timedelta(rng.randint(-10, 100)),
                price_override=rng.choice([0, 0, 333.33, 650.0]),
            )
        self._run_billing(DAY - timedelta(rng.randint(20, 60)))
        for service in services:
            roll = rng.random()
            if roll < 0.3:
                self._pay(service, rng.choice([349.0, 100.0, 1500.0]), months=rng.randint(0, 3))
            elif roll < 0.45:
                service.action_suspend()
        return services

    def test_random_populations(self):
        for seed, policy in ((1, "skip"), (2, "bill"), (3, "ahead"), (4, "ahead")):
            with self.subTest(seed=seed, policy=policy):
                self.company.isp_suspended_billing = policy
                self._populate(seed)
                billing = self._simulate(DAY, "billing")
                whole = self._simulate(DAY, "day")
                self.assertTrue(billing.invoices)
                self._run_billing(DAY)
                self._run_notices(DAY)
                cutoff = self._simulate(DAY, "cutoff")
                self._run_cutoff(DAY)
                self.assertEqual(billing._isp_diff(), [])
                self.assertEqual(cutoff._isp_diff(), [])
                self.assertEqual(whole._isp_diff(), [])
                self._end_all()

    def _end_all(self):
        services = self.env["isp.subscription"].search([("company_id", "=", self.company.id)])
        services.sudo().write({"state": "cancelled"})

    def test_an_archived_account_fails_in_both(self):
        account = self.company_data["default_account_revenue"].copy()
        plan = self._create_plan("Old account", 200.0, 5.0, 1.0)
        plan.property_account_income_id = account
        bad, good = self._create_subscription(plan_id=plan.id), self._create_subscription()
        account.active = False
        run = self._simulate(DAY, "day")
        self._run_billing(DAY)
        self.assertTrue(bad.billing_error)
        self.assertTrue(good.period_ids)
        self.assertEqual(run._isp_diff(), [])

    def test_a_payment_between_is_shown_with_its_reason(self):
        subscription = self._create_subscription()
        self._run_billing(DAY)
        run = self._simulate(DAY, "cutoff")
        self.assertEqual(run.cut, 1)
        with freeze_time("2026-02-16 19:00:00"):
            self._pay(subscription, 349.0)
            self._run_cutoff(DAY)
        (difference,) = run._isp_diff()
        self.assertEqual(difference["subscription_id"], subscription.id)
        self.assertEqual((difference["action"], difference["kind"]), ("cut", "missing"))
        self.assertIn("payment", difference["reason"])
        action = run.with_user(self.user_billing).action_diff()
        shown = self.env["isp.run.difference"].search(action["domain"])
        self.assertEqual(shown.subscription_id, subscription)

    def test_a_new_price_and_a_new_service_are_shown(self):
        changed = self._create_subscription()
        run = self._simulate(DAY, "billing")
        with freeze_time("2026-02-16 19:00:00"):
            changed.price_override = 400.0
            added = self._create_subscription()
            self._run_billing(DAY)
        found = {(diff["subscription_id"], diff["kind"]) for diff in run._isp_diff()}
        self.assertEqual(found, {(changed.id, "changed"), (added.id, "extra")})
        self.assertTrue(all(diff["reason"] for diff in run._isp_diff()))

    def test_equal_runs_say_so(self):
        self._create_subscription()
        run = self._simulate(DAY, "billing")
        self._run_billing(DAY)
        action = run.with_user(self.user_billing).action_diff()
        self.assertEqual(action["params"]["type"], "success")

    def test_what_cannot_be_compared(self):
        self._create_subscription()
        run = self._simulate(DAY, "billing")
        with self.assertRaises(UserError):
            run.action_diff()
        self._run_billing(DAY)
        with self.assertRaises(UserError):
            self._runs(is_dry=False).action_diff()
        with self.assertRaises(AccessError):
            run.with_user(self.user_cashier).action_diff()


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestBillingWhileSuspended(IspRunCommon):
    """The policy "ahead": a suspended service is billed for what the credit pays fully."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_suspended_billing = "ahead"

    def _create_suspended(self, **values):
        subscription = self._create_subscription(
            **{"date_start": date(2026, 2, 21), "anchor_day": 21, **values}
        )
        subscription.action_suspend()
        return subscription

    def test_without_credit_nothing_is_billed(self):
        subscription = self._create_suspended()
        run = self._simulate(DAY, "billing")
        self.assertEqual(run.line_ids.mapped("action"), ["skip"])
        self._run_billing(DAY)
        self.assertFalse(subscription.period_ids)

    def test_credit_that_pays_the_period_bills_it(self):
        subscription = self._create_suspended()
        self._create_payment(subscription, 348.99)
        self._run_billing(DAY)
        self.assertFalse(subscription.period_ids)
        self._create_payment(subscription, 0.01)
        self._run_billing(DAY)
        self.assertEqual(subscription.period_ids.mapped("state"), ["paid"])

    def test_credit_is_spent_once(self):
        first, second = self._create_suspended(), self._create_suspended()
        self._create_payment(first, 400.0)
        run = self._simulate(DAY, "billing")
        self._run_billing(DAY)
        self.assertEqual((len(first.period_ids), len(second.period_ids)), (1, 0))
        self.assertEqual(run._isp_diff(), [])

    def test_days_that_passed_without_service_are_never_billed(self):
        subscription = self._create_suspended(date_start=date(2026, 1, 21))
        self._create_payment(subscription, 1000.0)
        self._run_billing(DAY)
        self.assertFalse(subscription.period_ids)

    def test_the_end_of_the_service_bounds_billing(self):
        self.company.isp_suspended_billing = "skip"
        subscription = self._create_subscription()
        subscription.sudo().date_end = date(2026, 2, 21)
        self._run_billing(DAY)
        self.assertEqual(subscription.period_ids.date_end, date(2026, 2, 21))
        self._run_billing(date(2026, 4, 1))
        self.assertEqual(len(subscription.period_ids), 1)

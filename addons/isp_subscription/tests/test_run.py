from datetime import date, datetime
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import errors

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .run_common import IspRunCommon

DAY = date(2026, 2, 16)
PATH = "odoo.addons.isp_subscription.models.isp_subscription_run"


@tagged("post_install", "-at_install")
@freeze_time("2026-02-16 18:00:00")
class TestRun(IspRunCommon):
    def test_a_billing_run_leaves_its_figures_and_stamps_the_ledger(self):
        subscription = self._create_subscription()
        self._run_billing(DAY)
        run = self._runs(kind="billing")
        self.assertEqual(run.state, "done")
        self.assertEqual((run.subscriptions, run.invoices, run.failed), (1, 2, 0))
        self.assertEqual(run.amount, 698.0)
        self.assertTrue(run.ended_at)
        self.assertEqual(subscription.period_ids.run_id, run)

    def test_a_failure_is_a_line_of_the_run(self):
        bad = self._create_subscription()
        good = self._create_subscription()
        original = type(bad)._due_periods

        def fail(record, day):
            if record == bad:
                raise RuntimeError("broken calendar")
            return original(record, day)

        with patch.object(type(bad), "_due_periods", fail):
            self._run_billing(DAY)
        run = self._runs(kind="billing")
        self.assertEqual((run.failed, run.invoices), (1, 2))
        self.assertEqual(run.line_ids.subscription_id, bad)
        self.assertEqual(run.line_ids.reason, "broken calendar")
        self.assertEqual(len(good.period_ids), 2)

    def test_locked_services_are_passed_over_and_taken_at_the_end(self):
        first, second = self._create_subscription(), self._create_subscription()
        model, calls = type(first), []
        original = model.try_lock_for_update

        def lock(records, **options):
            if records._name != "isp.subscription":
                return original(records, **options)
            calls.append(records.ids)
            locked = original(records, **options)
            return locked - first if len(calls) == 1 else locked

        with patch.object(model, "try_lock_for_update", lock):
            figures = self._run_billing(DAY)
        self.assertEqual(calls, [(first | second).ids, first.ids])
        self.assertEqual((figures["subscriptions"], figures["invoices"]), (2, 4))

    def test_services_locked_to_the_end_are_left_for_the_next_run(self):
        first, second = self._create_subscription(), self._create_subscription()
        model = type(first)
        original = model.try_lock_for_update

        def lock(records, **options):
            locked = original(records, **options)
            return locked - first if records._name == "isp.subscription" else locked

        with patch.object(model, "try_lock_for_update", lock):
            self._run_billing(DAY)
        self.assertFalse(first.period_ids)
        self.assertFalse(first.billing_error)
        self.assertEqual(len(second.period_ids), 2)
        self._run_billing(DAY)
        self.assertEqual(len(first.period_ids), 2)

    def test_a_chunk_that_met_another_transaction_starts_again(self):
        subscription = self._create_subscription()
        model, tries = type(subscription), []
        original = model._bill_chunk

        class Serialization(errors.SerializationFailure):
            pgcode = "40001"

        def collide(records, day):
            tries.append(records)
            if len(tries) == 1:
                raise Serialization("could not serialize access")
            return original(records, day)

        with patch.object(model, "_bill_chunk", collide):
            figures = self._run_billing(DAY)
        self.assertEqual(len(tries), 2)
        self.assertEqual(figures["invoices"], 2)
        self.assertEqual(len(subscription.period_ids), 2)

    def test_other_database_errors_are_not_swallowed(self):
        self._create_subscription()
        model = self.env.registry["isp.subscription"]

        def lost(records, day):
            raise errors.AdminShutdown("terminating connection")

        with patch.object(model, "_bill_chunk", lost), self.assertRaises(errors.AdminShutdown):
            self._run_billing(DAY)

    def test_an_interrupted_run_is_gone_on_with(self):
        for _index in range(3):
            self._create_subscription()
        with (
            patch(f"{PATH}.BATCH_SIZE", 2),
            patch.object(self.env.registry["ir.cron"], "_commit_progress", return_value=0),
        ):
            self.assertEqual(self._run_billing(DAY), {})
        run = self._runs(kind="billing")
        self.assertEqual((run.state, run.invoices), ("interrupted", 4))
        self._run_billing(DAY)
        self.assertEqual(self._runs(kind="billing"), run)
        self.assertEqual((run.state, run.invoices, run.subscriptions), ("done", 6, 3))

    def test_a_silent_run_was_killed(self):
        runs = self.env["isp.run"].sudo()
        killed = runs._isp_start(self.company, "billing", DAY)
        living = runs._isp_start(self.company, "billing", DAY)
        killed.beat_at = datetime(2026, 2, 16, 17, 0)
        self._run_billing(DAY)
        self.assertEqual(killed.state, "done")  # marked as interrupted and gone on with
        self.assertEqual(living.state, "running")

    def test_a_cutoff_run_notes_grace_and_cut(self):
        self.company.isp_suspend_weekdays = "1,2,3,4,5,6,7"
        debtor = self._create_subscription()
        fresh = self._create_subscription(date_start=date(2026, 2, 13), anchor_day=13)
        self._run_billing(DAY)
        self._run_cutoff(DAY)
        run = self._runs(kind="cutoff")
        self.assertEqual((run.state, run.cut, run.grace), ("done", 1, 1))
        actions = {line.subscription_id: line.action for line in run.line_ids}
        self.assertEqual(actions, {debtor: "cut", fresh: "grace"})
        self.assertEqual(debtor.suspension_ids.run_id, run)

    def test_real_runs_are_kept(self):
        run = self.env["isp.run"].sudo()._isp_start(self.company, "billing", DAY)
        with self.assertRaises(UserError):
            run.unlink()
        simulation = self._simulate(DAY, "billing")
        simulation.unlink()


@tagged("post_install", "-at_install")
class TestRunHeld(IspRunCommon):
    def _cron(self):
        with self.enter_registry_test_mode():
            cron = self.env.ref("isp_subscription.ir_cron_billing_run")
            cron.sudo().method_direct_trigger()
        self.env.invalidate_all()

    def _setup_earlier_run(self, day):
        subscription = self._create_subscription()
        with freeze_time(f"{day} 18:00:00"):
            self._cron()
        self.assertEqual(self._runs(kind="billing", is_auto=True).date, day)
        return subscription, len(subscription.period_ids)

    def test_a_run_after_a_short_silence_starts(self):
        subscription, before = self._setup_earlier_run(date(2026, 2, 16))
        with freeze_time("2026-02-21 18:00:00"):
            self._cron()
        self.assertFalse(self._runs(state="held"))
        self.assertEqual(len(subscription.period_ids), before)

    def test_restored_backup_holds_the_runs_until_a_manager_continues(self):
        subscription, before = self._setup_earlier_run(date(2026, 2, 16))
        with freeze_time("2026-03-20 18:00:00"):
            for _index in range(2):
                self._cron()
            held = self._runs(state="held")
            self.assertEqual(len(held), 1)
            self.assertEqual((held.hold_reason, held.last_date), ("gap", date(2026, 2, 16)))
            self.assertEqual(len(subscription.period_ids), before)
            self.assertEqual(len(held.activity_ids), 1)
            self.assertEqual(held.simulation_id.invoices, 1)
            held.with_user(self.user_manager).action_continue()
            self.assertEqual((held.state, held.confirmed_by), ("done", self.user_manager))
            self.assertFalse(held.activity_ids)
            self._cron()
            self.assertEqual(len(subscription.period_ids), before + 1)
            self._cron()
        with freeze_time("2026-03-21 18:00:00"):
            self._cron()
        self.assertFalse(self._runs(state="held"))

    def test_clock_set_back_holds_the_runs_and_putting_it_right_frees_them(self):
        subscription, before = self._setup_earlier_run(date(2026, 2, 16))
        with freeze_time("2026-02-10 18:00:00"):
            self._cron()
        held = self._runs(state="held")
        self.assertEqual(held.hold_reason, "clock")
        self.assertEqual(len(subscription.period_ids), before)
        with freeze_time("2026-02-17 18:00:00"):
            self._cron()
        self.assertEqual(held.state, "interrupted")
        self.assertFalse(held.activity_ids)
        self.assertEqual(self._runs(kind="billing", is_auto=True)[0].date, date(2026, 2, 17))

    def test_a_held_company_is_neither_cut_nor_notified(self):
        subscription, _before = self._setup_earlier_run(date(2026, 2, 16))
        with freeze_time("2026-03-20 18:00:00"), self.enter_registry_test_mode():
            for name in ("cutoff", "notices"):
                cron = self.env.ref(f"isp_subscription.ir_cron_{name}")
                cron.sudo().method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(subscription.state, "active")
        self.assertFalse(self._notices(subscription))
        self.assertTrue(self._runs(state="held"))

    @freeze_time("2026-03-20 18:00:00")
    def test_runs_by_hand_are_never_held_and_do_not_count(self):
        subscription = self._create_subscription()
        self._run_billing(date(2026, 2, 16))
        self._run_billing(date(2026, 1, 21))
        self._cron()
        self.assertFalse(self._runs(state="held"))
        self.assertEqual(len(subscription.period_ids), 3)

    def test_only_a_manager_continues(self):
        self._setup_earlier_run(date(2026, 2, 16))
        with freeze_time("2026-03-20 18:00:00"):
            self._cron()
            held = self._runs(state="held")
            with self.assertRaises(AccessError):
                held.with_user(self.user_billing).action_continue()
            held.with_user(self.user_manager).action_continue()
            with self.assertRaises(UserError):
                held.with_user(self.user_manager).action_continue()

    def test_the_days_are_a_setting(self):
        subscription, before = self._setup_earlier_run(date(2026, 2, 16))
        self.company.isp_catchup_days = 60
        with freeze_time("2026-03-20 18:00:00"):
            self._cron()
        self.assertEqual(len(subscription.period_ids), before + 1)
        with self.assertRaises(errors.CheckViolation), mute_logger("odoo.sql_db"):
            self.company.isp_catchup_days = 0
            self.env.flush_all()

    def test_the_activity_goes_to_a_manager_of_the_company(self):
        manager = self.company._isp_manager()
        self.assertTrue(manager.has_group("isp_subscription.group_isp_manager"))
        self.assertIn(self.company, manager.company_ids)

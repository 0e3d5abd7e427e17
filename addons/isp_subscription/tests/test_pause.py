from datetime import date

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspCommon

JULY_1, JULY_16 = date(2026, 7, 1), date(2026, 7, 16)


@tagged("post_install", "-at_install")
@freeze_time("2026-06-25 18:00:00")
class TestPause(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 6, 21))
        cls._pay_months(cls.subscription, 1)

    @classmethod
    def _pay_months(cls, subscription, months):
        subscription._bill_periods(months)
        cls._pay(subscription, 349.0 * months)

    def _plan(self, start=JULY_1, end=JULY_16, **values):
        return self.subscription._isp_plan_pause(start, end, **values)

    def _run(self, day):
        with self._committing_env() as env, freeze_time(f"{day} 12:00:00"):
            company = env["res.company"].browse(self.company.id)
            return env["isp.pause"].sudo()._run_pauses(day, company)

    def _rows(self, *kinds):
        rows = self.subscription.period_ids.filtered(
            lambda row: row.state != "void" and (not kinds or row.kind in kinds)
        )
        return [(row.date_start, row.date_end) for row in rows.sorted("date_start")]

    # === WORKED EXAMPLE === #

    def test_worked_example(self):
        """Section 8 of the rules: 349 × 15/30 = 174.50, and the cut-off day does not move."""
        pause = self._plan()
        self.assertEqual((pause.state, pause.days), ("planned", 15))
        self._run(date(2026, 6, 30))
        self.assertEqual(pause.state, "planned")
        self._run(JULY_1)
        self.assertEqual((pause.state, pause.credit_amount), ("running", 174.50))
        self.assertEqual(self.subscription.state, "paused")
        self.assertEqual(self.subscription.network_desired_state, "off")
        self.assertEqual(self.subscription.credit_balance, 174.50)
        self.assertEqual(self._rows("pause"), [(JULY_1, JULY_16)])
        self._run(JULY_16)
        self.assertEqual((pause.state, self.subscription.state), ("done", "active"))
        self.assertEqual(self.subscription.network_desired_state, "on")
        self.assertEqual(self.subscription.anchor_day, 21)
        self.assertEqual(self.subscription.next_billing_date, date(2026, 7, 21))
        suspension = self.subscription.suspension_ids
        self.assertEqual((suspension.reason, suspension.pause_id), ("voluntary", pause))
        self.assertTrue(suspension.date_to)

    def test_quote_is_what_is_credited(self):
        quote = self.subscription._isp_quote_pause(JULY_1, JULY_16)
        self.assertEqual((quote["credit"], quote["days"], quote["fee"]), (174.50, 15, 0.0))
        self.assertIn("15/30", quote["lines"][0]["text"])
        self.assertFalse(self.subscription.pause_ids, "a quote changes nothing")

    def test_days_not_billed_yet_are_not_billed_later(self):
        self._plan(date(2026, 7, 25), date(2026, 8, 10))
        self._run(date(2026, 7, 25))
        self._run(date(2026, 8, 10))
        periods = self.subscription._next_periods(2)
        self.assertEqual(periods[0], (date(2026, 7, 21), date(2026, 7, 25)))
        self.assertEqual(periods[1], (date(2026, 8, 10), date(2026, 8, 21)))

    def test_pause_across_a_paid_cut_off(self):
        self._pay_months(self.subscription, 1)
        pause = self._plan(date(2026, 7, 11), date(2026, 8, 1))
        self._run(date(2026, 7, 11))
        # 10 of 30 days, then 11 of 31 days
        self.assertEqual(pause.credit_amount, 240.17, "116.33 + 123.84")
        self.assertEqual(len(pause.credit_move_ids), 2, "one credit note per invoice")

    # === BY ITSELF === #

    def test_missed_beginning_keeps_its_planned_dates(self):
        pause = self._plan()
        self._run(date(2026, 7, 3))
        self.assertEqual((pause.state, pause.date_from), ("running", JULY_1))
        self.assertEqual(pause.credit_amount, 174.50)

    def test_pause_missed_as_a_whole_begins_and_ends(self):
        pause = self._plan()
        figures = self._run(date(2026, 7, 20))
        self.assertEqual((figures["begun"], figures["ended"]), (1, 1))
        self.assertEqual((pause.state, pause.credit_amount), ("done", 174.50))
        self.assertEqual(self.subscription.state, "active")
        self.assertEqual(self._rows("pause", "skip"), [(JULY_1, JULY_16)])

    def test_days_on_which_we_were_late_are_free(self):
        pause = self._plan()
        self._run(JULY_1)
        self._run(date(2026, 7, 18))
        self.assertEqual(pause.state, "done")
        self.assertEqual(self._rows("skip"), [(JULY_16, date(2026, 7, 18))])
        self.assertEqual(self._rows("service")[-1], (date(2026, 7, 18), date(2026, 7, 21)))

    def test_running_twice_changes_nothing(self):
        self._plan()
        self._run(JULY_1)
        credit, rows = self.subscription.credit_balance, self._rows()
        figures = self._run(JULY_1)
        self.assertEqual((figures["begun"], figures["ended"], figures["failed"]), (0, 0, 0))
        self.assertEqual((self.subscription.credit_balance, self._rows()), (credit, rows))

    def test_cron(self):
        self._plan(date(2026, 6, 26), date(2026, 7, 10))
        with freeze_time("2026-06-26 18:00:00"), self.enter_registry_test_mode():
            self.env.ref("isp_subscription.ir_cron_pauses").sudo().method_direct_trigger()
        self.assertEqual(self.subscription.state, "paused")

    def test_error_of_one_stops_nobody_else(self):
        bad = self._plan()
        other = self._create_subscription(date_start=date(2026, 6, 21))
        self._pay_months(other, 1)
        good = other._isp_plan_pause(JULY_1, JULY_16)
        self.subscription.period_ids.move_id.button_draft()
        figures = self._run(JULY_1)
        self.assertEqual((figures["begun"], figures["failed"]), (1, 1))
        self.assertEqual((good.state, bad.state), ("running", "planned"))
        self.assertTrue(bad.note)

    def test_paused_service_is_not_billed(self):
        self._plan(date(2026, 7, 15), date(2026, 8, 15))
        self._run(date(2026, 7, 15))
        company = self.company
        self.assertFalse(
            self.subscription.filtered_domain(
                self.subscription._get_due_domain(date(2026, 7, 30), company)
            )
        )
        self.assertFalse(self.subscription._due_periods(date(2026, 7, 30)))

    # === RETURN AND EXTENSION === #

    def test_early_return_bills_the_days_again(self):
        pause = self._plan()
        self._run(JULY_1)
        with freeze_time("2026-07-08 18:00:00"):
            pause.with_user(self.user_billing).action_return()
            self.assertEqual((pause.state, pause.date_to), ("done", date(2026, 7, 8)))
            self.assertEqual(self.subscription.state, "active")
            move = self.subscription._bill_periods(1)
        # 8 of the 30 days between the return and the planned end
        self.assertEqual(move.amount_total, 93.07)
        self.assertEqual(
            self._rows("service")[1:],
            [(date(2026, 7, 8), JULY_16), (JULY_16, date(2026, 7, 21))],
        )

    def test_manual_reactivation_ends_the_pause(self):
        pause = self._plan()
        self._run(JULY_1)
        with freeze_time("2026-07-03 18:00:00"):
            self.subscription.with_user(self.user_billing).action_reactivate()
        self.assertEqual((pause.state, pause.date_to), ("done", date(2026, 7, 3)))
        self.assertEqual(self.subscription.state, "active")

    def test_return_on_the_first_day_undoes_the_pause(self):
        with freeze_time("2026-07-01 18:00:00"):
            pause = self._plan()
            self.assertEqual(pause.state, "running")
            pause.action_return()
        self.assertEqual((pause.state, self.subscription.state), ("cancelled", "active"))
        self.assertFalse(self._rows("pause"))
        self.assertEqual(self.subscription._next_periods(1)[0], (JULY_1, JULY_16))

    def test_extension_credits_the_new_days_only(self):
        pause = self._plan()
        self._run(JULY_1)
        with freeze_time("2026-07-05 18:00:00"):
            pause.sudo()._change_dates(pause.date_from, date(2026, 7, 19))
        self.assertEqual((pause.date_to, pause.credit_amount), (date(2026, 7, 19), 209.4))
        self.assertEqual(self._rows("service")[-1], (date(2026, 7, 19), date(2026, 7, 21)))

    def test_shorter_running_pause(self):
        pause = self._plan()
        self._run(JULY_1)
        with freeze_time("2026-07-05 18:00:00"):
            pause.sudo()._change_dates(pause.date_from, date(2026, 7, 10))
        self.assertEqual((pause.state, pause.date_to), ("running", date(2026, 7, 10)))
        self.assertEqual(self._rows("pause"), [(JULY_1, date(2026, 7, 10))])

    def test_cancelled_before_its_beginning(self):
        pause = self._plan()
        pause.with_user(self.user_cashier).action_cancel()
        self._run(JULY_1)
        self.assertEqual((pause.state, self.subscription.state), ("cancelled", "active"))
        self.assertEqual(self.subscription.credit_balance, 0.0)

    def test_running_pause_is_not_cancelled(self):
        pause = self._plan()
        self._run(JULY_1)
        with self.assertRaises(UserError):
            pause.action_cancel()

    # === LIMITS === #

    def test_limits(self):
        cases = {
            "too short": (JULY_1, date(2026, 7, 7)),
            "too long": (JULY_1, date(2026, 10, 1)),
            "backwards": (JULY_16, JULY_1),
            "in the past": (date(2026, 6, 24), JULY_16),
            "too far": (date(2027, 7, 1), date(2027, 7, 16)),
        }
        for name, (start, end) in cases.items():
            with self.subTest(case=name), self.assertRaises(UserError):
                self._plan(start, end)

    def test_customers_give_notice(self):
        self.company.isp_pause_notice_days = 3
        with self.assertRaises(UserError):
            self._plan(date(2026, 6, 27), JULY_16, limits="customer")
        self._plan(date(2026, 6, 28), JULY_16, limits="customer")

    def test_two_pauses_a_year(self):
        self._plan()
        self._plan(date(2026, 8, 1), date(2026, 8, 10))
        with self.assertRaises(UserError):
            self._plan(date(2026, 9, 1), date(2026, 9, 10))
        self._plan(date(2027, 1, 1), date(2027, 1, 10))

    def test_overlap_is_refused_and_impossible(self):
        pause = self._plan()
        with self.assertRaises(UserError):
            self._plan(date(2026, 7, 10), date(2026, 7, 20))
        self._plan(JULY_16, date(2026, 7, 25))
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            pause.sudo().copy({"date_from": date(2026, 7, 10), "date_to": date(2026, 7, 12)})

    def test_debt_refuses_a_pause(self):
        self.subscription._bill_periods(1)
        with freeze_time("2026-07-25 18:00:00"), self.assertRaisesRegex(UserError, "349"):
            self._plan(date(2026, 8, 1), date(2026, 8, 15))

    def test_other_states_refuse_a_pause(self):
        for state in ("draft", "to_install", "suspended"):
            subscription = self._create_subscription(state="draft")
            if state == "to_install":
                subscription.action_confirm()
            elif state == "suspended":
                subscription.action_activate()
                subscription.action_suspend()
            with self.subTest(state=state), self.assertRaises(UserError):
                subscription._isp_plan_pause(JULY_1, JULY_16)

    def test_pause_waits_for_the_debt(self):
        self._plan(date(2026, 7, 25), date(2026, 8, 20))
        self.subscription._bill_periods(1)
        self._run(date(2026, 7, 25))
        pause = self.subscription.pause_ids
        self.assertEqual((pause.state, pause.waiting_since), ("planned", date(2026, 7, 25)))
        self.assertEqual(len(self.subscription.activity_ids), 1)
        self._run(date(2026, 7, 26))
        self.assertEqual(len(self.subscription.activity_ids), 1)
        self._pay(self.subscription, 349.0)
        self._run(date(2026, 7, 27))
        self.assertEqual((pause.state, pause.date_from), ("running", date(2026, 7, 27)))
        self.assertFalse(self.subscription.activity_ids)

    # === FEE, REPETITION, ROLES === #

    def test_fee_is_charged_once(self):
        product = self.plan_50.copy({"name": "Pausa", "isp_is_plan": False})
        product.taxes_id = self.tax_iva16_incl
        self.company.write(
            {"isp_pause_fee_product_id": product.product_variant_id.id, "isp_pause_fee": 50.0}
        )
        pause = self._plan()
        self._run(JULY_1)
        self.assertEqual(pause.fee_move_id.amount_total, 50.0)
        self.assertEqual(self.subscription.credit_balance, 124.50)

    def test_fee_needs_a_product(self):
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.company.isp_pause_fee = 50.0
            self.company.flush_recordset()

    def test_repeated_every_year_once(self):
        pause = self._plan(repeat_yearly=True)
        self._run(JULY_1)
        self._run(JULY_16)
        again = self.subscription.pause_ids - pause
        self.assertEqual((again.date_from, again.date_to), (date(2027, 7, 1), date(2027, 7, 16)))
        self.assertEqual((again.state, again.previous_id), ("planned", pause))
        pause.sudo()._plan_next_year()
        self.assertEqual(len(self.subscription.pause_ids), 2)

    def test_nobody_writes_a_pause_by_hand(self):
        pause = self._plan()
        for user in (self.user_cashier, self.user_billing, self.user_manager):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                pause.with_user(user).write({"date_to": date(2026, 7, 20)})
        for user in (self.user_readonly, self.user_technician):
            with self.subTest(user=user.login), self.assertRaises(AccessError):
                pause.with_user(user).action_cancel()

    def test_wizard(self):
        wizard = self.env["isp.pause.wizard"].with_user(self.user_billing)
        wizard = wizard.create(
            {"subscription_id": self.subscription.id, "date_from": JULY_1, "date_to": JULY_16}
        )
        self.assertEqual(wizard.credit, 174.50)
        self.assertIn("15/30", wizard.preview_html)
        wizard.date_to = date(2026, 7, 2)
        self.assertIn("alert", wizard.preview_html)
        wizard.date_to = JULY_16
        wizard.action_confirm()
        self.assertEqual(self.subscription.next_pause_id.date_from, JULY_1)

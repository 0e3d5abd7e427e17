from datetime import date
from unittest.mock import patch

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .change_common import ChangeCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-01 18:00:00")
class TestChangeRequests(ChangeCommon):
    """Who may ask for what, one request at a time, and requests that end without a trace."""

    def test_two_open_requests_are_impossible_in_the_database(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        for state in ("awaiting_payment", "scheduled"):
            vals = {
                "subscription_id": self.subscription.id,
                "plan_from_id": self.slow.id,
                "plan_to_id": self.plan_100.id,
                "policy": "on_payment",
                "state": state,
                "channel": "office",
            }
            with (
                self.subTest(state=state),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
                self.env.cr.savepoint(),
            ):
                change.sudo().create(vals)
                self.env.flush_all()

    def test_quotes_of_two_plans_do_not_mix(self):
        self.slow.isp_allowed_plan_ids |= self.plan_100
        quotes = [
            self.subscription._isp_change_terms(plan, "on_payment").amount_due
            for plan in (self.fast, self.plan_100, self.fast)
        ]
        self.assertEqual(quotes, [650, 449, 650])

    def test_a_new_choice_replaces_the_open_one(self):
        self.slow.isp_allowed_plan_ids |= self.plan_100
        self._paid(self.subscription)
        first = self._request(self.subscription, self.fast)
        draft = first.move_id
        second = self._request(self.subscription, self.plan_100)
        self.assertEqual((first.state, second.state), ("cancelled", "awaiting_payment"))
        self.assertFalse(draft.exists())
        self.assertEqual(self.subscription.open_change_id, second)
        self._pay(self.subscription, 449.0)
        self.assertPlan(self.subscription, self.plan_100, 449.0)

    def test_lapsed_request_leaves_no_trace(self):
        self._bill(self.subscription)
        before = self._trace(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.assertEqual(change.expires_at, fields.Datetime.to_datetime("2026-04-05 05:59:59"))
        self._cron_at("2026-04-05 05:59:00")
        self.assertEqual(change.state, "awaiting_payment")
        self._cron_at("2026-04-05 06:00:00")
        self.assertEqual((change.state, change.move_id.id), ("expired", False))
        self.assertEqual(self._trace(self.subscription), before)
        self.assertFalse(self.subscription.open_change_id)

    def test_job_looks_at_the_clock_again(self):
        """A request that is not over yet is left alone, whoever asks."""
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        change.sudo()._isp_run()
        self.assertEqual(change.state, "awaiting_payment")

    def test_cancelled_request_leaves_no_trace(self):
        self._paid(self.subscription)
        before = self._trace(self.subscription)
        change = self._request(self.subscription, self.fast)
        change.with_user(self.user_cashier).action_cancel()
        self.assertEqual(change.state, "cancelled")
        self.assertEqual(self._trace(self.subscription), before)

    def test_number_of_the_next_invoice_is_not_used_up(self):
        self._paid(self.subscription)
        self._request(self.subscription, self.fast).action_cancel()
        last = self.subscription.period_ids.move_id.name
        self._bill(self.subscription)
        name = self.subscription.period_ids.sorted("date_start")[-1].move_id.name
        self.assertEqual(int(name.split("/")[-1]), int(last.split("/")[-1]) + 1)

    def test_money_after_the_lapse_is_credit_and_people_are_told(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self._cron_at("2026-04-06 18:00:00")
        with freeze_time("2026-04-06 19:00:00"):
            self._pay(self.subscription, 650.0)
            self.subscription._apply_credit()
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(self.subscription.credit_balance, 650.0)
        self.assertTrue(change.is_late_noted)
        notes = self.subscription.activity_ids.filtered(lambda item: "650.00" in item.note)
        self.assertEqual(len(notes), 1)

    def test_request_with_a_payment_on_its_way_does_not_lapse(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        pending = patch.object(
            type(self.subscription), "_has_pending_payment", lambda subscription: True
        )
        with pending:
            self._cron_at("2026-04-06 18:00:00")
        self.assertEqual(change.state, "awaiting_payment")

    def test_paying_the_old_plan_keeps_it(self):
        self._bill(self.subscription)
        change = self._request(self.subscription, self.fast)
        self._pay(self.subscription, 349.0)
        self.assertEqual(change.state, "cancelled")
        self.assertTrue(change.closed_reason)
        self.assertPlan(self.subscription, self.slow, 349.0)

    def test_exactly_the_price_of_months_is_for_these_months(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        payment = self._create_payment(self.subscription, 698.0)
        self.subscription._isp_settle_payment(payment, months=2, amount_due=698.0)
        self.assertEqual(change.state, "cancelled")
        self.assertPlan(self.subscription, self.slow, 349.0)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 6, 21))

    def test_a_fee_meanwhile_is_quoted_again(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.subscription._isp_charge(self.slow.product_variant_id, "Visita", 100.0)
        self._pay(self.subscription, 650.0)
        self.assertEqual(change.state, "awaiting_payment")
        self.assertEqual(change.amount_total, 750.0)
        self._pay(self.subscription, 100.0)
        self.assertPlan(self.subscription, self.fast, 650.0)
        self.assertLedgerAgrees(self.subscription)

    def test_pause_and_cancellation_end_the_request(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        self.subscription._set_state("cancel_pending", "Moves away")
        self.assertEqual(change.state, "cancelled")

    def test_draft_invoice_is_posted_by_nobody(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        with self.assertRaisesRegex(UserError, "when it is paid"):
            change.move_id.action_post()

    def test_draft_deleted_by_hand_is_made_again(self):
        self._paid(self.subscription)
        change = self._request(self.subscription, self.fast)
        change.move_id.unlink()
        self._pay(self.subscription, 650.0)
        self.assertEqual(change.state, "applied")
        self.assertEqual(change.move_id.amount_total, 650.0)

    def test_refused(self):
        other_company_plan = self._create_plan("De otra empresa", 500.0, 30, 10)
        other_company_plan.company_id = self.env["res.company"].create({"name": "Otra"})
        archived = self._create_plan("Viejo", 500.0, 30, 10, active=False)
        cases = {
            "has this plan": self.slow,
            "choose one of the allowed": self.plan_100,
        }
        self.slow.isp_allowed_plan_ids |= other_company_plan | archived
        for text, plan in cases.items():
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self._request(self.subscription, plan)
        for plan in (other_company_plan, archived):
            with self.subTest(plan.name), self.assertRaisesRegex(UserError, "choose one"):
                self._request(self.subscription, plan)

    def test_refused_by_state_and_price(self):
        with self.assertRaisesRegex(UserError, "cannot be negative"):
            self._request(self.subscription, self.fast, price=-1.0)
        draft = self._create_service(self.slow, state="draft")
        with self.assertRaisesRegex(UserError, "active service"):
            self._request(draft, self.fast)
        self._bill(self.subscription)
        self.subscription._suspend("debt")
        with self.assertRaisesRegex(UserError, "active service"):
            self._request(self.subscription, self.fast)

    def test_refused_when_an_ended_period_is_not_billed(self):
        late = self._create_service(self.slow, date_start=date(2026, 1, 21))
        with self.assertRaisesRegex(UserError, late.name):
            self._request(late, self.fast)

    def test_postpaid_is_never_on_payment(self):
        postpaid = self._create_plan("Pospago", 300.0, 10, 3, isp_billing_mode="postpaid")
        faster = self._create_plan("Pospago 2", 400.0, 20, 3, isp_billing_mode="postpaid")
        postpaid.isp_allowed_plan_ids = faster
        service = self._create_service(postpaid)
        with self.assertRaisesRegex(UserError, "postpaid"):
            self._request(service, faster, "on_payment")

    def test_plan_form_warns_when_no_cheaper_plan_is_allowed(self):
        self.assertTrue(self.plan_50.isp_lacks_cheaper or self.plan_50.isp_price_total <= 349.0)
        self.assertFalse(self.fast.isp_lacks_cheaper)
        self.fast.isp_allowed_plan_ids = False
        self.assertTrue(self.fast.isp_lacks_cheaper)
        self.assertFalse(self.slow.isp_lacks_cheaper)

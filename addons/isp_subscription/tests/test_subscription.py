from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..const import STATES, TRANSITIONS
from .common import IspCommon


@tagged("post_install", "-at_install")
class TestSubscription(IspCommon):
    def test_contract_number_comes_from_the_sequence_of_the_company(self):
        self.company.isp_contract_prefix = "MOR-"
        first = self._create_subscription(state="draft")
        second = self._create_subscription(state="draft")
        self.assertTrue(first.name.startswith("MOR-"))
        self.assertEqual(int(second.name[4:]), int(first.name[4:]) + 1)

    def test_contract_number_is_unique_per_company(self):
        first = self._create_subscription(state="draft")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self._create_subscription(state="draft", name=first.name)

    def test_anchor_day_defaults_to_the_zone(self):
        zone = self.env["isp.zone"].create({"name": "Centro", "anchor_day": 15})
        subscription = self.env["isp.subscription"].create(
            {"partner_id": self.customer.id, "plan_id": self.plan_50.id, "zone_id": zone.id}
        )
        self.assertEqual(subscription.anchor_day, 15)
        subscription.zone_id = self.env["isp.zone"].create({"name": "Sur", "anchor_day": 3})
        self.assertEqual(subscription.anchor_day, 15, "a chosen day never moves by itself")

    def test_anchor_day_out_of_range_is_refused(self):
        for day in (0, 32):
            subscription = self._create_subscription(state="draft")
            with (
                self.subTest(day=day),
                mute_logger("odoo.sql_db"),
                self.assertRaises(IntegrityError),
            ):
                subscription.anchor_day = day
                subscription.flush_recordset()

    def test_price_is_the_plan_price_with_tax_unless_agreed(self):
        subscription = self._create_subscription()
        self.assertEqual(subscription.price_total, 349.0)
        subscription.price_override = 299.0
        self.assertEqual(subscription.price_total, 299.0)
        subscription.price_override = 0.0
        self.plan_50.list_price = 379.0
        self.assertEqual(subscription.price_total, 379.0)

    def test_price_of_a_plan_whose_tax_is_not_included(self):
        tax = self.tax_iva16_incl.copy(
            {"name": "IVA on top", "price_include_override": "tax_excluded"}
        )
        plan = self._create_plan("Base", 300.0, 10, 5, taxes_id=[(6, 0, tax.ids)])
        self.assertEqual(plan._isp_price_total(), 348.0)
        self.assertEqual(plan.isp_speed_label, "10/5 Mbps")

    @freeze_time("2026-03-10 18:00:00")
    def test_activation_starts_the_service_today_and_the_network(self):
        subscription = self._create_subscription(state="draft", date_start=False)
        self.assertFalse(subscription.cutoff_date)
        subscription.action_confirm()
        self.assertEqual(subscription.network_desired_state, "off")
        subscription.action_activate()
        self.assertEqual(subscription.date_start, date(2026, 3, 10))
        self.assertEqual(subscription.cutoff_date, date(2026, 3, 10))
        self.assertEqual(subscription.network_state, "on")

    def test_state_changes_are_logged_with_their_reason(self):
        subscription = self._create_subscription(state="draft").with_context(
            tracking_disable=False, mail_notrack=False, lang="en_US"
        )
        self.cr.precommit.run()
        subscription.action_confirm()
        self.env.flush_all()
        self.cr.precommit.run()
        bodies = "".join(subscription.message_ids.mapped("body"))
        self.assertIn("Installation ordered", bodies)
        self.assertTrue(subscription.message_ids.tracking_value_ids)
        self.assertTrue(subscription.state_since)

    def test_forbidden_transition_is_refused(self):
        subscription = self._create_subscription(state="draft")
        with self.assertRaises(UserError):
            subscription._suspend("manual")
        self.assertEqual(subscription.state, "draft")

    def test_badges_are_those_of_the_vocabulary(self):
        self.env["res.lang"]._activate_lang("es_MX")
        records = self.env["isp.subscription"].with_context(lang="es_MX")
        labels = dict(records._fields["state"]._description_selection(records.env))
        self.assertEqual(labels["active"], "ACTIVO")
        self.assertEqual(labels["to_install"], "POR INSTALAR")
        self.assertEqual(labels["cancel_pending"], "BAJA EN TRÁMITE")

    def test_every_state_has_its_transitions(self):
        names = {name for name, _label in STATES}
        self.assertEqual(set(TRANSITIONS), names)
        self.assertTrue(all(targets <= names for targets in TRANSITIONS.values()))

    def test_only_drafts_can_be_deleted(self):
        self._create_subscription(state="draft").unlink()
        with self.assertRaises(UserError):
            self._create_subscription().unlink()

    def test_cancellation_in_two_steps(self):
        subscription = self._create_subscription()
        last = subscription.company_id._isp_today() + timedelta(5)
        cancellation = subscription._isp_request_cancellation(last)
        self.assertEqual(subscription.state, "cancel_pending")
        self.assertEqual(subscription.network_desired_state, "on")
        cancellation.sudo()._finish()
        self.assertEqual(subscription.state, "cancelled")
        self.assertTrue(subscription.date_end)
        self.assertEqual(subscription.network_state, "off")

    def test_list_figures_take_the_same_queries_for_one_and_for_many(self):
        subscriptions = self.env["isp.subscription"]
        for _index in range(4):
            subscription = self._create_subscription()
            subscription._bill_periods(1)
            subscriptions |= subscription

        def count_queries(records):
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            records.mapped("balance_due")
            records.mapped("credit_balance")
            records.mapped("last_payment_date")
            return self.cr.sql_log_count - before

        count_queries(subscriptions)
        self.assertLessEqual(count_queries(subscriptions), count_queries(subscriptions[0]) + 1)

    def test_search_by_charges(self):
        owing, clear = self._create_subscription(), self._create_subscription()
        owing._bill_periods(1)
        found = self.env["isp.subscription"].search([("balance_due", ">", 0)])
        self.assertIn(owing, found)
        self.assertNotIn(clear, found)
        found = self.env["isp.subscription"].search([("balance_due", "<=", 0)])
        self.assertIn(clear, found)
        self.assertNotIn(owing, found)

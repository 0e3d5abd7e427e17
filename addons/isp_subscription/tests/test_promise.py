from datetime import date, timedelta

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.tests import Form, tagged
from odoo.tools import mute_logger

from .http_common import IspHttpCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-27 18:00:00")
class TestPromise(IspHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription(date_start=date(2026, 4, 21))
        cls.subscription._bill_periods(1)
        cls.today = date(2026, 4, 27)

    def _run(self, day):
        with self._committing_env() as env:
            company = env["res.company"].browse(self.company.id)
            return env["isp.subscription"].sudo()._run_cutoff(day, company)

    def _promise(self, days=7, user=None, **values):
        vals = {
            "subscription_id": self.subscription.id,
            "date_until": self.today + timedelta(days),
            **values,
        }
        return self.env["isp.promise"].with_user(user or self.user_cashier).create(vals)

    # === PROMISE === #

    def test_cut_waits_for_the_promised_day(self):
        promise = self._promise(7)
        self.assertEqual((promise.amount, promise.cutoff_date), (349.0, date(2026, 4, 21)))
        self.assertEqual(promise.channel, "staff")
        self._run(date(2026, 5, 4))
        self.assertEqual((self.subscription.state, promise.state), ("grace", "open"))
        self._run(date(2026, 5, 5))
        self.assertEqual((self.subscription.state, promise.state), ("suspended", "broken"))

    def test_payment_keeps_the_promise(self):
        promise = self._promise()
        self._pay(self.subscription, 349.0)
        self.assertEqual(promise.state, "kept")
        self.assertTrue(promise.closed_at)

    def test_part_of_the_debt_does_not_keep_it(self):
        promise = self._promise()
        self._pay(self.subscription, 300.0)
        self.assertEqual(promise.state, "open")

    def test_later_bills_do_not_matter_to_the_promise(self):
        promise = self._promise()
        self.subscription._bill_periods(1)
        self._pay(self.subscription, 349.0)
        self.assertEqual(promise.state, "kept")

    def test_promise_brings_a_suspended_service_back(self):
        self._run(self.today)
        self.assertEqual(self.subscription.network_state, "off")
        self._promise()
        self.assertEqual(self.subscription.state, "grace")
        self.assertEqual(self.subscription.network_state, "on")
        self.assertTrue(self.subscription.suspension_ids.date_to)
        self.assertFalse(self.subscription.suspension_ids.paid_at, "nobody paid")

    def test_it_stays_off_when_the_company_says_so(self):
        self.company.isp_promise_restores = False
        self._run(self.today)
        self._promise()
        self.assertEqual(self.subscription.state, "suspended")

    def test_day_is_between_today_and_the_limit(self):
        for days in (-1, 16):
            with self.subTest(days=days), self.assertRaises(UserError):
                self._promise(days)
        self.assertTrue(self._promise(15))

    def test_one_at_a_time(self):
        self._promise()
        with self.assertRaises(UserError):
            self._promise()
        vals = {
            "subscription_id": self.subscription.id,
            "date_until": self.today,
            "kind": "promise",
        }
        query = "INSERT INTO isp_promise (subscription_id, date_until, kind, state, channel)"
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            self.env.cr.execute(
                query + " VALUES (%(subscription_id)s, %(date_until)s, %(kind)s, 'open', 'staff')",
                vals,
            )

    def test_after_a_broken_promise_a_manager_decides(self):
        self._promise(1)
        self.env["isp.promise"]._isp_close_lapsed(self.company, self.today + timedelta(2))
        for user in (self.user_cashier, self.user_billing):
            with self.assertRaises(UserError):
                self._promise(user=user)
        self.assertTrue(self._promise(user=self.user_manager))

    def test_who_owes_nothing_promises_nothing(self):
        self._pay(self.subscription, 349.0)
        with self.assertRaises(UserError):
            self._promise()
        with self.assertRaises(UserError):
            self.subscription.action_promise()

    def test_cancelled_promise_protects_no_more(self):
        promise = self._promise()
        with self.assertRaises(AccessError):
            promise.with_user(self.user_cashier).action_cancel()
        promise.with_user(self.user_billing).action_cancel()
        self.assertEqual(promise.state, "cancelled")
        self._run(self.today)
        self.assertEqual(self.subscription.state, "suspended")

    def test_form_needs_only_a_day(self):
        action = self.subscription.with_user(self.user_cashier).action_promise()
        promises = self.env["isp.promise"].with_user(self.user_cashier)
        with Form(promises.with_context(**action["context"])) as form:
            form.date_until = self.today + timedelta(3)
        self.assertEqual(self.subscription.promised_until, self.today + timedelta(3))
        found = self.env["isp.subscription"].search([("promised_until", "!=", False)])
        self.assertIn(self.subscription, found)
        self.assertNotIn(
            self.subscription, self.env["isp.subscription"].search([("promised_until", "=", False)])
        )

    # === EXTENSION === #

    def test_extension_adds_days_and_moves_no_corte(self):
        self.company.isp_cut_before_holiday = True  # the first of May is near
        with freeze_time("2026-04-23 18:00:00"):
            promise = self.subscription._isp_request_extension("portal")
        self.assertEqual(promise.date_until, date(2026, 4, 29), "grace until the 26th and 3 days")
        self._run(date(2026, 4, 29))
        self.assertEqual(self.subscription.state, "grace")
        self._run(date(2026, 4, 30))
        self.assertEqual(self.subscription.state, "suspended")
        self._pay(self.subscription, 349.0)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 5, 21))

    def test_extension_is_given_once_per_cycle(self):
        offer = self.subscription._isp_extension_offer()
        self.assertEqual((offer["possible"], offer["days"]), (True, 3))
        promise = self.subscription._isp_request_extension("portal")
        self.assertEqual(promise.date_until, offer["date_until"])
        promise.sudo().state = "broken"
        with self.assertRaises(UserError):
            self.subscription._isp_request_extension("portal")
        self.assertFalse(self.subscription._isp_extension_offer()["possible"])
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError):
            query = (
                "INSERT INTO isp_promise (subscription_id, cutoff_date, date_until, kind, state,"
                " channel) VALUES (%s, %s, %s, 'extension', 'open', 'portal')"
            )
            today = self.today
            self.env.cr.execute(query, (self.subscription.id, promise.cutoff_date, today))
        self._pay(self.subscription, 349.0)
        self.subscription._bill_periods(1)
        self.assertTrue(self.subscription._isp_request_extension("portal"), "the next cycle")

    def test_self_service_is_a_setting(self):
        self.company.isp_extension_self_service = False
        self.assertTrue(self.subscription._isp_extension_offer()["reason"])
        with self.assertRaises(UserError):
            self.subscription._isp_request_extension("portal")
        self.subscription.with_user(self.user_cashier).action_extension()
        self.assertTrue(self.subscription.promised_until)

    # === ACCESS === #

    def test_rights_of_the_roles(self):
        promise = self._promise()
        for role in ("readonly", "technician", "cashier", "billing", "manager"):
            record = promise.with_user(getattr(self, f"user_{role}"))
            creates = role in ("cashier", "billing", "manager")
            with self.subTest(role=role):
                self.assertTrue(record.has_access("read"))
                self.assertEqual(record.has_access("create"), creates)
                self.assertFalse(record.has_access("write"))
                self.assertFalse(record.has_access("unlink"))

    def test_the_system_decides_the_rest(self):
        with self.assertRaises(AccessError):
            self._promise(state="kept")
        with self.assertRaises(AccessError):
            self._promise(user=self.user_technician)

    def test_customers_see_their_own(self):
        own = self._promise()
        foreign = self._create_subscription(
            partner_id=self.other_customer.id, date_start=date(2026, 4, 21)
        )
        foreign._bill_periods(1)
        other = self._promise(subscription_id=foreign.id)
        promises = self.env["isp.promise"].with_user(self.portal_user)
        self.assertEqual(promises.search([]), own)
        with self.assertRaises(AccessError):
            other.with_user(self.portal_user).read(["date_until"])
        for operation in ("create", "write", "unlink"):
            self.assertFalse(own.with_user(self.portal_user).has_access(operation))

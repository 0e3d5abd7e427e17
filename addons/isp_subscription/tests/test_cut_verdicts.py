import random
from datetime import date, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.tests import tagged

from ..services.cut_rules import CUT
from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-04-27 18:00:00")
class TestCutVerdicts(IspCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        # Due on 2026-04-21, a Tuesday; the 27th is the first day of a cut.
        cls.subscription = cls._create_subscription(date_start=date(2026, 4, 21))
        cls.day = date(2026, 4, 27)

    def _verdicts(self, day=None, ids=None):
        subscriptions = self.env["isp.subscription"]
        return subscriptions._isp_cut_verdicts(day or self.day, self.company, ids)

    def _verdict(self, day=None):
        """Return the verdict, which is the same asked for all and for the one alone."""
        day = day or self.day
        found = self._verdicts(day, self.subscription.ids)[self.subscription.id]
        self.assertEqual(found, self.subscription._isp_cut_verdict(day))
        self.assertEqual(self.subscription._may_be_suspended(day), found.verdict == CUT)
        return tuple(found)

    def test_days_of_an_unpaid_month(self):
        self.assertEqual(self._verdict(), ("none", "nothing"))
        self.subscription._bill_periods(1)
        self.assertEqual(self._verdict(date(2026, 4, 21)), ("none", "nothing"))
        self.assertEqual(self._verdict(date(2026, 4, 22)), ("grace", "grace_days"))
        self.assertEqual(self._verdict(date(2026, 4, 26)), ("grace", "grace_days"))
        self.assertEqual(self._verdict(date(2026, 4, 27)), ("cut", "debt"))

    def test_reasons_to_wait(self):
        self.subscription._bill_periods(1)
        holiday = self.env["isp.holiday"].create(
            {"company_id": self.company.id, "date": self.day, "name": "Fiesta"}
        )
        self.assertEqual(self._verdict(), ("wait", "holiday"))
        self.assertEqual(self._verdict(self.day + timedelta(1)), ("cut", "debt"))
        holiday.date = self.day + timedelta(1)
        self.assertEqual(self._verdict(), ("wait", "eve"))
        self.company.isp_cut_before_holiday = True
        self.assertEqual(self._verdict(), ("cut", "debt"))
        self.company.isp_suspend_weekdays = "2,3,4"
        self.assertEqual(self._verdict(), ("wait", "weekday"))
        ids = self.subscription.ids
        hook = patch.object(
            type(self.subscription), "_isp_pending_payment_ids", lambda sub, _ids: set(ids)
        )
        with hook:
            self.assertEqual(self._verdict(), ("wait", "pending"))
        hook = patch.object(
            type(self.subscription), "_isp_unnotified_ids", lambda sub, _dues, _day: set(ids)
        )
        with hook:
            self.assertEqual(self._verdict(), ("wait", "notice"))

    def test_only_services_with_something_overdue_are_listed(self):
        self.assertNotIn(self.subscription.id, self._verdicts())
        self.subscription._bill_periods(1)
        self.assertIn(self.subscription.id, self._verdicts())
        self.subscription._suspend("debt")
        self.assertNotIn(self.subscription.id, self._verdicts())
        self.assertEqual(self._verdict(), ("none", "state"))

    def test_unallocated_credit_counts_before_it_is_applied(self):
        self.subscription._bill_periods(1)
        nothing = self.env["account.move"]
        with patch.object(type(self.subscription), "_apply_credit", lambda sub: nothing):
            self._create_payment(self.subscription, 349.0)
        self.assertEqual(self.subscription.credit_balance, 349.0)
        self.assertEqual(self._verdict(), ("none", "credit"))

    def test_every_reason_has_words(self):
        texts = {
            self.subscription._isp_cut_verdict_text("wait", reason)
            for reason in (
                "state nothing min_debt paid_ahead credit grace_days promise extension pending"
                " notice weekday holiday eve debt"
            ).split()
        }
        self.assertEqual(len(texts), 14)
        self.assertTrue(all(texts))

    def test_search_and_list_show_the_verdict(self):
        self.subscription._bill_periods(1)
        records = self.env["isp.subscription"].with_user(self.user_readonly)
        self.assertIn(self.subscription, records.search([("cut_verdict", "=", "cut")]))
        self.assertNotIn(self.subscription, records.search([("cut_verdict", "!=", "cut")]))
        self.assertNotIn(self.subscription, records.search([("cut_verdict", "=", False)]))
        self.assertIn(self.subscription, records.search([("cut_verdict", "in", ["wait", "cut"])]))
        self.assertEqual(self.subscription.with_user(self.user_readonly).cut_verdict, "cut")
        self.assertTrue(self.subscription.cut_reason)
        self._pay(self.subscription, 349.0)
        self.assertFalse(records.search([("cut_verdict", "=", "cut")]))

    def test_queries_do_not_grow_with_the_services(self):
        many = self.subscription
        for _index in range(6):
            many |= self._create_subscription(date_start=date(2026, 4, 21))
        for service in many:
            service._bill_periods(1)
        self.env.flush_all()
        self._verdicts()
        before = self.env.cr.sql_log_count
        one = len(self._verdicts(ids=self.subscription.ids))
        single = self.env.cr.sql_log_count - before
        every = len(self._verdicts())
        self.assertEqual((one, every), (1, 7))
        self.assertLessEqual(self.env.cr.sql_log_count - before - single, single)

    def test_random_lives_never_cut_who_does_not_owe(self):
        """Bills, payments, promises and runs in any order: the rule of the issue holds."""
        for seed in range(4):
            with self.subTest(seed=seed):
                service = self._create_subscription(
                    date_start=date(2026, 4, 21), partner_id=self._create_customer("Ana").id
                )
                self._live(service, random.Random(seed))

    def _live(self, service, chance):
        day = date(2026, 4, 15)
        for _step in range(14):
            day += timedelta(chance.randint(1, 9))
            with freeze_time(f"{day} 18:00:00"):
                self._do_something(service, chance)
                self._check(service, day)
                owed = service._isp_overdue_amount(day)
                ahead = service.cutoff_date > day
                before = service.state
                service._review_cutoff_safely(day)
                if service.state == "suspended" and before != "suspended":
                    self.assertGreater(owed, 0.0)
                    self.assertFalse(ahead)

    def _do_something(self, service, chance):
        step = chance.choice(("bill", "pay", "pay", "promise", "extension", "nothing"))
        if step == "bill" and service.state in ("active", "grace"):
            service._bill_periods(1)
        elif step == "pay":
            amount = chance.choice((100.0, 349.0, 698.0))
            self._pay(service, amount, months=chance.choice((0, 1)))
        elif service.balance_due > 0 and not service.promised_until:
            self._try_promise(service, step)

    def _try_promise(self, service, step):
        vals = {"subscription_id": service.id, "kind": step}
        if step == "promise":
            vals["date_until"] = service.company_id._isp_today() + timedelta(3)
        taken = service.promise_ids.filtered(lambda row: row.cutoff_date == service.cutoff_date)
        if step in ("promise", "extension") and not taken:
            self.env["isp.promise"].create(vals)

    def _check(self, service, day):
        found = self._verdicts(day, service.ids)[service.id]
        self.assertEqual(found, service._isp_cut_verdict(day))
        if service._isp_overdue_amount(day) <= 0 or service.cutoff_date > day:
            self.assertNotEqual(found.verdict, CUT)

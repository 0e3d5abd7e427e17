from datetime import date

from freezegun import freeze_time

from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .common import IspCommon


@tagged("post_install", "-at_install")
@freeze_time("2026-03-18 18:00:00")
class TestGlance(IspCommon):
    """What the back office says of a service; 2026-03-18 is a Wednesday."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.write({"isp_suspend_weekdays": "1,2,3,4", "isp_cut_needs_notice": False})

    def _glance(self, subscription, user=None):
        subscription.invalidate_recordset()
        reader = subscription.with_user(user or self.user_readonly)
        return reader.with_context(lang="en_US").situation

    def _fact(self, subscription, label):
        facts = {fact["label"]: fact for fact in self._glance(subscription)["facts"]}
        return facts[label]

    def test_customer_in_order(self):
        subscription = self._create_subscription()
        subscription._bill_periods(2)
        self._pay(subscription, 698.0)
        glance = self._glance(subscription)
        self.assertEqual((glance["tone"], glance["title"]), ("success", "ACTIVE"))
        self.assertEqual(glance["since"], "since 18 Mar 2026")
        self.assertEqual(glance["step"], "The next invoice is issued on Wednesday 18 Mar.")
        self.assertEqual(self._fact(subscription, "Cut-off date")["hint"], "in 3 days")
        self.assertIn("698.00", self._fact(subscription, "Last payment")["value"])
        self.assertIn("18 Mar 2026", self._fact(subscription, "Last payment")["hint"])

    def test_overdue_customer_reads_the_day_of_the_cut(self):
        subscription = self._create_subscription(date_start=date(2026, 2, 21))
        subscription._bill_periods(1, date=date(2026, 2, 16))
        glance = self._glance(subscription)
        # Due on the 21st of February, grace 5 days: today is already a day with cuts.
        self.assertEqual(glance["step"], "Is cut on Wednesday 18 Mar unless it is paid.")
        self.assertEqual(glance["step_tone"], "danger")
        self.assertIn("overdue for 25 days", self._fact(subscription, "Charges")["hint"])
        self.assertEqual(self._fact(subscription, "Cut-off date")["hint"], "25 days ago")

    def test_the_cut_waits_for_the_notice_and_for_a_promise(self):
        subscription = self._create_subscription(date_start=date(2026, 2, 21))
        subscription._bill_periods(1, date=date(2026, 2, 16))
        self.company.isp_cut_needs_notice = True
        self.assertEqual(
            self._glance(subscription)["step"], "The cut waits: without proof of the notice."
        )
        self.company.isp_cut_needs_notice = False
        self.env["isp.promise"].create(
            {"subscription_id": subscription.id, "date_until": date(2026, 3, 26)}
        )
        self.assertEqual(
            self._glance(subscription)["step"],
            "Promised to pay by Thursday 26 Mar; is cut on Monday 30 Mar otherwise.",
        )

    def test_the_cut_waits_for_a_day_with_cuts(self):
        subscription = self._create_subscription(anchor_day=14, date_start=date(2026, 3, 14))
        subscription._bill_periods(1, date=date(2026, 3, 9))
        # 14 + 5 + 1 is Friday the 20th; Friday to Sunday nobody is cut.
        self.assertEqual(
            self._glance(subscription)["step"], "Is cut on Monday 23 Mar unless it is paid."
        )

    def test_invoice_that_is_not_due_yet(self):
        subscription = self._create_subscription(date_start=date(2026, 3, 21))
        subscription._bill_periods(1)
        self.assertEqual(
            self._glance(subscription)["step"],
            "To be paid by Saturday 21 Mar; is cut on Monday 30 Mar otherwise.",
        )

    def test_suspended_and_paused(self):
        subscription = self._create_subscription(date_start=date(2026, 2, 21))
        subscription._bill_periods(1, date=date(2026, 2, 16))
        subscription.sudo()._suspend("debt")
        glance = self._glance(subscription)
        self.assertEqual(glance["tone"], "danger")
        self.assertRegex(glance["step"], r"Comes back by itself when .*349\.00.* is paid")
        by_hand = self._create_subscription(partner_id=self.other_customer.id)
        by_hand.action_suspend()
        self.assertEqual(self._glance(by_hand)["step"], "Comes back when somebody reactivates it.")

    def test_every_state_has_words_and_a_tone(self):
        subscription = self._create_subscription()
        for state, _label in subscription._fields["state"].selection:
            subscription.sudo().state = state
            with self.subTest(state=state):
                glance = self._glance(subscription)
                self.assertTrue(glance["title"])
                self.assertIn(glance["tone"], ("success", "info", "warning", "danger", "muted"))

    def test_draft_without_dates(self):
        draft = self._create_subscription(state="draft", date_start=False)
        self.assertEqual(self._glance(draft)["step"], "Order the installation to go on.")
        self.assertFalse(draft.timeline)
        new = self.env["isp.subscription"].new({"partner_id": self.customer.id})
        self.assertFalse(new.situation)
        self.assertFalse(new.timeline)

    def test_timeline_tells_the_ledger(self):
        subscription = self._create_subscription()
        for billed in (date(2026, 1, 16), date(2026, 2, 16), date(2026, 3, 16)):
            subscription._bill_periods(1, date=billed)
        self._pay(subscription, 349.0)
        subscription.invalidate_recordset()
        reader = subscription.with_user(self.user_readonly).with_context(lang="en_US")
        segments = reader.timeline["segments"]
        kinds = [segment["kind"] for segment in segments]
        self.assertEqual(kinds[:4], ["paid", "overdue", "open", "future"])
        self.assertEqual(segments[0]["days"], 31)
        self.assertIn("21 Jan 2026 – 21 Feb 2026 · Paid", segments[0]["text"])
        self.assertIn("349.00", segments[0]["text"])

    def test_not_for_the_customer(self):
        subscription = self._create_subscription()
        user = new_test_user(
            self.env,
            login="isp_glance_customer",
            groups="base.group_portal",
            partner_id=self.customer.id,
        )
        for field in ("situation", "timeline", "search_text", "ip_address"):
            with self.subTest(field=field), self.assertRaises(AccessError):
                subscription.with_user(user).read([field])

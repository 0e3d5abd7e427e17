from datetime import date

from odoo.tests import tagged

from .card_common import MASTERCARD
from .common import OpenpayCommon
from .debit_common import DebitMixin


@tagged("post_install", "-at_install")
class TestDebitRefused(DebitMixin, OpenpayCommon):
    """Cards that the bank refuses: tried again by the schedule, or never again."""

    def setUp(self):
        super().setUp()
        with self._on("2026-03-10"):
            self.subscription = self._create_subscription(date_start=date(2026, 3, 21))
            self.mandate = self._agree(self.subscription)
        self._bill()
        self.debit = self._announce()

    def _run_days(self, first, last):
        """Let the job run at ten on every day of March from ``first`` to ``last``."""
        for day in range(first, last + 1):
            self._work(self.debit, f"2026-03-{day:02}")

    def _days(self):
        return self.debit.charge_ids.sorted("attempt").mapped("attempt_date")

    def test_schedule(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 31)
        self.assertEqual(self._days(), [date(2026, 3, day) for day in (21, 22, 24, 26, 28)])
        self.assertEqual(self.debit.state, "failed")
        self.assertEqual(set(self.debit.charge_ids.mapped("refusal")), {"soft"})
        self.assertEqual(self._completed(), [])
        self.assertEqual(len(self._notices("debit_failed")), 5)
        self.assertEqual(self.mandate.state, "active")

    def test_schedule_of_the_company(self):
        self.company.isp_debit_schedule = "0,2"
        self._card_declines(self.mandate, 3001)
        self._run_days(21, 31)
        self.assertEqual(self._days(), [date(2026, 3, 21), date(2026, 3, 23)])

    def test_several_runs_on_a_day(self):
        self._card_declines(self.mandate, 3003)
        for hour in ("15:00:00", "16:00:00", "23:00:00"):
            self._work(self.debit, "2026-03-21", hour)
        self.assertEqual(len(self.debit.charge_ids), 1)

    def test_second_attempt_pays(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 21)
        self.assertEqual((self.debit.state, self.debit.next_date), ("retry", date(2026, 3, 22)))
        self._card_declines(self.mandate, 0)
        self._run_days(22, 30)
        self.assertEqual(self.debit.state, "paid")
        self.assertEqual(len(self._completed()), 1)
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_mail_of_a_refusal(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 21)
        notice = self._notices("debit_failed")
        for words in ("not enough balance", "Nothing was charged", "Sunday 22 Mar", "1111"):
            self.assertIn(words, notice.text)
        voucher = self.subscription.voucher_ids
        self.assertEqual((len(voucher), voucher.amount), (1, 349.0))
        self.assertIn(voucher.transaction_id._openpay_voucher_url(), notice.portal_link)
        self.assertIn("Pay another way", notice.mail_mail_id.body_html)

    def test_paid_by_the_reference_of_the_mail(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 21)
        voucher = self.subscription.sudo().voucher_ids
        with self._on("2026-03-21", "17:00:00"):
            voucher._outbox_process_one()
            self._receive(self._pay_at_bank(voucher))
        self._card_declines(self.mandate, 0)
        self._run_days(22, 30)
        self.assertEqual(self.debit.state, "settled")
        self.assertEqual([c for c in self._completed() if c["method"] == "card"], [])

    def test_reference_paid_and_its_message_lost(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 21)
        voucher = self.subscription.sudo().voucher_ids
        with self._on("2026-03-21", "17:00:00"):
            voucher._outbox_process_one()
            self._pay_at_bank(voucher)
        self._card_declines(self.mandate, 0)
        self._fault("error", path=f"/charges/{voucher.charge_id}", method="GET", status=503)
        self._work(self.debit, "2026-03-22", "15:00:00")
        self.assertEqual((self.debit.state, len(self.debit.charge_ids)), ("retry", 1))
        self._run_days(22, 22)
        self.assertEqual((voucher.state, self.debit.state), ("paid", "settled"))
        self.assertEqual([c for c in self._completed() if c["method"] == "card"], [])

    def test_alarm_for_the_staff(self):
        monitor = (
            self.env["isp.payment.monitor"]
            .sudo()
            .create({"provider_id": self.provider.id, "company_id": self.company.id})
        )
        with self._on("2026-03-22"):
            self.assertFalse([text for text in monitor._alarm_reasons() if "direct debit" in text])
        with self._on("2026-03-24"):
            reasons = " ".join(monitor._alarm_reasons())
        self.assertIn("whose day has passed: 1", reasons)

    def test_without_transfers_the_mail_leads_to_the_portal(self):
        self.provider.payment_method_ids -= self.spei
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 21)
        link = self._notices("debit_failed").portal_link
        self.assertTrue(link.endswith(f"/my/isp/pay?subscription_id={self.subscription.id}"))

    def test_refused_for_good(self):
        for code in (3004, 3009, 3011, 3002):
            with self.subTest(code), self.env.cr.savepoint() as savepoint:
                self._card_declines(self.mandate, code)
                self._run_days(21, 30)
                self.assertEqual(len(self.debit.charge_ids), 1)
                self.assertEqual((self.debit.state, self.mandate.state), ("card", "suspended"))
                self.assertEqual(self.debit.charge_ids.refusal, "hard")
                self.assertIn("Register another one", self._notices("debit_failed").text)
                self.assertEqual(self.subscription._isp_next_charge()["kind"], "card")
                savepoint.rollback()
                self.env.invalidate_all()

    def test_another_card_after_a_refusal_for_good(self):
        self._card_declines(self.mandate, 3009)
        self._run_days(21, 23)
        with self._on("2026-03-23"):
            mandate = self._agree(self.subscription, MASTERCARD)
        self.assertEqual((self.debit.state, self.debit.mandate_id), ("retry", mandate))
        self.assertEqual(mandate.first_date_shown, date(2026, 3, 23), "what was agreed to")
        self._run_days(23, 30)
        self.assertEqual(self.debit.state, "paid")
        self.assertEqual(self._days(), [date(2026, 3, 21), date(2026, 3, 23)])
        self.assertEqual(len(self._completed()), 1)

    def test_another_card_on_the_day_of_the_refusal(self):
        self._card_declines(self.mandate, 3009)
        self._run_days(21, 21)
        with self._on("2026-03-21", "18:00:00"):
            self._agree(self.subscription, MASTERCARD)
        self._work(self.debit, "2026-03-21", "19:00:00")
        self.assertEqual(len(self.debit.charge_ids), 1, "one attempt a day, whatever card")
        self._run_days(22, 22)
        self.assertEqual(self.debit.state, "paid")

    def test_another_card_while_the_bank_takes_its_time(self):
        """The refusal of the former card is nothing against the one registered meanwhile."""
        self._card_declines(self.mandate, 3009)
        self._fault("drop")
        self._run_days(21, 21)
        self.assertEqual(self.debit.state, "charging")
        with self._on("2026-03-21", "16:10:00"):
            mandate = self._agree(self.subscription, MASTERCARD)
        with self._on("2026-03-21", "16:30:00"):
            self.debit.charge_ids._outbox_process_one()
        self._work(self.debit, "2026-03-21", "17:00:00")
        self.assertEqual((mandate.state, self.debit.state), ("active", "retry"))
        text = self._notices("debit_failed").text
        self.assertIn("Visa ···· 1111", text)
        self.assertIn("Sunday 22 Mar", text)
        self._run_days(22, 22)
        self.assertEqual((self.debit.state, len(self._completed())), ("paid", 1))

    def test_refused_for_good_for_every_service(self):
        """Who was told that a card is not tried again is not charged by his other service."""
        with self._on("2026-03-10"):
            second = self._create_subscription(date_start=date(2026, 3, 21))
            other = self._agree(second)
        self.assertEqual(other.token_id, self.mandate.token_id)
        self._bill(subscription=second)
        debit = self._announce()
        self._card_declines(self.mandate, 3009)
        self._run_days(21, 21)
        self.assertEqual((other.state, other.suspend_code), ("suspended", "3009"))
        self._work(debit, "2026-03-21", "17:00:00")
        self.assertFalse(debit.charge_ids)
        notice = self._notices("debit_card", second)
        self.assertIn("the card is blocked", notice.text)
        with self._on("2026-03-22"):
            self._agree(second, MASTERCARD)
        self._work(debit, "2026-03-22", "17:00:00")
        self.assertEqual(debit.state, "paid")

    def test_another_card_after_giving_up(self):
        self.company.isp_debit_schedule = "0"
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 22)
        self.assertEqual(self.debit.state, "failed")
        with self._on("2026-03-23"):
            self._agree(self.subscription, MASTERCARD)
        again = self._announce("2026-03-23")
        self.assertEqual((again, again.charge_date), (self.debit, date(2026, 3, 28)))
        self._run_days(23, 28)
        self.assertEqual(self.debit.state, "paid")

    def test_switched_off_between_attempts(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 21)
        self.mandate._isp_end("customer")
        self._run_days(22, 30)
        self.assertEqual((len(self.debit.charge_ids), self.debit.state), (1, "cancelled"))

    def test_switched_off_while_being_charged(self):
        self._fault("drop")
        self._run_days(21, 21)
        self.mandate._isp_end("customer")
        with self._on("2026-03-21", "16:30:00"):
            self.debit.charge_ids._outbox_process_one()
        self._run_days(22, 30)
        self.assertEqual(self.debit.state, "paid", "it was made before; the customer sees it")
        self.assertEqual(len(self._completed()), 1)

    def test_our_own_fault_is_not_the_customers(self):
        self.provider.openpay_private_key = "sk_" + "b2" * 16
        self._run_days(21, 21)
        charge = self.debit.charge_ids
        self.assertFalse(self._notices("debit_failed"))
        self.assertNotEqual(charge.state, "paid")
        self.assertEqual(self._completed(), [])

    def test_a_planned_attempt_postpones_no_cut(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 26)
        self.assertEqual((self.debit.state, self.debit.next_date), ("retry", date(2026, 3, 28)))
        with self._on("2026-03-27"):
            self.assertEqual(self.subscription._isp_cut_verdict(date(2026, 3, 27)).verdict, "cut")
            text, tone = self.subscription._isp_next_step()
        self.assertIn("The card is charged", text)
        self.assertEqual(tone, "danger")

    def test_an_unknown_charge_postpones_the_cut(self):
        self._fault("drop")
        self._run_days(21, 21)
        with self._on("2026-03-21"):
            self.assertTrue(self.subscription._has_pending_payment())

    def test_suspended_service_comes_back(self):
        self._card_declines(self.mandate, 3003)
        self._run_days(21, 26)
        with self._on("2026-03-27"):
            self.subscription._suspend("debt")
        self._card_declines(self.mandate, 0)
        self._run_days(27, 28)
        self.assertEqual((self.debit.state, self.subscription.state), ("paid", "active"))

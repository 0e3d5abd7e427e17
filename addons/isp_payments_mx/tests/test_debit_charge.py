from datetime import date

from psycopg2 import IntegrityError

from odoo.tests import tagged
from odoo.tools import mute_logger

from .card_common import MASTERCARD
from .common import OpenpayCommon
from .debit_common import DebitMixin


@tagged("post_install", "-at_install")
class TestDebitCharge(DebitMixin, OpenpayCommon):
    """One charge per period, on its day, never more than is owed, announced and agreed to."""

    def setUp(self):
        super().setUp()
        with self._on("2026-03-10"):
            self.subscription = self._create_subscription(date_start=date(2026, 3, 21))
            self.mandate = self._agree(self.subscription)

    def _announced(self):
        """Return the charge of the period from 2026-03-21, billed and told."""
        self._bill()
        return self._announce()

    # === ANNOUNCING === #

    def test_announced_in_time(self):
        self._bill()
        self.assertFalse(self._announce("2026-03-14"), "a day of margin, no more")
        debit = self._announce("2026-03-15")
        self.assertEqual((debit.period_start, debit.date_due), (date(2026, 3, 21),) * 2)
        self.assertEqual((debit.charge_date, debit.next_date), (date(2026, 3, 21),) * 2)
        self.assertEqual((debit.amount, debit.state), (349.0, "announced"))
        notice = debit.notice_id
        self.assertEqual((notice.kind, notice.amount), ("debit", 349.0))
        self.assertEqual(notice.date_due, date(2026, 3, 21))
        for words in ("Saturday 21 Mar 2026", "1111", self.mandate.name):
            self.assertIn(words, notice.text)
        self.assertIn("349.00", notice.subject)
        self.assertFalse(self._announce("2026-03-16"), "once")

    def test_late_notice_moves_the_charge(self):
        self._bill()
        debit = self._announce("2026-03-19")
        self.assertEqual(debit.charge_date, date(2026, 3, 24))

    def test_limit_of_the_mandate(self):
        self.env.cr.execute("UPDATE isp_card_mandate SET amount_cap = 300")
        self.mandate.invalidate_recordset()
        self.assertEqual(self._announced().amount, 300.0)

    def test_credit_comes_first(self):
        with self._on("2026-03-11"):
            self._create_payment(self.subscription, 100.0)
        self._bill()
        self.assertEqual(self._announce().amount, 249.0)

    def test_nothing_owed_nothing_announced(self):
        self._bill()
        with self._on("2026-03-14"):
            self._pay(self.subscription, 349.0)
        self.assertFalse(self._announce())

    def test_notices_are_owed_by_law(self):
        self.company.isp_notify_service = False
        self.assertTrue(self._announced().notice_id.mail_mail_id)

    def test_paid_before_the_mail_goes_out(self):
        self._bill()
        debit = self._announce(deliver=False)
        self.assertFalse(debit.notice_id._isp_is_moot())
        self.mandate._isp_end("customer")
        self.assertTrue(debit.notice_id._isp_is_moot())

    # === CHARGING === #

    def test_charged_on_the_day(self):
        debit = self._announced()
        self._work(debit, "2026-03-20")
        self.assertEqual(self._charges(), [])
        self._work(debit, "2026-03-21")
        self.assertEqual((debit.state, debit.amount_charged), ("paid", 349.0))
        charge = debit.charge_ids
        self.assertEqual((charge.mode, charge.attempt), ("stored", 1))
        self.assertEqual(charge.attempt_date, date(2026, 3, 21))
        payment = self._payments(self.subscription)
        self.assertEqual((payment.amount, payment.isp_payment_form_id.code), (349.0, "card"))
        self.assertEqual(self.subscription.cutoff_date, date(2026, 4, 21))
        for day in ("2026-03-21", "2026-03-22", "2026-03-28"):
            self._work(debit, day)
            self.assertFalse(self._announce(day))
        self.assertEqual(len(self._charges()), 1)

    def test_hours(self):
        debit = self._announced()
        for hour in ("13:59:00", "02:30:00"):
            self._work(debit, "2026-03-21" if hour > "12" else "2026-03-22", hour)
            self.assertEqual(self._charges(), [])
        self._work(debit, "2026-03-22", "01:59:00")
        self.assertEqual(debit.charge_ids.attempt_date, date(2026, 3, 21))

    def test_no_charge_without_notice(self):
        self._bill()
        debit = self._announce(deliver=False)
        self._work(debit, "2026-03-21")
        self.assertEqual((self._charges(), debit.state), ([], "announced"))
        self.assertTrue(debit.reason)
        with self._on("2026-03-22"):
            self._deliver(debit.notice_id)
        self._work(debit, "2026-03-22")
        self.assertEqual((self._charges(), debit.next_date), ([], date(2026, 3, 27)))
        self._work(debit, "2026-03-27")
        self.assertEqual(debit.state, "paid")

    def test_paid_another_way(self):
        debit = self._announced()
        with self._on("2026-03-20"):
            self._pay(self.subscription, 349.0)
        self._work(debit, "2026-03-21")
        self.assertEqual((self._charges(), debit.state), ([], "settled"))

    def test_partly_paid(self):
        debit = self._announced()
        with self._on("2026-03-20"):
            self._pay(self.subscription, 100.0)
        self._work(debit, "2026-03-21")
        self.assertEqual([charge["amount"] for charge in self._completed()], [249.0])
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_never_more_than_announced(self):
        with self._on("2026-03-14"):
            self._create_payment(self.subscription, 100.0)
        debit = self._announced()
        self.assertEqual(debit.amount, 249.0)
        self._payments(self.subscription).action_draft()
        self._payments(self.subscription).action_cancel()
        self._work(debit, "2026-03-21")
        self.assertLessEqual(sum(charge["amount"] for charge in self._completed()), 249.0)

    def test_reopened_bill_is_announced_anew(self):
        debit = self._announced()
        with self._on("2026-03-20"):
            payment = self._pay(self.subscription, 349.0)
        self._work(debit, "2026-03-21")
        with self._on("2026-03-22"):
            payment.action_draft()
            payment.action_cancel()
        again = self._announce("2026-03-22")
        self.assertEqual((again, again.opening, again.charge_date), (debit, 2, date(2026, 3, 27)))
        self.assertEqual(len(self._notices("debit")), 2)
        self._work(debit, "2026-03-27")
        self.assertEqual(len(self._completed()), 1)

    def test_next_month(self):
        self._work(self._announced(), "2026-03-21")
        self._bill("2026-04-14")
        debit = self._announce("2026-04-15")
        self.assertEqual(debit.period_start, date(2026, 4, 21))
        self._work(debit, "2026-04-21")
        self.assertEqual(len(self._completed()), 2)
        self.assertEqual(self.subscription.cutoff_date, date(2026, 5, 21))

    def test_two_services_of_one_payer(self):
        with self._on("2026-03-10"):
            other = self._create_subscription(date_start=date(2026, 3, 21))
            self._agree(other, MASTERCARD)
        self._bill()
        self._bill(subscription=other)
        for debit in self._announce():
            self._work(debit, "2026-03-21")
        self.assertEqual([charge["amount"] for charge in self._completed()], [349.0, 349.0])
        self.assertEqual(self.subscription.balance_due + other.balance_due, 0.0)

    # === OBSTACLES === #

    def test_account_switched_off(self):
        debit = self._announced()
        self.provider.state = "disabled"
        self.assertTrue(self.mandate.token_id.active, "the card is kept")
        self._work(debit, "2026-03-21")
        self.assertEqual((self._charges(), debit.state), ([], "announced"))
        self.provider.state = "test"
        self._work(debit, "2026-03-21", "17:00:00")
        self.assertEqual(debit.state, "paid")

    def test_customer_deletes_the_card(self):
        debit = self._announced()
        self.mandate.token_id.active = False
        self.assertEqual(self.mandate.state, "suspended")
        self._work(debit, "2026-03-21")
        self.assertEqual(self._charges(), [])

    def test_waits_for_another_payment(self):
        debit = self._announced()
        self._fault("drop")
        with self._on("2026-03-21"):
            other = self._start_card(self.subscription)
        self.assertEqual(other.outbox_state, "unknown")
        self._work(debit, "2026-03-21")
        self.assertFalse(debit.charge_ids)
        with self._on("2026-03-21", "16:30:00"):
            other._outbox_process_one()
        self._work(debit, "2026-03-21", "17:00:00")
        self.assertEqual(debit.state, "settled")
        self.assertEqual(len(self._completed()), 1)

    def test_switched_off_before_the_day(self):
        debit = self._announced()
        self.mandate._isp_end("customer")
        self._work(debit, "2026-03-21")
        self.assertEqual((self._charges(), debit.state), ([], "cancelled"))
        self.assertIsNone(self.subscription._isp_next_charge())

    def test_agreed_again_is_told_again(self):
        debit = self._announced()
        with self._on("2026-03-18"):
            self.mandate._isp_end("customer")
            self._agree(self.subscription, MASTERCARD)
        again = self._announce("2026-03-18")
        self.assertEqual((again, again.charge_date), (debit, date(2026, 3, 23)))
        self._work(debit, "2026-03-21")
        self.assertEqual(self._charges(), [])
        self._work(debit, "2026-03-23")
        self.assertEqual([charge["card"]["brand"] for charge in self._completed()], ["mastercard"])

    def test_another_card_keeps_the_notice(self):
        debit = self._announced()
        with self._on("2026-03-18"):
            mandate = self._agree(self.subscription, MASTERCARD)
        self.assertEqual(mandate.first_date_shown, date(2026, 3, 21), "what was agreed to")
        self._work(debit, "2026-03-21")
        self.assertEqual(debit.state, "paid")
        self.assertEqual([charge["card"]["brand"] for charge in self._completed()], ["mastercard"])

    def test_another_day_is_told_anew(self):
        """Nobody is charged before the day that he agreed to last."""
        debit = self._announced()
        with self._on("2026-03-16"):
            mandate = self._agree(self.subscription, day=24)
            coming = self.subscription._isp_next_charge()
        self.assertEqual(mandate.first_date_shown, date(2026, 3, 24))
        self.assertEqual((coming["date"], coming["amount"]), (date(2026, 3, 24), 349.0))
        self._work(debit, "2026-03-21")
        self.assertFalse(debit.charge_ids)
        self.assertEqual(self._announce("2026-03-18"), debit)
        self.assertEqual((debit.mandate_id, debit.charge_date), (mandate, date(2026, 3, 24)))
        self.assertEqual(len(self._notices("debit")), 2)
        self._work(debit, "2026-03-23")
        self.assertFalse(debit.charge_ids)
        self._work(debit, "2026-03-24")
        self.assertEqual((debit.state, len(self._completed())), ("paid", 1))

    def test_only_the_newest_period(self):
        self._card_declines(self.mandate, 3003)
        first = self._announced()
        self._work(first, "2026-03-21")
        self._card_declines(self.mandate, 0)
        first.next_date = date(2026, 4, 25)
        self._bill("2026-04-14")
        second = self._announce("2026-04-15")
        self.assertEqual(second.amount, 698.0, "with what the first left open")
        self._work(second, "2026-04-21")
        self._work(first, "2026-04-25")
        self.assertEqual((first.state, second.state), ("failed", "paid"))
        self.assertEqual([charge["amount"] for charge in self._completed()], [698.0])

    # === UNIQUENESS === #

    def test_one_attempt_a_day_and_number(self):
        debit = self._announced()
        self._card_declines(self.mandate, 3003)
        self._work(debit, "2026-03-21")
        with mute_logger("odoo.sql_db"), self._on("2026-03-22"):
            for changes in (
                {"attempt_date": date(2026, 3, 21)},
                {"attempt": 1},
            ):
                with self.assertRaises(IntegrityError), self.env.cr.savepoint():
                    debit._isp_attempt(date(2026, 3, 22)).write(changes)
                    self.env.flush_all()

    def test_one_row_per_period(self):
        debit = self._announced()
        vals = {
            "mandate_id": self.mandate.id,
            "date_due": debit.date_due,
            "charge_date": debit.charge_date,
            "amount": 1.0,
        }
        with (
            mute_logger("odoo.sql_db"),
            self.assertRaises(IntegrityError),
            self.env.cr.savepoint(),
        ):
            debit._isp_create(self.subscription, debit.period_start, vals)

    def test_order_of_another_charge_stops(self):
        debit = self._announced()
        self._work(debit, "2026-03-20")
        with self._on("2026-03-21"):
            charge = debit._isp_attempt(date(2026, 3, 21))
            charge._outbox_note("error", ValueError("amount"), "order_id")
        self._work(debit, "2026-03-21")
        self.assertEqual(debit.state, "failed")
        self.assertTrue(debit.reason)
        self._work(debit, "2026-03-22")
        self.assertEqual(len(debit.charge_ids), 1)

    # === JOBS === #

    def test_jobs(self):
        self._bill()
        with self._on("2026-03-15"), self._committing_env() as env:
            env["isp.card.debit"]._cron_announce()
        debit = self.subscription.debit_ids
        self.assertEqual(debit.state, "announced")
        self._deliver_on(debit.notice_id, "2026-03-15")
        with self._on("2026-03-21"), self._committing_env() as env:
            env["isp.card.debit"]._cron_charge()
            env["isp.card.debit"]._cron_charge()
        self.assertEqual(debit.state, "paid")
        self.assertEqual(len(self._charges()), 1)

    def test_only_what_is_due_is_looked_at(self):
        debit = self._announced()
        cases = (
            (date(2026, 3, 20), True, False),
            (date(2026, 3, 21), False, False),
            (date(2026, 3, 21), True, True),
            (date(2026, 3, 25), True, True),
        )
        for day, is_open, due in cases:
            domain = debit._isp_work_domain(self.company, day, is_open)
            self.assertEqual(bool(debit.search(domain)), due, (day, is_open))
        self._fault("drop")
        self._work(debit, "2026-03-21")
        domain = debit._isp_work_domain(self.company, date(2026, 3, 21), False)
        self.assertTrue(debit.search(domain), "the outcome is looked for at night too")

    def test_runs_that_wait_for_a_confirmation_charge_nobody(self):
        debit = self._announced()
        runs = self.env["isp.run"].sudo()
        with self._on("2026-03-05"):
            run = runs.with_context(isp_auto_run=True)._isp_start(
                self.company, "billing", date(2026, 3, 5)
            )
            run._isp_close("done")
        with self._on("2026-03-21"), self._committing_env() as env:
            env["isp.card.debit"]._cron_charge()
        self.assertEqual((self._charges(), debit.state), ([], "announced"))

    def _deliver_on(self, notice, day):
        with self._on(day):
            self._deliver(notice)

    def test_next_charge_shown(self):
        with self._on("2026-03-10"):
            coming = self.subscription._isp_next_charge()
        self.assertEqual((coming["kind"], coming["amount"]), ("expected", 349.0))
        self.assertEqual(coming["date"], date(2026, 3, 21))
        debit = self._announced()
        with self._on("2026-03-16"):
            coming = self.subscription._isp_next_charge()
            self.assertEqual((coming["kind"], coming["debit"]), ("announced", debit))
            self.assertIn("The card is charged", self.subscription._isp_next_step()[0])

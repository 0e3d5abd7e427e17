from datetime import date

from odoo.exceptions import UserError
from odoo.tests import tagged

from .. import const
from .card_common import CHALLENGE
from .common import OpenpayCommon
from .debit_common import MORNING, DebitMixin


@tagged("post_install", "-at_install")
class TestDebitUnknown(DebitMixin, OpenpayCommon):
    """Lost answers and workers that died: asked for, never tried again; one charge in the end."""

    def setUp(self):
        super().setUp()
        with self._on("2026-03-10"):
            self.subscription = self._create_subscription(date_start=date(2026, 3, 21))
            self.mandate = self._agree(self.subscription)

    def _announced(self):
        """Return the charge of the period from 2026-03-21, billed and told."""
        self._bill()
        return self._announce()

    def test_lost_answer(self):
        debit = self._announced()
        self._fault("drop")
        self._work(debit, "2026-03-21")
        self.assertEqual((debit.state, debit.charge_ids.outbox_state), ("charging", "unknown"))
        self._work(debit, "2026-03-21", "17:00:00")
        self._work(debit, "2026-03-22")
        self.assertEqual(len(debit.charge_ids), 1, "no attempt while one is unknown")
        with self._on("2026-03-22", "16:30:00"):
            debit.charge_ids._outbox_process_one()
        self._work(debit, "2026-03-22", "17:00:00")
        self.assertEqual(debit.state, "paid")
        self.assertEqual(len(self._charges()), 1)

    def _pay_on_openpay(self, hour):
        """The customer opens Openpay's page for the same bill, on the day of the charge."""
        with self._on("2026-03-21", hour):
            charge = self._start_card(self.subscription, mode="hosted", months=0)
        self.env.cr.execute(  # the database writes the time of the test itself
            "UPDATE isp_card_charge SET create_date = %s WHERE id = %s",
            (f"2026-03-21 {hour}", charge.id),
        )
        charge.invalidate_recordset()
        return charge

    def test_customer_is_paying_by_card(self):
        """He has the page of his bank open: both charges would take the money."""
        debit = self._announced()
        charge = self._pay_on_openpay("15:58:00")
        self._work(debit, "2026-03-21")
        self.assertFalse(debit.charge_ids)
        self.assertIn("by card", debit.reason)
        with self._on("2026-03-21", "16:05:00"):
            self._settle_secure(charge)
            self._receive({"id": charge.charge_id})
        self._work(debit, "2026-03-21", "17:00:00")
        self.assertEqual((debit.state, len(self._completed())), ("settled", 1))

    def test_customer_paid_by_card_and_nobody_said_so(self):
        """He closed the page, no message came: the charge is asked about before another one."""
        debit = self._announced()
        charge = self._pay_on_openpay("14:00:00")
        self._settle_secure(charge)
        self._work(debit, "2026-03-21")
        self.assertEqual((debit.state, charge.state), ("settled", "paid"))
        self.assertEqual(len(self._completed()), 1)

    def test_customer_paid_what_was_given_up(self):
        """The same after we had stopped waiting for him."""
        debit = self._announced()
        charge = self._pay_on_openpay("14:00:00")
        charge._abandon()
        self._settle_secure(charge)
        self._work(debit, "2026-03-21")
        self.assertEqual((debit.state, charge.state), ("settled", "paid"))
        self.assertEqual(len(self._completed()), 1)

    def test_customer_paid_a_reference_after_its_end(self):
        """Openpay had not closed it yet, and no message came."""
        debit = self._announced()
        with self._on("2026-03-20"):
            voucher = self._start_voucher(self.subscription, months=0)
            voucher._expire()
            self._pay_at_bank(voucher)
        self._work(debit, "2026-03-21")
        self.assertEqual((debit.state, voucher.state), ("settled", "paid"))
        self.assertFalse(debit.charge_ids)

    def test_payment_that_openpay_has_forgotten(self):
        """What Openpay does not know was not paid: the card is charged."""
        debit = self._announced()
        charge = self._pay_on_openpay("14:00:00")
        charge.charge_id = "trforgotten"
        self._work(debit, "2026-03-21")
        self.assertEqual(debit.state, "paid")

    def test_attempt_that_openpay_has_forgotten(self):
        """It waited for the cardholder; the period does not wait for ever."""
        debit = self._announced()
        with self._on("2026-03-21"):
            charge = debit._isp_attempt(date(2026, 3, 21))
        query = "UPDATE isp_card_charge SET create_date = '2026-03-21 16:00:00' WHERE id = %s"
        self.env.cr.execute(query, (charge.id,))
        charge.invalidate_recordset()
        charge.write({"outbox_state": "done", "charge_id": "trforgotten"})
        charge.charge_status = "charge_pending"
        with self._on("2026-03-21", "17:00:00"):
            charge._sweep_one()
        self.assertEqual(charge.state, "expired")
        self.assertTrue(charge.next_check_at, "asked about, should it turn up after all")
        self._work(debit, "2026-03-22")
        self._work(debit, "2026-03-23")
        self.assertEqual((debit.state, len(self._completed())), ("paid", 1))

    def test_request_that_never_arrived(self):
        debit = self._announced()
        self._fault("refuse")
        self._work(debit, "2026-03-21")
        with self._on("2026-03-21", "16:30:00"):
            debit.charge_ids._outbox_process_one()
        self.assertEqual(debit.charge_ids.error_code, const.CARD_NOT_FOUND)
        self._work(debit, "2026-03-21", "17:00:00")
        self.assertEqual((debit.state, debit.next_date), ("retry", date(2026, 3, 22)))
        self.assertFalse(self._notices("debit_failed"), "the card was not refused")
        self._work(debit, "2026-03-22")
        self.assertEqual(debit.state, "paid")
        self.assertEqual(len(self._completed()), 1)

    def test_given_up_and_paid_after_all(self):
        self._card_declines(self.mandate, 3003)
        self.company.isp_debit_schedule = "0"
        debit = self._announced()
        self._work(debit, "2026-03-21")
        self.assertEqual(debit.state, "failed")
        debit.charge_ids.transaction_id._set_done()
        found = debit.search(debit._isp_work_domain(self.company, date(2026, 3, 22), False))
        self.assertEqual(found, debit)
        self._work(debit, "2026-03-22")
        self.assertEqual(debit.state, "paid")

    def test_answer_that_comes_after_it_was_given_up(self):
        """The bank accepted it after all: the charge is closed with the booking, not days later."""
        debit = self._announced()
        self._fault("drop")
        self._work(debit, "2026-03-21")
        attempt = debit.charge_ids
        with self._on("2026-03-21", "17:00:00"):
            attempt._outbox_note("error", UserError("not found"), const.CARD_NOT_FOUND)
            self._work(debit, "2026-03-21", "17:00:00")
            self.assertEqual(debit.state, "retry")
            attempt._sweep_one()
        self.assertEqual((attempt.state, debit.state, debit.next_date), ("paid", "paid", False))
        self.assertEqual(debit.amount_charged, attempt.amount)

    def test_worker_that_died_before_sending(self):
        debit = self._announced()
        with self._on("2026-03-21"):
            charge = debit._isp_attempt(date(2026, 3, 21))
        self._work(debit, "2026-03-21", "17:00:00")
        self.assertEqual(debit.charge_ids, charge, "the attempt exists")
        with self._on("2026-03-21", "17:30:00"):
            charge._outbox_process_one()
        self._work(debit, "2026-03-21", "18:00:00")
        self.assertEqual((debit.state, len(self._charges())), ("paid", 1))

    def test_attempt_found_too_late_is_withdrawn(self):
        cases = {
            "the day after": ("2026-03-22", MORNING, lambda: None),
            "at night": ("2026-03-21", "05:30:00", lambda: None),
            "paid meanwhile": (
                "2026-03-21",
                "17:00:00",
                lambda: self._pay(self.subscription, 349.0),
            ),
            "switched off": ("2026-03-21", "17:00:00", lambda: self.mandate._isp_end("customer")),
        }
        debit = self._announced()
        with self._on("2026-03-21"):
            charge = debit._isp_attempt(date(2026, 3, 21))
        for name, (day, hour, happen) in cases.items():
            with self.subTest(name), self.env.cr.savepoint() as savepoint:
                with self._on(day, hour):
                    happen()
                    charge._outbox_process_one()
                self.assertEqual(charge.error_code, const.DEBIT_WITHDRAWN)
                self.assertEqual(self._charges(), [])
                savepoint.rollback()
                self.env.invalidate_all()

    def test_server_down_for_an_hour(self):
        debit = self._announced()
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        self._work(debit, "2026-03-21")
        self.assertEqual((debit.state, debit.charge_ids.outbox_state), ("charging", "ready"))
        self.provider.openpay_base_url = self.simulator.url
        with self._on("2026-03-21", "17:00:00"):
            debit.charge_ids._outbox_process_one()
        self._work(debit, "2026-03-21", "18:00:00")
        self.assertEqual((debit.state, len(self._charges())), ("paid", 1))

    def test_bank_wants_the_cardholder(self):
        with self._on("2026-03-18"):
            self._agree(self.subscription, CHALLENGE)
        debit = self._announced()
        self._fault("error_after", status=200, body={})
        self._work(debit, "2026-03-21")
        charge = debit.charge_ids
        charge.write({"outbox_state": "done", "charge_status": "charge_pending"})
        self.assertEqual(charge.state, "pending")
        self._work(debit, "2026-03-22")
        self.assertEqual((debit.state, len(debit.charge_ids)), ("charging", 1))
        charge._abandon()
        self._work(debit, "2026-03-22")
        self.assertEqual((debit.state, debit.last_code), ("retry", const.DEBIT_CONFIRM))
        self.assertEqual(debit.next_date, date(2026, 3, 23))
        self.assertIn("confirm the payment yourself", self._notices("debit_failed").text)

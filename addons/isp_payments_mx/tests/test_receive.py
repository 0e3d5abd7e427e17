from odoo.fields import Command
from odoo.tests import tagged

from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestReceive(OpenpayCommon):
    """What money that arrived does, whatever way the news came."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.voucher = self._start_voucher(self.subscription, months=2)
        self.tx = self.voucher.transaction_id

    def test_exact_payment(self):
        before = self.subscription.cutoff_date
        tx = self._receive(self._pay_at_bank(self.voucher))
        payment = tx.payment_id
        self.assertEqual((tx, tx.state, tx.is_post_processed), (self.tx, "done", True))
        self.assertEqual(self.voucher.state, "paid")
        self.assertEqual((payment.amount, payment.isp_amount_due), (698.0, 698.0))
        self.assertEqual(payment.isp_payment_form_id.code, "spei")
        self.assertEqual(payment.isp_reference, self.voucher.reference)
        self.assertEqual(payment.isp_cutoff_from, before)
        self.assertEqual(payment.isp_cutoff_to, self.subscription.cutoff_date)
        self.assertEqual((before.month + 2 - 1) % 12 + 1, self.subscription.cutoff_date.month)
        self.assertTrue(payment.isp_number)

    def test_moment_is_that_of_the_bank(self):
        charge = self._pay_at_bank(self.voucher)
        payment = self._receive(charge).payment_id
        local = charge["operation_date"][:10]
        self.assertEqual(str(payment.date), local)
        self.assertEqual(payment.isp_paid_at, self.tx.isp_paid_at)

    def test_again_and_again(self):
        charge = self._pay_at_bank(self.voucher)
        for _time in range(4):
            self._receive(charge)
        self.assertEqual(len(self._payments(self.subscription)), 1)
        self.assertEqual(self.subscription.credit_balance, 0.0)

    def test_less_is_a_partial_payment(self):
        tx = self._receive(self._pay_at_bank(self.voucher, 349.0))
        self.assertEqual((tx.state, tx.amount, tx.isp_amount_due), ("done", 349.0, 698.0))
        payment = tx.payment_id
        self.assertEqual((payment.amount, payment.isp_amount_due), (349.0, 698.0))
        self.assertEqual(self.subscription.credit_balance, 0.0)
        self.assertIn("349.00", self.subscription.message_ids[0].body)

    def test_more_is_credit(self):
        self._receive(self._pay_at_bank(self.voucher, 800.0))
        self.assertEqual(self.subscription.credit_balance, 102.0)
        self.assertEqual(self.voucher.amount_received, 800.0)

    def test_paid_twice_is_a_second_payment(self):
        first = self._receive(self._pay_at_bank(self.voucher))
        second = self._receive(self._pay_at_bank(self.voucher))
        self.assertNotEqual(first, second)
        self.assertEqual(second.isp_voucher_id, self.voucher)
        self.assertEqual(second.reference, f"{first.reference}-{second.openpay_charge_id[-8:]}")
        self.assertEqual(self._payments(self.subscription).mapped("amount"), [698.0, 698.0])
        self.assertEqual(self.subscription.credit_balance, 698.0)
        self.assertEqual(self.voucher.charge_id, first.openpay_charge_id)

    def test_late_payment_is_booked(self):
        charge = self.simulator.post("/_control/expire", {"charge_id": self.voucher.charge_id})
        self._receive(charge)
        self.assertEqual((self.tx.state, self.voucher.state), ("cancel", "expired"))
        self._receive(self._pay_at_bank(self.voucher))
        self.assertEqual((self.tx.state, self.voucher.state), ("done", "paid"))
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_news_in_the_wrong_order(self):
        self._receive(self._pay_at_bank(self.voucher))
        old = {**self._charges()[0], "status": "cancelled"}
        self._book(old)
        self.assertEqual((self.tx.state, self.voucher.state), ("done", "paid"))
        old["status"] = "in_progress"
        self._book(old)
        self.assertEqual(self.tx.state, "done")

    def test_other_currency_is_refused(self):
        charge = {**self._pay_at_bank(self.voucher), "currency": "USD"}
        self._book(charge)
        self.assertEqual(self.tx.state, "error")
        self.assertFalse(self._payments(self.subscription))

    def test_failed_charge(self):
        charge = {**self._charges()[0], "status": "failed", "error_message": "No"}
        self._book(charge)
        self.assertEqual((self.tx.state, self.voucher.state), ("error", "failed"))
        self._receive(self._pay_at_bank(self.voucher))
        self.assertEqual(self.tx.state, "done")

    def test_sibling_vouchers(self):
        other = self._start_voucher(self.subscription, months=1)
        self._receive(self._pay_at_bank(self.voucher))
        self._receive(self._pay_at_bank(other))
        self.assertEqual(len(self._payments(self.subscription)), 2)
        self.assertEqual(self.voucher.state, "paid")
        self.assertEqual(other.state, "paid")

    def test_charge_of_somebody_else(self):
        charge = {**self._pay_at_bank(self.voucher), "id": "trforeign", "order_id": "X~1"}
        found = self._book(charge)
        self.assertFalse(found)

    def test_charge_by_another_method(self):
        charge = {**self._pay_at_bank(self.voucher), "id": "trforeign", "method": "store"}
        found = self._book(charge)
        self.assertFalse(found)

    def test_suspended_service_comes_back(self):
        self.subscription._bill_periods(1)
        self.subscription._suspend("debt")
        self.assertEqual(self.subscription.state, "suspended")
        self._receive(self._pay_at_bank(self.voucher))
        self.assertEqual(self.subscription.state, "active")

    # === THE SERVICE IS ANOTHER CUSTOMER'S BY NOW === #

    def test_money_of_the_former_customer(self):
        voucher = self._start_voucher(self._create_subscription())
        service = voucher.subscription_id
        waiting = self._start_voucher(service, months=2, send=False)
        service.with_user(self.user_billing).partner_id = self.other_customer
        self.assertEqual((voucher.state, waiting.state), ("expired", "expired"))
        self.assertFalse(voucher._renew())
        fresh = self._start_voucher(service)
        self.assertEqual((fresh.partner_id, fresh.state), (self.other_customer, "pending"))
        self.assertFalse(voucher._get_successor(), "another customer's reference")
        self._receive(self._pay_at_bank(voucher))
        payment = voucher.transaction_id.payment_id
        self.assertEqual((payment.partner_id, payment.amount), (self.customer, 349.0))
        self.assertFalse(payment.isp_subscription_id)
        self.assertIn("stays as credit", service.message_ids[0].body)
        self.assertEqual((fresh.state, len(service.period_ids)), ("pending", 0))
        self._receive(self._pay_at_bank(fresh))
        self.assertEqual(fresh.transaction_id.payment_id.partner_id, self.other_customer)

    # === INVOICES: AN UNPAID REFERENCE DOES NOT HIDE "PAY NOW" === #

    def _set_up_invoice(self):
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("account_payment.enable_portal_payment", "True")
        self.move = self.init_invoice(
            "out_invoice", partner=self.customer, amounts=[100.0], post=True
        )
        self.tx = self._create_transaction(
            "INV/A", self.move.amount_residual, invoice_ids=[Command.set(self.move.ids)]
        )

    def test_pending_voucher(self):
        self._set_up_invoice()
        self.assertTrue(self.move._has_to_be_paid())
        self.tx._set_pending()
        self.assertTrue(self.move._has_to_be_paid())
        self.assertFalse(self.move._get_online_payment_error())

    def test_other_pending_methods_still_hide_it(self):
        self._set_up_invoice()
        self.tx._set_pending()
        self.tx.payment_method_id = self.env.ref("payment.payment_method_card")
        self.assertFalse(self.move._has_to_be_paid())
        self.assertTrue(self.move._get_online_payment_error())

    def test_feature_switched_off(self):
        self._set_up_invoice()
        self.tx._set_pending()
        parameters = self.env["ir.config_parameter"].sudo()
        parameters.set_param("account_payment.enable_portal_payment", "False")
        self.assertFalse(self.move._has_to_be_paid())

    def test_paid_invoice(self):
        self._set_up_invoice()
        self.tx.isp_voucher_id = False
        voucher = self.env["isp.payment.voucher"].sudo()._create_for(self.tx)
        voucher._outbox_process_one()
        self._receive(self._pay_at_bank(voucher))
        self.assertEqual((self.tx.state, self.move.amount_residual), ("done", 0.0))
        self.assertFalse(self.move._has_to_be_paid())
        self.assertEqual(self.tx.payment_id.isp_payment_form_id.code, "spei")

    def test_invoice_paid_late_or_with_another_amount(self):
        """There is no service to write on: the money is booked, and told on the invoice."""
        vouchers = self.env["isp.payment.voucher"].sudo()
        for amount, late, left in ((150.0, False, 50.0), (250.0, False, 0.0), (200.0, True, 0.0)):
            with self.subTest(amount=amount, late=late):
                move = self.init_invoice(
                    "out_invoice", partner=self.customer, amounts=[200.0], post=True
                )
                reference = f"INV/{amount:.0f}/{late}"
                tx = self._create_transaction(reference, 200.0, invoice_ids=[Command.set(move.ids)])
                voucher = vouchers._create_for(tx)
                voucher._outbox_process_one()
                if late:
                    voucher._expire()
                self._receive(self._pay_at_bank(voucher, amount=amount))
                self.assertEqual((voucher.state, tx.payment_id.amount), ("paid", amount))
                self.assertEqual(move.amount_residual, left)
                words = "after it expired" if late else "was asked for"
                self.assertIn(words, " ".join(move.message_ids.mapped("body")))

import re

from odoo.exceptions import ValidationError
from odoo.tests import tagged
from odoo.tools.misc import file_open

from odoo.addons.payment.const import SENSITIVE_KEYS

from .card_common import CHALLENGE, NO_FUNDS, CardMixin
from .common import OpenpayCommon


@tagged("post_install", "-at_install")
class TestEngineTraps(CardMixin, OpenpayCommon):
    """One test for each trap of Odoo's payment engine that this addon has to walk around."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()

    def _invoice(self):
        return self.subscription._bill_periods(n=1)

    def _data(self, charge, **values):
        """Return the charge as Openpay knows it, with other values."""
        return {**self.provider._openpay_get_charge(charge.charge_id), **values}

    def _bank_payment(self, invoice, token):
        """Return what the wizard "Register payment" makes when staff choose a stored card."""
        journal = self.provider.journal_id
        line = journal.inbound_payment_method_line_ids.filtered(
            lambda row: row.payment_provider_id == self.provider
        )
        return self.env["account.payment"].create(
            {
                "payment_type": "inbound",
                "partner_type": "customer",
                "partner_id": self.customer.id,
                "amount": invoice.amount_residual,
                "currency_id": self.mxn.id,
                "journal_id": journal.id,
                "payment_method_line_id": line[:1].id,
                "payment_token_id": token.id,
            }
        )

    # === REQUESTS === #

    def test_every_failure_is_the_same_error_with_a_cause(self):
        """A timeout and a refusal are both ValidationError; only their cause tells them apart."""
        causes = []
        for kind, path in (("drop", "/tokens"), ("error", "/tokens")):
            self._fault(kind, path=path)
            with self.assertRaises(ValidationError) as caught:
                self.provider.sudo()._send_api_request("POST", "tokens", data=b"{}")
            causes.append(type(caught.exception.__context__).__name__)
        self.assertIn("ConnectionError", causes)
        self.assertIn("HTTPError", causes)

    def test_answer_slower_than_the_fixed_timeout_is_no_refusal(self):
        """Requests are given up after 10 s; the charge that was made meanwhile is found."""
        charge = self._start_card(self.subscription, send=False)
        self._fault("drop")  # to us, the same as an answer after 10 s
        charge._outbox_process_one()
        self.assertEqual((charge.outbox_state, charge.transaction_id.state), ("unknown", "pending"))
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(charge.state, "paid")

    def test_rendering_the_form_calls_nobody(self):
        """The request that renders may be run again by the server: it must not charge."""
        tx = self._create_transaction("INV/9", 100.0, payment_method_id=self.card_method.id)
        for _run in range(2):
            values = tx._get_specific_rendering_values({})
        self.assertEqual(values["api_url"], tx._openpay_card_url())
        self.assertEqual(
            (tx.isp_card_charge_id.mode, tx.isp_card_charge_id.state), ("hosted", "preparing")
        )
        self.assertEqual(self._charges(), [])
        tx.isp_card_charge_id._outbox_process_one()
        self.assertEqual(tx.isp_card_charge_id.state, "pending")
        self.assertEqual(len(self._charges()), 1)

    # === STATES AND AMOUNTS === #

    def test_wrong_amount_after_an_error_is_not_booked(self):
        """The engine lets a transaction in error reach _apply_updates with any amount."""
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        data = self._data(charge, status="failed", error_message="declined")
        self._book(data)
        tx = charge.transaction_id
        self.assertEqual(tx.state, "error")
        for amount in (1.0, 348.99, 3490.0):
            self._book({**data, "status": "completed", "amount": amount})
            self.assertEqual(tx.state, "error", amount)
        self.assertFalse(self._payments(self.subscription))
        self._book({**data, "status": "completed"})
        self.assertEqual(tx.state, "done", "the amount asked for is taken after an error")

    def test_wrong_currency_is_not_booked(self):
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        self._book(self._data(charge, status="completed", currency="USD"))
        self.assertEqual(charge.transaction_id.state, "error")
        self.assertFalse(self._payments(self.subscription))

    def test_transfer_of_another_amount_is_taken(self):
        """The engine's check of amounts would refuse a transfer although the money is there."""
        voucher = self._start_voucher(self.subscription)
        self._receive(self._pay_at_bank(voucher, amount=200.0))
        self.assertEqual(
            (voucher.transaction_id.state, voucher.transaction_id.amount), ("done", 200.0)
        )

    def test_cancelled_is_done_when_the_money_comes(self):
        """_set_done does not leave "cancel" unless it is told to."""
        charge = self._start_card(self.subscription, mode="hosted")
        charge._abandon()
        self.assertEqual(charge.transaction_id.state, "cancel")
        self._settle_secure(charge)
        self._book(self._data(charge))
        self.assertEqual((charge.state, charge.transaction_id.state), ("paid", "done"))

    def test_done_never_goes_back(self):
        charge = self._start_card(self.subscription)
        for status in ("charge_pending", "failed", "cancelled", "in_progress"):
            self._book(self._data(charge, status=status))
            self.assertEqual(charge.transaction_id.state, "done", status)
        self.assertEqual(len(self._payments(self.subscription)), 1)

    # === TOKENS === #

    def test_token_charge_with_unknown_outcome_is_no_error(self):
        """_charge_with_token makes an error of every ValidationError, a lost answer too."""
        token = self._register_card().token_id
        tx = self._card_transaction(self.subscription, token_id=token.id, operation="offline")
        self._fault("drop")
        tx._charge_with_token()
        charge = tx.isp_card_charge_id
        self.assertEqual(
            (tx.state, charge.mode, charge.outbox_state), ("pending", "stored", "ready")
        )
        charge._outbox_process_one()
        self.assertEqual((tx.state, charge.outbox_state), ("pending", "unknown"))
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(tx.state, "done")
        self.assertEqual(len(self._charges()), 1)

    def test_payment_that_cancelled_itself_gets_its_money(self):
        """account.payment cancels itself when its token's transaction is not done at once."""
        invoice = self._invoice()
        token = self._register_card().token_id
        payment = self._bank_payment(invoice, token)
        payment.with_context(active_model="account.move", active_ids=invoice.ids).action_post()
        tx = payment.payment_transaction_id
        self.assertEqual((payment.state, tx.state), ("canceled", "pending"))
        tx.sudo().isp_card_charge_id._outbox_process_one()
        self.assertEqual(tx.state, "done")
        self.assertNotEqual(tx.payment_id, payment)
        self.assertIn(tx.payment_id.state, ("in_process", "paid"))
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(len(self._charges()), 1)

    def test_validation_makes_no_payment(self):
        """A transaction of the operation "validation" never becomes a payment."""
        tx = self._card_transaction(self.subscription, operation="validation")
        tx._set_done()
        tx._post_process()
        self.assertFalse(tx.payment_id)

    # === AFTER THE PAYMENT === #

    def test_booked_at_once_and_once(self):
        """The engine's own post-processing comes after minutes and forgets after four days."""
        charge = self._start_card(self.subscription)
        tx = charge.transaction_id
        self.assertTrue(tx.is_post_processed)
        self.assertEqual(tx.payment_id, self._payments(self.subscription))
        for _run in range(2):
            self._book(self._data(charge))
            tx._post_process()
        self.assertEqual(len(self._payments(self.subscription)), 1)

    def test_credit_is_used_by_the_next_invoice(self):
        """What was paid too much stays outstanding: the next invoice does not take it by itself."""
        voucher = self._start_voucher(self.subscription)
        self._receive(self._pay_at_bank(voucher, amount=698.0))
        self.assertEqual(self.subscription.credit_balance, 349.0)
        invoice = self._invoice()
        self.assertEqual(invoice.payment_state, "not_paid")
        self.subscription._apply_credit()
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(self.subscription.credit_balance, 0.0)

    def test_second_payment_of_an_invoice_is_credit(self):
        invoice = self._invoice()
        voucher = self._start_voucher(self.subscription)
        charge = self._start_card(self.subscription)
        self._receive(self._pay_at_bank(voucher))
        self.assertEqual(charge.state, "paid")
        self.assertIn(invoice.payment_state, ("paid", "in_payment"))
        self.assertEqual(len(self._payments(self.subscription)), 2)
        paid = sum(self._payments(self.subscription).mapped("amount"))
        self.assertEqual(paid, 698.0, "nothing is lost: the second is a month more, or credit")

    def test_unpaid_voucher_does_not_hide_pay_now(self):
        """_has_to_be_paid is false while any transaction is pending."""
        invoice = self._invoice()
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        voucher = self._start_voucher(self.subscription)
        voucher.transaction_id.invoice_ids = invoice
        self.assertTrue(invoice._has_to_be_paid())
        self.assertEqual(invoice._get_online_payment_error(), "")

    def test_card_at_the_bank_hides_pay_now(self):
        """Two windows must not pay twice: a card payment under way is waited for."""
        invoice = self._invoice()
        self.env["ir.config_parameter"].sudo().set_param(
            "account_payment.enable_portal_payment", "True"
        )
        charge = self._start_card(self.subscription, CHALLENGE, use_3ds=True)
        charge.transaction_id.invoice_ids = invoice
        self.assertFalse(invoice._has_to_be_paid())

    # === FRONT END AND LOGS === #

    def test_pending_is_no_final_state(self):
        """Final states are per provider: adding "pending" would end the wait for 3D Secure."""
        names = ("card/card_form", "card/card_state", "interactions/voucher_state")
        for name in names:
            with file_open(f"isp_payments_mx/static/src/{name}.js") as script:
                self.assertNotRegex(script.read(), r"getFinalStates|PaymentPostProcessing")

    def test_logs_mask_what_the_engine_would_print(self):
        """The engine logs payloads: ours are not logged, and the keys are masked anyway."""
        for key in ("card_number", "cvv2", "source_id", "token_id", "device_session_id"):
            self.assertIn(key, SENSITIVE_KEYS)
        with self.assertLogs("odoo.addons.isp_payments_mx.models.payment_provider") as logs:
            self._start_card(self.subscription, NO_FUNDS)
        text = "\n".join(logs.output)
        self.assertNotIn("device-session-1", text)
        self.assertNotIn("rosa@example.com", text)
        self.assertFalse(re.search(r"tokens/k\w", text))

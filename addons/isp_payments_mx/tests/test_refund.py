from datetime import timedelta

from psycopg2 import IntegrityError

from odoo.exceptions import AccessError, UserError
from odoo.fields import Command
from odoo.tests import new_test_user, tagged
from odoo.tools import mute_logger

from .. import const
from .common import OpenpayCommon
from .refund_common import REASON, RefundMixin


@tagged("post_install", "-at_install")
class TestRefund(RefundMixin, OpenpayCommon):
    """A manager gives money back: what is asked of Openpay, and what the books say then."""

    # === TO THE CARD === #

    def test_whole(self):
        refund = self._order(349.0)
        self.assertEqual((refund.state, refund.kind, refund.origin), ("done", "card", "office"))
        self.assertEqual(self._books(), (349.0, 0.0))
        self.assertEqual((refund.from_credit, refund.reopened), (0.0, 349.0))
        self.assertEqual(self.card.amount_refunded, 349.0)
        child = refund.transaction_id
        self.assertEqual((child.state, child.amount, child.operation), ("done", -349.0, "refund"))
        self.assertEqual(child.source_transaction_id, self.card.transaction_id)
        outgoing = refund.refund_payment_id
        self.assertEqual((outgoing.payment_type, outgoing.amount), ("outbound", 349.0))
        self.assertEqual(outgoing.source_payment_id, self.payment)
        self.assertEqual(outgoing.isp_reference, refund.openpay_id)
        self.assertTrue(all(outgoing._isp_receivable_lines().mapped("reconciled")))
        self.assertIn(self.payment.state, ("in_process", "paid"))
        self.assertFalse(self.payment.isp_coverage_ids)
        self.assertFalse(self.payment.isp_cutoff_to)
        self.assertEqual(self.subscription._isp_fact_payment()["value"], "$\xa0349.00")

    def test_request_is_exact(self):
        refund = self._order(100.5, reason="  Half a  week ")
        (sent,) = self.simulator.get("/_control/requests?method=POST&path=/refund")
        self.assertEqual(sent["fields"], ["amount", "description"])
        self.assertEqual(
            refund.sudo().request_body,
            f'{{"description":"{refund.idempotency_key} Half a week","amount":100.5}}',
        )
        self.assertTrue(refund.idempotency_key.startswith(f"{refund.name}~"))

    def test_parts(self):
        self._switch(several_refunds=True)
        first = self._order(100.0)
        self.assertEqual(self._books(), (100.0, 0.0))
        second = self._order(249.0)
        self.assertEqual(self._books(), (349.0, 0.0))
        self.assertNotEqual(first.openpay_id, second.openpay_id)
        self.assertEqual(self.card.amount_refunded, 349.0)
        with self.assertRaisesRegex(UserError, "All of this payment"):
            self._order(0.01)

    def test_openpay_takes_one_refund(self):
        self._order(100.0)
        second = self._order(49.0)
        self.assertEqual((second.state, second.transaction_id.state), ("failed", "error"))
        self.assertIn("one refund per payment", second.last_error)
        self.assertIn("was not made", self._story())
        self.assertEqual(self._books(), (100.0, 0.0))
        self.assertEqual(self.payment._isp_refundable(), 249.0, "what failed can be ordered")

    def test_money_of_the_customer_first(self):
        """Credit that is kept stays, what is given back leaves it, and bills stay paid."""
        payment = self._start_card(self._create_subscription(), months=3).transaction_id.payment_id
        service = payment.isp_subscription_id
        self._pay(service, 50.0)
        credit = service.credit_balance
        self.assertEqual(credit, 50.0)
        wizard = self._wizard(payment)
        self.assertEqual((wizard.credit, wizard.amount, wizard.refundable), (50.0, 50.0, 1047.0))
        self.assertIn("$ 30.00 leave it, $ 20.00 stay", self._effect(wizard, 30.0))
        refund = self._order(30.0, payment)
        self.assertEqual((refund.from_credit, refund.reopened), (30.0, 0.0))
        self.env.invalidate_all()
        self.assertEqual((service.credit_balance, service.balance_due), (20.0, 0.0))

    def _effect(self, wizard, amount):
        wizard.amount = amount
        return wizard.effect.replace("\xa0", " ")

    def test_what_was_paid_last_is_owed_again(self):
        service = self._create_subscription()
        for _month in range(2):
            service._bill_periods(1)
        payment = self._start_card(service, months=2).transaction_id.payment_id
        first, last = service.period_ids.sorted("date_start").move_id
        end = service.cutoff_date
        wizard = self._wizard(payment)
        self.assertIn(f"{last.name}, due on", self._effect(wizard, 400.0))
        self.assertTrue(wizard.opens_bills)
        self._order(400.0, payment)
        self.assertEqual(self._books(service, payment, first), (51.0, 0.0))
        self.assertEqual(self._books(service, payment, last), (349.0, 0.0))
        self.assertEqual(service.balance_due, 400.0)
        self.assertLess(service.cutoff_date, end)
        self.assertEqual(payment.isp_coverage_ids.amount, 298.0)
        self.assertLess(payment.isp_cutoff_to, end)

    def test_odoos_own_button(self):
        tx = self.card.transaction_id.with_user(self.user_manager)
        tx.sudo(False).action_refund(amount_to_refund=49.0)
        refund = self.payment.isp_refund_ids
        self.assertEqual((refund.outbox_state, refund.transaction_id.state), ("ready", "pending"))
        self.assertEqual(self.payment.amount_available_for_refund, 0.0, "one at a time")
        refund.sudo()._outbox_process()
        self.assertEqual((refund.state, self._books()), ("done", (49.0, 0.0)))
        self.assertEqual(self.payment.amount_available_for_refund, 300.0)

    def test_direct_debit(self):
        service = self._create_subscription()
        service._bill_periods(1)
        card = self._charge_stored(service, self._agree(service).token_id)
        payment = card.transaction_id.payment_id
        bill = payment.reconciled_invoice_ids
        refund = self._order(349.0, payment)
        self.assertEqual(refund.state, "done")
        self.assertEqual(self._books(service, payment, bill), (349.0, 0.0))

    def test_credit_of_a_cancellation(self):
        service = self.subscription
        self._pay(service, 100.0)
        cancellation = self.env["isp.cancellation"].search([("subscription_id", "=", service.id)])
        self.assertFalse(cancellation)
        refund = self._order(100.0)
        self.assertEqual((refund.from_credit, self._books()), (100.0, (0.0, 0.0)))

    # === WHAT IS REFUSED === #

    def test_too_much(self):
        for amount in (349.01, 0.0, -5.0):
            with self.assertRaises(UserError):
                self._order(amount)
        with self.assertRaisesRegex(UserError, "two decimals"):
            self._prepare(1.005)
        with self.assertRaisesRegex(UserError, "Write why"):
            self._order(10.0, reason="  ")
        self._switch(several_refunds=True)
        self._order(300.0)
        with self.assertRaisesRegex(UserError, "At most"):
            self._order(49.01)
        self.assertEqual(self._given_at_openpay(), 1)

    def test_only_managers(self):
        for role in ("readonly", "technician", "cashier", "billing"):
            user = getattr(self, f"user_{role}")
            with self.assertRaises(AccessError):
                self._wizard(self.payment, user)
            refunds = self.env["isp.payment.refund"].with_user(user)
            with self.assertRaises(AccessError):
                refunds._order_card(self.payment.with_user(user), 10.0, REASON)
            with self.assertRaises(AccessError):
                self.card.with_user(user).action_refund()
        with self.assertRaises(AccessError):
            self.card.transaction_id.with_user(self.user_billing)._refund(10.0)
        self.assertFalse(self.payment.isp_refund_ids)

    def test_access(self):
        refund = self._order(100.0)
        for role in ("readonly", "technician", "cashier", "billing", "manager"):
            seen = refund.with_user(getattr(self, f"user_{role}"))
            self.assertEqual(seen.amount, 100.0)
            for call in (seen.unlink, lambda seen=seen: seen.write({"amount": 1.0})):
                with self.assertRaises(AccessError):
                    call()
            with self.assertRaises(AccessError):
                seen.read(["request_body"])
        company = self.env["res.company"].sudo().create({"name": "Another ISP"})
        other = new_test_user(
            self.env,
            login="refund_other_company",
            groups="isp_subscription.group_isp_manager",
            company_id=company.id,
            company_ids=[Command.set(company.ids)],
        )
        self.assertFalse(refund.with_user(other).search([]))
        with self.assertRaises(AccessError):
            refund.with_user(other)._order_card(self.payment.with_user(other), 10.0, REASON)

    def test_customers_see_their_own(self):
        refund = self._order(100.0)
        mine, other = (
            new_test_user(
                self.env,
                login=f"refund_{partner.id}",
                groups="base.group_portal",
                partner_id=partner.id,
                company_id=self.company.id,
                company_ids=[Command.set(self.company.ids)],
            )
            for partner in (self.customer, self.other_customer)
        )
        self.assertEqual(refund.with_user(mine).amount, 100.0)
        self.assertFalse(refund.with_user(other).search([]))
        for user in (mine, other):
            with self.assertRaises(AccessError):
                refund.with_user(user)._order_card(self.payment.with_user(user), 1.0, REASON)

    def test_too_old(self):
        self.card.transaction_id.isp_paid_at -= timedelta(days=self.company.isp_refund_days + 1)
        with self.assertRaisesRegex(UserError, "older than 180 days"):
            self._order(100.0, kind="card")
        self.company.isp_refund_days = 365
        self.assertEqual(self._order(100.0).state, "done")

    def test_account_that_is_switched_off(self):
        self.provider.state = "disabled"
        with self.assertRaisesRegex(UserError, "switched off"):
            self._order(100.0, kind="card")

    def test_empty_account(self):
        self._switch(no_funds=True)
        refund = self._order(100.0)
        self.assertIn("not enough money", refund.last_error)
        self.assertEqual(self._books(), (0.0, 0.0))
        self._switch(no_funds=False)
        self.assertEqual(self._order(100.0).state, "done")

    def test_settings(self):
        for values in ({"isp_refund_days": -1}, {"isp_dispute_days": 731}):
            with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
                self.company.write(values)
                self.company.flush_recordset()

    # === BY TRANSFER === #

    def _reference_payment(self, method="spei"):
        service = self._create_subscription(partner_id=self._create_customer("Ana Rojas").id)
        service._bill_periods(1)
        charge = self._pay_at_bank(self._start_voucher(service, method=method), 400.0)
        return self._receive(charge).payment_id

    def test_references_are_paid_out_by_hand(self):
        for method in ("spei", "paynet"):
            payment = self._reference_payment(method)
            wizard = self._wizard(payment)
            self.assertIn("gives only card payments back", wizard.card_obstacle)
            self.assertEqual((wizard.kind, wizard.amount), ("payout", 51.0))
            self.assertEqual(payment.amount_available_for_refund, 0.0)
            with self.assertRaisesRegex(UserError, "gives only card payments back"):
                self._order(51.0, payment, kind="card")
            with self.assertRaisesRegex(UserError, "tracking key"):
                self._order(51.0, payment)
            refund = self._order(100.0, payment, reference="MX-123")
            self.assertEqual((refund.state, refund.from_credit), ("done", 51.0))
            service, bill = payment.isp_subscription_id, payment.reconciled_invoice_ids
            self.assertEqual(self._books(service, payment, bill), (49.0, 0.0))
            self.assertEqual(refund.refund_payment_id.isp_reference, "MX-123")
            with self.assertRaisesRegex(UserError, "At most"):
                self._order(300.01, payment, reference="MX-124")
        self.assertFalse(self.simulator.get("/_control/requests?method=POST&path=/refund"))

    def test_transfer_is_described(self):
        payment = self._reference_payment()
        wrong = (
            {"reference": "x", "date": self._today() + timedelta(days=1)},
            {"reference": "x", "date": payment.date - timedelta(days=1)},
            {"reference": "x", "journal_id": self.company_data["default_journal_cash"].id},
        )
        for values in wrong:
            with self.assertRaises(UserError):
                self._order(10.0, payment, **values)
        self._order(10.0, payment, reference="MX-7")
        with self.assertRaisesRegex(UserError, "noted before"):
            self._order(10.0, payment, reference=" MX-7 ")
        with self.assertRaisesRegex(UserError, "made online"):
            self._order(1.0, self._pay(self.subscription, 5.0), reference="x")

    # === THE CUSTOMER READS IT === #

    def test_mail_and_chatter(self):
        refund = self._order(100.0)
        notice = self._notices("refund")
        self.assertEqual((notice.key, notice.state), (refund.name, "queued"))
        for text in ("100.00", refund.name, "Visa •••• 1111", "you owe again"):
            self.assertIn(text, notice.text)
        self.assertIn("/my/isp/payments", notice.mail_mail_id.sudo().body_html)
        self.assertIn(REASON, self._story())
        self.assertIn("is owed again", self._story())
        receipt = dict(self.payment._isp_typst_data(None)["rows"])
        self.assertIn(refund.name, receipt["Given back"])

    def test_payment_of_an_invoice_without_service(self):
        invoice = self.init_invoice(
            "out_invoice", partner=self.customer, amounts=[200.0], post=True
        )
        tx = self._create_transaction("INVOICE-9", 200.0, payment_method_id=self.card_method.id)
        tx.write({"operation": "online_direct", "invoice_ids": [Command.set(invoice.ids)]})
        charges = self.env["isp.card.charge"].sudo()
        card = charges._create_for(tx, "inline", self._browser_token(), "d", "127.0.0.1")
        card._outbox_process_one()
        payment = tx.payment_id
        self.assertEqual(invoice.amount_residual, 0.0)
        refund = self._order(200.0, payment)
        self.assertEqual((refund.state, invoice.amount_residual), ("done", 200.0))
        self.assertIn(refund.name, " ".join(payment.message_ids.mapped("body")))

    # === OUTCOME UNKNOWN === #

    def test_answer_is_lost(self):
        self._fault("drop", path="/refund$")
        refund = self._order(100.0)
        self.assertEqual((refund.state, self._books()), ("asking", (0.0, 0.0)))
        with self.assertRaisesRegex(UserError, "under way"):
            self._order(10.0)
        self._make_due(refund)
        refund._outbox_process_one()
        self.assertEqual((refund.state, self._books()), ("done", (100.0, 0.0)))
        self.assertEqual(self._given_at_openpay(), 1)

    def test_job_asks_for_lost_answers_and_looks_after_charges(self):
        self._fault("drop", path="/refund$")
        refund = self._order(100.0)
        self._make_due(refund)
        later = self._start_card(self.subscription)
        later.aftercare_at = self._now()
        self._in_dashboard(50.0, card=later)
        with self.enter_registry_test_mode():
            self.env.ref("isp_payments_mx.cron_card_charges").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((refund.state, later.amount_refunded), ("done", 50.0))

    def test_nothing_arrived(self):
        """Asked for three minutes; then it was not made, and a manager may order it again."""
        self._fault("error", path="/refund$", status=503)
        refund = self._order(100.0)
        self.assertEqual(refund.outbox_state, "unknown")
        self._make_due(refund)
        refund._outbox_process_one()
        self.assertEqual(refund.outbox_state, "unknown", "it may still be on its way")
        refund.write({"sent_at": refund.sent_at - const.CARD_SETTLE, "next_attempt_at": False})
        refund._outbox_process_one()
        self.assertEqual((refund.state, refund.last_error_code), ("failed", const.CARD_NOT_FOUND))
        self.assertEqual((self._given_at_openpay(), self._books()), (0, (0.0, 0.0)))
        self.assertEqual(self._order(100.0).state, "done")

    def test_turns_up_after_all(self):
        refund = self._prepare(100.0)
        refund.write({"outbox_state": "sent", "sent_at": self._now() - const.CARD_SETTLE})
        self._make_due(refund)
        refund._outbox_process_one()
        self.assertEqual(refund.state, "failed")
        refund._outbox_call()
        self._receive_again()
        self.assertEqual((refund.state, self._books()), ("done", (100.0, 0.0)))
        self.assertEqual(len(self.payment.isp_refund_ids), 1)

    def test_worker_dies(self):
        """Between any two commits: nothing is sent twice, nothing is lost."""
        for told in (True, False):
            self._switch(refund_told=told, several_refunds=True)
            refund = self._prepare(50.0)
            before = self._given_at_openpay()
            refund.write({"outbox_state": "sent", "sent_at": self._now(), "attempts": 1})
            refund._outbox_call()  # and then nobody wrote the answer down
            self._make_due(refund)
            refund._outbox_process_one()
            self.assertEqual((refund.state, refund.amount), ("done", 50.0))
            self.assertEqual(self._given_at_openpay(), before + 1)
        self.assertEqual(self._books(), (100.0, 0.0))

    def test_no_connection(self):
        refund = self._prepare(100.0)
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        refund._outbox_process_one()
        self.assertEqual((refund.outbox_state, refund.state), ("ready", "preparing"))
        self.provider.openpay_base_url = self.simulator.url
        self._make_due(refund)
        refund._outbox_process_one()
        self.assertEqual((refund.state, self._given_at_openpay()), ("done", 1))

    def test_pressed_twice(self):
        wizard = self._wizard(self.payment)
        wizard.write({"amount": 10.0, "reason": REASON})
        self.assertEqual(wizard.action_confirm()["res_id"], wizard.action_confirm()["res_id"])
        self.assertEqual(self._given_at_openpay(), 1)

    def test_database_holds_one_open_refund(self):
        refund = self._prepare(10.0)
        with self.assertRaises(IntegrityError), mute_logger("odoo.sql_db"):
            refund.copy({"name": "REE-X", "outbox_state": "ready", "transaction_id": False})
            self.env.flush_all()
        with self.assertRaisesRegex(UserError, "kept as proof"):
            refund.unlink()

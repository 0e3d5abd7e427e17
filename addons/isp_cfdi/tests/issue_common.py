from datetime import datetime, timedelta

from odoo import Command

from ..services.xmlio import parse
from .common import IspPacCommon

ISSUED = ("stamped", "cancel_requested", "cancel_in_process", "cancel_rejected")


class IspIssueCommon(IspPacCommon):
    """What is issued when, against the simulator: receipts, workers and what SAT holds."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.places = cls.env["isp.cfdi.place"].sudo()
        cls.iva16 = cls.tax_iva16_incl

    # === ACTIONS === #

    def _invoice(self, *prices, partner=None, **values):
        """Return a posted invoice with a line per price (IVA included)."""
        line = {"name": "Internet", "tax_ids": [Command.set(self.iva16.ids)], "quantity": 1}
        move = self.env["account.move"].create(
            {
                "move_type": "out_invoice",
                "partner_id": (partner or self.customer).id,
                "invoice_date": self.company._isp_today(),
                "invoice_line_ids": [
                    Command.create({**line, "price_unit": price}) for price in prices
                ],
                **values,
            }
        )
        move.action_post()
        return move

    def _pay_move(self, moves, amount=None, form="spei", **values):
        """Pay invoices, in part when ``amount`` is less; return the payment."""
        wizard = self.env["account.payment.register"].with_context(
            active_model="account.move", active_ids=moves.ids
        )
        data = {"journal_id": self.company_data["default_journal_bank"].id, **values}
        if len(moves) > 1:
            data["group_payment"] = True
        if amount:
            data["amount"] = amount
        payment = wizard.create(data)._create_payments()
        payment.isp_payment_form_id = self.env["isp.payment.form"]._isp_get(form)
        return payment

    def _receipt(self, amount=349.0, partner=None):
        """Return a paid receipt of a customer without RFC."""
        move = self._invoice(amount, partner=partner or self.other_customer)
        self._pay_move(move)
        return move

    def _credit(self, move, amount=None):
        """Credit an invoice, in part when ``amount`` is given; return the note."""
        values = {"invoice_date": move.invoice_date, "journal_id": move.journal_id.id}
        note = move._reverse_moves([values])
        if amount:
            note.invoice_line_ids[1:].unlink()
            note.invoice_line_ids.write({"price_unit": amount, "quantity": 1})
        note.action_post()
        debit = (move | note).line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable" and not line.reconciled
        )
        if len(debit.move_id) > 1:
            debit.reconcile()
        return note

    def _close_period(self):
        """Let the period of the waiting receipts be over."""
        waiting = self.places.search([("state", "=", "pending")])
        waiting.period_end = self.company._isp_today() - timedelta(days=1)

    def _globals(self):
        """Issue the global invoices that are due, and return them."""
        self._close_period()
        documents = self.documents.browse()
        while document := self.places._isp_issue_globals(self.company):
            documents |= document
        return documents

    def _work(self):
        """Let the worker stamp until nothing is due."""
        for _turn in range(20):
            due = self.documents.search(self.documents._outbox_due_domain())
            if not due:
                return
            for document in due:
                document._outbox_process_one()
        self.fail("the worker never comes to rest")

    def _cancel(self, document, motive="02"):
        """Cancel a document at SAT."""
        request = self.env["isp.cfdi.cancellation"]._isp_request(document, motive)
        self._work()
        request._outbox_process_one()
        document.action_check_sat()
        self.assertEqual(document.state, "cancelled")

    # === WHAT SAT HOLDS === #

    def _root(self, document):
        return parse(document._isp_xml())

    def _fiscal_sum(self, move):
        """Return what valid documents say was sold on the receipt: I minus E."""
        own = self.documents.search(
            [("move_id", "in", (move | move.reversal_move_ids).ids), ("state", "in", ISSUED)]
        )
        signs = {"I": 1, "E": -1, "P": 0}
        total = sum(signs[document.kind] * document.total for document in own)
        for row in self.places.search([("move_id", "=", move.id)]):
            if row.state in ("global", "leaving", "left") and row.document_id.state in ISSUED:
                total += row.total
        return round(total, 2)

    def _booked(self, move):
        """Return what Odoo booked: the invoice minus its credit notes."""
        return round(move.amount_total - sum(move._isp_cfdi_notes().mapped("amount_total")), 2)

    def _noon(self, day):
        return datetime(day.year, day.month, day.day, 18)

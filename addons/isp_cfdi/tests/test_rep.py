from datetime import date, timedelta
from decimal import Decimal

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..services.rep_reader import read_payments, stated_totals
from ..services.validator import validate
from .issue_common import IspIssueCommon


@tagged("post_install", "-at_install")
class TestRep(IspIssueCommon):
    """PPD with the invoice, then a complement for what is paid of it, against the PAC."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.company.isp_cfdi_policy = "invoice"
        cls.instalments = cls.env["isp.cfdi.instalment"].sudo()

    def _reps(self):
        documents = self.instalments._isp_issue_reps(self.company)
        for document in documents:
            self.assertEqual(document.state, "ready", document.last_error)
        self._work()
        for document in documents:
            self.assertEqual(document.state, "stamped", document.last_error)
            self.assertEqual(validate(document._isp_xml()), [])
        return documents

    def _payments(self, document):
        return read_payments(self._root(document))

    def _stamped_invoice(self, *prices, **values):
        move = self._invoice(*prices, **values)
        self._work()
        self.assertEqual(move.isp_cfdi_id.state, "stamped", move.isp_cfdi_id.last_error)
        return move

    def _rate(self, currency, rate, day="2020-01-01"):
        currency.active = True
        self.env["res.currency.rate"].create(
            {
                "currency_id": currency.id,
                "company_id": self.company.id,
                "rate": rate,
                "name": day,
            }
        )

    def test_part_payments_count_up(self):
        move = self._stamped_invoice(1160.0)
        self._pay_move(move, 500.0)
        first = self._reps()
        self._pay_move(move, 660.0)
        second = self._reps()
        (one,), (two,) = (self._payments(doc)[0].documents for doc in (first, second))
        self.assertEqual((one.part, one.balance, one.paid, one.left), (1, 1160, 500, 660))
        self.assertEqual((two.part, two.balance, two.paid, two.left), (2, 660, 660, 0))
        self.assertEqual(one.uuid, move.isp_cfdi_id.uuid)
        self.assertEqual(move.isp_cfdi_id._isp_referring(), first | second)
        wizard = self.env["isp.cfdi.cancel"].create({"document_id": move.isp_cfdi_id.id})
        self.assertIn(f"{first.name}, {second.name}", wizard.outlook.replace(".", ""))
        self.assertEqual(one.taxes[0].base + two.taxes[0].base, 1000)
        root = self._root(first)
        self.assertEqual((root.get("Serie"), root.get("Total")), ("P", "0"))
        self.assertEqual(root.find("{*}Receptor").get("UsoCFDI"), "CP01")
        self.assertEqual(stated_totals(root)["MontoTotalPagos"], 500)
        self.assertEqual(self._payments(first)[0].form, "03")

    def test_o12_one_group_per_rate(self):
        iva8 = self.iva16.copy({"name": "IVA 8", "amount": 8.0})
        iva16, self.iva16 = self.iva16, iva8
        line8 = {"name": "Frontera", "price_unit": 540.0, "tax_ids": [Command.set(iva8.ids)]}
        line16 = {"name": "Centro", "price_unit": 1160.0, "tax_ids": [Command.set(iva16.ids)]}
        move = self._stamped_invoice(
            invoice_line_ids=[Command.create(line8), Command.create(line16)]
        )
        self._pay_move(move)
        document = self._reps()
        taxes = {tax.rate: tax.base for tax in self._payments(document)[0].documents[0].taxes}
        self.assertEqual(taxes, {Decimal("0.16"): 1000, Decimal("0.08"): 500})
        self.assertNotIn(b"MetodoDePagoDR", document._isp_xml())

    def test_several_invoices_in_one_payment(self):
        moves = self._stamped_invoice(580.0) | self._stamped_invoice(348.0)
        self._pay_move(moves)
        document = self._reps()
        (payment,) = self._payments(document)
        self.assertEqual(payment.amount, 928)
        self.assertEqual(
            {doc.uuid for doc in payment.documents},
            set(moves.isp_cfdi_ids.mapped("uuid")) - set(document.mapped("uuid")),
        )

    def test_invoice_without_tax(self):
        line = {"name": "Depósito", "price_unit": 100.0, "tax_ids": [Command.clear()]}
        move = self._stamped_invoice(invoice_line_ids=[Command.create(line)])
        concept = self._root(move.isp_cfdi_id).find("{*}Conceptos/{*}Concepto")
        self.assertEqual(concept.get("ObjetoImp"), "01")
        self._pay_move(move)
        (paid,) = self._payments(self._reps())[0].documents
        self.assertFalse(paid.taxes)

    def test_dollar_invoice_paid_in_dollars_and_pesos(self):
        usd = self.env.ref("base.USD")
        self._rate(usd, 0.05)
        move = self._stamped_invoice(116.0, currency_id=usd.id)
        self._pay_move(move, 58.0, currency_id=usd.id)
        (payment,) = self._payments(self._reps())
        self.assertEqual((payment.currency, payment.amount), ("USD", 58))
        self.assertEqual(payment.exchange_rate, 20)
        self._pay_move(move, 1160.0, currency_id=self.mxn.id)
        document = self._reps()
        (payment,) = self._payments(document)
        (paid,) = payment.documents
        self.assertEqual((payment.currency, payment.amount), ("MXN", 1160))
        self.assertEqual((paid.currency, paid.paid, paid.part), ("USD", 58, 2))
        self.assertEqual((paid.balance, paid.left), (58, 0))
        self.assertEqual(paid.equivalence, Decimal("0.05"))
        self.assertEqual(stated_totals(self._root(document))["MontoTotalPagos"], 1160)
        invoice = move.isp_cfdi_id
        self.assertEqual((invoice.net_total, invoice.net_iva), (2320, 320), "in pesos")
        self.assertFalse(document.net_total or document.net_iva, "its invoice counts")

    def test_payment_before_the_stamp_waits(self):
        move = self._invoice(580.0)
        self._pay_move(move)
        self.assertFalse(self.instalments._isp_issue_reps(self.company))
        self._work()
        self.assertEqual(self._payments(self._reps())[0].amount, 580)

    def test_one_complement_per_month(self):
        self.customer.isp_cfdi_rep = "month"
        moves = self._stamped_invoice(580.0) | self._stamped_invoice(348.0)
        for move in moves:
            self._pay_move(move)
        self.assertFalse(self.instalments._isp_issue_reps(self.company))
        rows = self.instalments.search([("move_id", "in", moves.ids)])
        rows.due_date = self.company._isp_today().replace(day=5)
        document = self._reps()
        self.assertEqual(len(document), 1)
        self.assertEqual(len(self._payments(document)), 2)

    def test_undone_payment(self):
        move = self._stamped_invoice(580.0)
        self._pay_move(move)
        rows = self.instalments.search([("move_id", "=", move.id)])
        move.line_ids.remove_move_reconcile()
        self.assertEqual(rows.state, "undone")
        self._pay_move(move)
        document = self._reps()
        move.line_ids.remove_move_reconcile()
        self.assertIn("Cancel this payment complement", document.activity_ids.mapped("summary"))
        self._cancel(document)
        self._pay_move(move)
        self.assertEqual(self._payments(self._reps())[0].documents[0].part, 1)

    def test_undone_payment_of_an_unsent_complement(self):
        moves = self._stamped_invoice(580.0) | self._stamped_invoice(348.0)
        self._pay_move(moves)
        document = self.instalments._isp_issue_reps(self.company)
        moves[0].line_ids.remove_move_reconcile()
        self.assertEqual(document.state, "ready")
        self._work()
        self.assertEqual(self._payments(document)[0].amount, 348)

    def test_cancelled_complement_is_issued_again(self):
        move = self._stamped_invoice(580.0)
        self._pay_move(move)
        self._cancel(self._reps())
        document = self._reps()
        self.assertEqual(self._payments(document)[0].documents[0].part, 1)

    def test_substitute_takes_over_what_was_paid(self):
        move = self._stamped_invoice(580.0)
        old = move.isp_cfdi_id
        self._pay_move(move)
        self._cancel(old, "01")
        new = move.isp_cfdi_id
        self.assertEqual((new.replaces_id, new.state), (old, "stamped"))
        self.assertEqual((old.net_total, new.net_total), (0, 580))
        self.assertEqual(self._payments(self._reps())[0].documents[0].uuid, new.uuid)

    def test_substitute_of_a_complement_reports_the_same_payments(self):
        move = self._stamped_invoice(580.0)
        self._pay_move(move)
        rep = self._reps()
        substitute = rep._isp_substitute()
        self._work()
        self.assertEqual(substitute.state, "stamped", substitute.last_error)
        (before,), (after,) = (self._payments(doc)[0].documents for doc in (rep, substitute))
        self.assertEqual((before.uuid, before.part, before.paid), (after.uuid, after.part, 580))
        self.assertEqual(
            self._root(substitute).find("{*}CfdiRelacionados")[0].get("UUID"), rep.uuid
        )
        rep.cancel_state = "cancelled"
        rep._isp_on_cancelled()
        self.assertFalse(self._reps(), "nothing is reported anew")

    def test_credit_note_lowers_the_balance(self):
        move = self._stamped_invoice(580.0)
        note = self._credit(move, 80.0)
        self._work()
        self.assertEqual(note.isp_cfdi_id.state, "stamped")
        self._pay_move(move)
        (paid,) = self._payments(self._reps())[0].documents
        self.assertEqual((paid.balance, paid.paid, paid.left), (500, 500, 0))
        self.assertEqual(note.isp_cfdi_id.net_total, -80)

    def test_last_day_is_the_fifth_of_the_next_month(self):
        move = self._stamped_invoice(580.0)
        self._pay_move(move, payment_date=date(2026, 1, 31))
        row = self.instalments.search([("move_id", "=", move.id)])
        self.assertEqual(row.due_date, date(2026, 2, 5))

    def test_complement_goes_to_whom_was_invoiced(self):
        move = self._stamped_invoice(580.0)
        rfc = self.customer.vat
        self.customer.vat = "VECJ880326XX0"
        self._pay_move(move)
        receiver = self._root(self._reps()).find("{*}Receptor")
        self.assertEqual(receiver.get("Rfc"), rfc)

    def test_job_reports_by_itself(self):
        move = self._stamped_invoice(580.0)
        self._pay_move(move)
        with self.enter_registry_test_mode():
            self.env.ref("isp_cfdi.ir_cron_rep").method_direct_trigger()
        self.env.invalidate_all()
        row = self.instalments.search([("move_id", "=", move.id)])
        self.assertEqual((row.state, row.document_id.state), ("issued", "ready"))
        self.assertLess(fields.Datetime.now() - row.document_id.issued_at, timedelta(hours=1))

    # === MONEY GIVEN BACK === #

    def _give_back(self, move, payment, amount):
        """Give money of a payment back, as a refund does: the invoice owes it again."""
        receivable = move.line_ids.filtered(
            lambda line: line.account_id.account_type == "asset_receivable"
        )
        own = receivable.matched_credit_ids.credit_move_id & payment.move_id.line_ids
        outgoing = self.env["account.payment"].create(
            {
                "payment_type": "outbound",
                "partner_type": "customer",
                "partner_id": payment.partner_id.id,
                "amount": amount,
                "journal_id": payment.journal_id.id,
            }
        )
        outgoing.action_post()
        debit = outgoing.move_id.line_ids.filtered(lambda line: line.account_id == own.account_id)
        own.matched_debit_ids.unlink()
        (debit | own).reconcile()
        if not own.reconciled:
            (own | receivable).reconcile()

    def test_all_of_it_given_back(self):
        move = self._stamped_invoice(580.0)
        payment = self._pay_move(move)
        rep = self._reps()
        self._give_back(move, payment, 580.0)
        activity = rep.activity_ids
        self.assertIn("Cancel this payment complement", activity.mapped("summary"))
        self.assertIn(move.name, activity.note)
        self.assertFalse(self._reps(), "nothing is paid")
        self._cancel(rep)
        self.assertFalse(self._reps())
        self.assertFalse(rep.activity_ids)

    def test_a_part_given_back(self):
        move = self._stamped_invoice(1160.0)
        payment = self._pay_move(move)
        rep = self._reps()
        self._give_back(move, payment, 300.0)
        self.assertEqual(move.amount_residual, 300)
        self.assertFalse(self._reps(), "SAT holds the complement of the whole payment still")
        self._cancel(rep)
        (paid,) = self._payments(self._reps())[0].documents
        self.assertEqual((paid.part, paid.balance, paid.paid, paid.left), (1, 1160, 860, 300))

    def test_a_part_given_back_by_a_substitute(self):
        move = self._stamped_invoice(1160.0)
        payment = self._pay_move(move)
        rep = self._reps()
        self._give_back(move, payment, 300.0)
        self._cancel(rep, "01")
        (paid,) = self._payments(rep.search([("replaces_id", "=", rep.id)]))[0].documents
        self.assertEqual((paid.part, paid.balance, paid.paid, paid.left), (1, 1160, 860, 300))
        self.assertFalse(self._reps())

    def test_substitute_of_a_complement_that_is_given_up(self):
        move = self._stamped_invoice(1160.0)
        payment = self._pay_move(move)
        rep = self._reps()
        self._give_back(move, payment, 300.0)
        request = self.env["isp.cfdi.cancellation"]._isp_request(rep, "01")
        self.assertFalse(self.instalments._isp_issue_reps(self.company))
        request.action_withdraw()
        rows = self.instalments.search([("move_id", "=", move.id)]).sorted("amount")
        self.assertEqual(rows.mapped("state"), ["pending", "issued"])
        self.assertEqual((rows[0].number, rows[1].document_id), (0, rep))
        self.assertFalse(self._reps(), "it waits again")

    def test_nothing_left_to_put_in_its_place(self):
        move = self._stamped_invoice(580.0)
        payment = self._pay_move(move)
        rep = self._reps()
        self._give_back(move, payment, 580.0)
        with self.assertRaisesRegex(UserError, "motive 02"):
            self.env["isp.cfdi.cancellation"]._isp_request(rep, "01")

    def test_paid_again_while_sat_counts_the_undone_payment(self):
        move = self._stamped_invoice(580.0)
        payment = self._pay_move(move)
        rep = self._reps()
        self._give_back(move, payment, 580.0)
        self._pay_move(move)
        self.assertFalse(self._reps())
        deadlines = self.env["isp.cfdi.deadline"]._isp_open_reps(self.company)
        self.assertEqual(len(deadlines), 1, "the new payment is not forgotten")
        self._cancel(rep)
        (paid,) = self._payments(self._reps())[0].documents
        self.assertEqual((paid.part, paid.balance, paid.paid), (1, 580, 580))

    # === UNDONE BEFORE THERE IS A STAMP === #

    def _refuse(self, document):
        rfc = self.customer.vat
        self.simulator.post("/_control/receiver", {"rfc": rfc, "code": "CFDI40145"})
        self._due(document)
        self.simulator.post("/_control/receiver", {"rfc": rfc})
        self.assertEqual(document.state, "error")

    def _lost(self, moves):
        """Return the complement of a payment of which nobody knows whether the PAC has it."""
        self._pay_move(moves)
        document = self.instalments._isp_issue_reps(self.company)
        self._mode("before_html")
        document._outbox_process_one()
        return document

    def test_undone_while_the_outcome_is_unknown_then_refused(self):
        move = self._stamped_invoice(580.0)
        document = self._lost(move)
        move.line_ids.remove_move_reconcile()
        self._pay_move(move)
        self.assertFalse(self.instalments._isp_issue_reps(self.company), "it may be stamped yet")
        self._refuse(document)
        (paid,) = self._payments(self._reps())[0].documents
        self.assertEqual((paid.part, paid.balance, paid.paid), (1, 580, 580))
        document.action_rebuild()
        self.assertEqual(document.state, "error")
        self.assertFalse(self.env["isp.cfdi.deadline"]._isp_open_stamps(self.company))

    def test_part_undone_while_the_outcome_is_unknown_then_refused(self):
        moves = self._stamped_invoice(580.0) | self._stamped_invoice(348.0)
        document = self._lost(moves)
        moves[0].line_ids.remove_move_reconcile()
        self._refuse(document)
        document.action_rebuild()
        self._work()
        self.assertEqual(self._payments(document)[0].amount, 348)

    def test_all_undone_while_the_substitute_waits(self):
        move = self._stamped_invoice(580.0)
        for refused in (False, True):
            self._pay_move(move)
            rep = self._reps()
            request = self.env["isp.cfdi.cancellation"]._isp_request(rep, "01")
            if refused:
                self._refuse(request.substitute_id)
            move.line_ids.remove_move_reconcile()
            self.assertEqual((rep.state, request.outbox_state), ("stamped", "error"))
            self.assertIn("Cancel this payment complement", rep.activity_ids.mapped("summary"))
            payment = self._pay_move(move)
            self.assertFalse(self._reps(), "SAT counts the first one still")
            payment.move_id.line_ids.remove_move_reconcile()
            self._cancel(rep)

    def test_part_undone_while_the_substitute_waits(self):
        moves = self._stamped_invoice(580.0) | self._stamped_invoice(348.0)
        self._pay_move(moves)
        rep = self._reps()
        request = self.env["isp.cfdi.cancellation"]._isp_request(rep, "01")
        moves[0].line_ids.remove_move_reconcile()
        self._pay_move(moves[0])
        self.assertFalse(self.instalments._isp_issue_reps(self.company))
        request.action_withdraw()
        self.assertIn("Cancel this payment complement", rep.activity_ids.mapped("summary"))
        self.assertFalse(self._reps())
        self._cancel(rep, "01")
        substitute = rep.search([("replaces_id", "=", rep.id)])
        self.assertEqual([doc.paid for doc in self._payments(substitute)[0].documents], [348])
        (paid,) = self._payments(self._reps())[0].documents
        self.assertEqual((paid.part, paid.balance, paid.paid), (1, 580, 580))

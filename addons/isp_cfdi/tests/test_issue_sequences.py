import random

from odoo.exceptions import UserError
from odoo.tests import tagged

from ..services.rep_reader import read_payments
from .issue_common import ISSUED, IspIssueCommon

FISCAL = {
    "vat": "AARO850101QX3",
    "zip": "58110",
    "isp_cfdi_regime": "605",
    "isp_cfdi_use": "S01",
}
STEPS = 14


@tagged("post_install", "-at_install")
class TestIssueSequences(IspIssueCommon):
    """Random orders of invoices, payments, credit notes, cancellations and named invoices.

    Whatever the order, at the end the valid documents say what Odoo booked, and each receipt is
    in exactly one place.
    """

    def test_any_order_comes_out_right(self):
        for seed, policy in ((11, "credit"), (12, "reissue"), (13, "credit"), (14, "reissue")):
            with self.subTest(seed=seed), self.cr.savepoint():
                self.company.isp_cfdi_self_policy = policy
                self._play(random.Random(seed))

    # === PLAY === #

    def _play(self, dice):
        self.moves = self.env["account.move"]
        self.dice = dice
        self.payer = self.env["res.partner"].create({**FISCAL, "name": f"Payer {dice.random()}"})
        self.payer.isp_cfdi_policy = "invoice"
        self.public = self._create_customer("Public Person")
        steps = ("_new", "_new", "_money", "_note", "_named", "_global", "_cancelled", "_stamp")
        for _turn in range(STEPS):
            getattr(self, dice.choice(steps))()
        self._rest()
        for move in self.moves:
            self._check(move)

    def _rest(self):
        """Let every job run until nothing changes."""
        for _turn in range(4):
            self._stamp()
            self._global()
            self.env["isp.cfdi.instalment"].sudo()._isp_issue_reps(self.company)
            for request in (
                self.env["isp.cfdi.cancellation"].sudo().search([("outbox_state", "=", "ready")])
            ):
                request._outbox_process_one()
                request.document_id.action_check_sat()
        self._stamp()

    def _new(self):
        partner = self.dice.choice((self.payer, self.public))
        prices = [self.dice.choice((99.99, 349.0, 449.5)) for _n in range(self.dice.randint(1, 3))]
        self.moves |= self._invoice(*prices, partner=partner)

    def _pick(self, test):
        found = self.moves.filtered(test)
        return found and self.dice.choice(found)

    def _money(self):
        move = self._pick(lambda one: one.amount_residual > 0)
        if not move:
            return
        part = move.partner_id == self.payer and self.dice.random() < 0.5
        self._pay_move(move, round(move.amount_residual / 3, 2) if part else None)

    def _note(self):
        move = self._pick(lambda one: not one._isp_cfdi_notes())
        if move:
            self._credit(move, self.dice.choice((None, 50.0)))

    def _named(self):
        move = self._pick(lambda one: one.partner_id == self.public)
        if not move:
            return
        self.public.write(FISCAL)
        try:
            with self.cr.savepoint():
                move._isp_cfdi_self_invoice()
        except UserError as error:
            self.assertTrue(str(error))
        self.public.vat = False

    def _global(self):
        self._globals()

    def _cancelled(self):
        """SAT cancels a stamped complement or global invoice that nothing refers to."""
        live = self.documents.search(
            [("state", "=", "stamped"), "|", ("kind", "=", "P"), ("is_global", "=", True)]
        )
        mine = live.filtered(
            lambda doc: (
                (doc.instalment_ids.move_id | doc._isp_places().move_id) & self.moves
                and not doc._isp_referring()
            )
        )
        leaving = self.places.search([("state", "=", "leaving")]).document_id
        if mine - leaving:
            self._cancel(self.dice.choice(mine - leaving))

    def _stamp(self):
        self.public.vat = False
        self._work()

    # === CHECK === #

    def _check(self, move):
        places = self.places.search([("move_id", "=", move.id), ("is_live", "=", True)])
        self.assertLessEqual(len(places), 1)
        fiscal = self._fiscal_sum(move)
        wanted = self._booked(move)
        collected = move.partner_id == self.public
        if collected and not places:
            # Not paid, or taken back before anybody told SAT.
            self.assertTrue(fiscal == 0 and (not move.isp_paid_on or wanted == 0), move.name)
            return
        self.assertEqual(fiscal, wanted, f"{move.name}: {places.state}")
        self.assertEqual(len(places), 1)
        self.assertIn(places.document_id.state, ISSUED)
        if move.partner_id == self.payer:
            self._check_payments(move)

    def _check_payments(self, move):
        """Complements report what was paid, each instalment once, down to what is open."""
        rows = self.env["isp.cfdi.instalment"].sudo()
        rows = rows.search([("move_id", "=", move.id), ("state", "=", "issued")])
        notes = sum(move._isp_cfdi_notes().mapped("amount_total"))
        paid = move.amount_total - notes - move.amount_residual
        self.assertAlmostEqual(sum(rows.mapped("amount")), paid, 2)
        stated = [
            document
            for rep in rows.document_id
            for payment in read_payments(self._root(rep))
            for document in payment.documents
            if document.uuid == move.isp_cfdi_id.uuid
        ]
        self.assertEqual(len(stated), len(rows))
        self.assertAlmostEqual(float(sum(one.paid for one in stated)), paid, 2)
        self.assertTrue(all(one.left >= 0 for one in stated))

    # === PPD INVOICES WITHOUT OR WITH ANOTHER CFDI === #

    def _ppd(self, amount):
        """Return an invoice with a PPD document that waits for its stamp."""
        self.company.isp_cfdi_policy = "invoice"
        self.instalments = self.env["isp.cfdi.instalment"].sudo()
        return self._invoice(amount)

    def _reported(self):
        """Issue and stamp the complements that are due; return what the first one reports."""
        documents = self.instalments._isp_issue_reps(self.company)
        self._work()
        self.assertEqual(set(documents.mapped("state")), {"stamped"})
        return documents, read_payments(self._root(documents))[0].documents

    def test_paid_invoice_of_an_unsent_document_can_be_reset(self):
        for undone in (False, True):
            move = self._ppd(580.0)
            self._pay_move(move, 200.0)
            if undone:
                move.line_ids.remove_move_reconcile()
            move.button_draft()
            self.assertFalse(move.isp_cfdi_ids)
            self.assertFalse(self.instalments.search([("move_id", "=", move.id)]))
            move.action_post()
            self.assertEqual(move.isp_cfdi_id.state, "ready")

    def test_paid_while_a_substitute_waits_that_is_given_up(self):
        move = self._ppd(580.0)
        self._work()
        document = move.isp_cfdi_id
        request = self.env["isp.cfdi.cancellation"]._isp_request(document, "01")
        self._pay_move(move, 200.0)
        request.action_withdraw()
        _rep, (paid,) = self._reported()
        self.assertEqual((paid.uuid, paid.part, paid.balance), (document.uuid, 1, 580))

    def test_complement_cancelled_after_its_invoice_was_replaced(self):
        move = self._ppd(580.0)
        self._work()
        old = move.isp_cfdi_id
        self._pay_move(move, 200.0)
        rep, _paid = self._reported()
        self.env["isp.cfdi.cancellation"]._isp_request(old, "01")
        self._work()
        answer = {"CodigoEstatus": "S", "Estado": "Cancelado"}
        self.simulator.post("/_control/sat_answer", {"uuid": old.uuid, "answer": answer})
        old.action_check_sat()
        self.assertEqual(old.state, "cancelled")
        with self.assertRaisesRegex(UserError, "motive 02"):
            self.env["isp.cfdi.cancellation"]._isp_request(rep, "01")
        self._cancel(rep)
        _rep, (paid,) = self._reported()
        self.assertEqual((paid.uuid, paid.part, paid.paid), (move.isp_cfdi_id.uuid, 1, 200))
        self.assertNotEqual(paid.uuid, old.uuid)

    def test_undone_payment_counts_no_more_in_later_complements(self):
        """Also while the PAC is away and complements of both payments are built."""
        move = self._ppd(1160.0)
        self._work()
        first = self._pay_move(move, 500.0)
        unsent = self.instalments._isp_issue_reps(self.company)
        for amount in (300.0, 60.0):
            self._pay_move(move, amount)
            unsent |= self.instalments._isp_issue_reps(self.company)
        first.move_id.line_ids.remove_move_reconcile()
        self.assertEqual(len(unsent.exists()), 2)
        self._work()
        said = [
            (paid.part, paid.balance, paid.left)
            for document in unsent.exists().sorted("id")
            for paid in read_payments(self._root(document))[0].documents
        ]
        self.assertEqual(said, [(1, 1160, 860), (2, 860, 800)])
        first = self._pay_move(move, 100.0)
        _rep, (paid,) = self._reported()
        self.assertEqual((paid.part, paid.balance, paid.left), (3, 800, 700))

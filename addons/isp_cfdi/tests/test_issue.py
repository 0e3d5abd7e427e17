from datetime import timedelta

from psycopg2 import IntegrityError

from odoo import Command, fields
from odoo.exceptions import UserError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.validator import validate
from ..services.xmlio import concepts_of
from .common import CUSTOMER_RFC
from .issue_common import IspIssueCommon


@tagged("post_install", "-at_install")
class TestIssue(IspIssueCommon):
    """PUE, PPD, credit notes, global invoices and autofactura against the PAC."""

    # === NAMED === #

    def test_ppd_goes_with_the_invoice(self):
        self.company.isp_cfdi_policy = "invoice"
        move = self._invoice(580.0)
        self._work()
        document = move.isp_cfdi_id
        self.assertEqual((document.state, document.pay_method), ("stamped", "PPD"))
        root = self._root(document)
        self.assertEqual((root.get("MetodoPago"), root.get("FormaPago")), ("PPD", "99"))
        self.assertEqual(self._fiscal_sum(move), 580.0)

    def test_rule_of_the_customer_comes_first(self):
        self.customer.isp_cfdi_policy = "invoice"
        self.assertEqual(self._invoice(100.0).isp_cfdi_id.pay_method, "PPD")
        self.customer.isp_cfdi_policy = "global"
        move = self._invoice(100.0)
        self._pay_move(move)
        self.assertFalse(move.isp_cfdi_id)
        self.assertEqual(move.isp_cfdi_place_ids.state, "pending")

    def test_month_end_is_pue_when_due_in_time(self):
        self.company.isp_cfdi_policy = "month_end"
        today = self.company._isp_today()
        soon = self._invoice(100.0, invoice_date_due=today)
        late = self._invoice(100.0, invoice_date_due=today + timedelta(days=60))
        self.assertEqual(soon.isp_cfdi_id.pay_method, "PUE")
        self.assertEqual(self._root(soon.isp_cfdi_id).get("FormaPago"), "03")
        self.assertEqual(late.isp_cfdi_id.pay_method, "PPD")

    def test_free_or_reversed_invoice_needs_no_document(self):
        self.company.isp_cfdi_policy = "invoice"
        self.assertFalse(self._invoice(0.0).isp_cfdi_id)
        self.company.isp_cfdi_policy = "payment"
        move = self._invoice(100.0)
        note = self._credit(move)
        self.assertFalse((move | note).isp_cfdi_ids)

    # === LINES === #

    def _lines(self, *lines):
        """Return a posted invoice of ``lines`` (name, price, discount)."""
        commands = [
            Command.create(
                {
                    "name": name,
                    "price_unit": price,
                    "discount": discount,
                    "tax_ids": [Command.set(self.iva16.ids)],
                }
            )
            for name, price, discount in lines
        ]
        return self._invoice(invoice_line_ids=commands)

    def test_negative_line_becomes_a_discount(self):
        self.company.isp_cfdi_policy = "invoice"
        move = self._lines(("Mes", 349.0, 0), ("Renta", 116.0, 0), ("Compensación", -99.99, 0))
        self._work()
        document = move.isp_cfdi_id
        self.assertEqual(document.state, "stamped", document.last_error)
        root = self._root(document)
        self.assertEqual(root.get("Total"), "365.01")
        self.assertEqual(len(list(concepts_of(root))), 2)
        self.assertEqual(root.get("Descuento"), "86.20")

    def test_negative_line_without_room_says_what_to_do(self):
        self.company.isp_cfdi_policy = "invoice"
        line = {"name": "Ajuste", "price_unit": -50.0, "tax_ids": [Command.clear()]}
        good = {"name": "Mes", "price_unit": 349.0, "tax_ids": [Command.set(self.iva16.ids)]}
        move = self._invoice(invoice_line_ids=[Command.create(good), Command.create(line)])
        self.assertEqual(move.isp_cfdi_id.state, "draft")
        self.assertIn("“Ajuste”", move.isp_cfdi_id.last_error)

    def test_wholly_discounted_line_is_left_out(self):
        self.company.isp_cfdi_policy = "invoice"
        move = self._lines(("Mes", 349.0, 0), ("Instalación", 500.0, 100))
        self._work()
        self.assertEqual(self._root(move.isp_cfdi_id).get("Total"), "349.00")
        free = self._lines(("Instalación", 500.0, 100))
        self.assertFalse(free.isp_cfdi_id)

    def test_o13_posting_calls_nobody_and_one_problem_stops_nobody(self):
        self.company.isp_cfdi_policy = "invoice"
        odd = self.iva16.copy({"name": "Odd", "l10n_mx_tax_type": "local"})
        line = {"name": "Mes", "price_unit": 100.0}
        values = [
            {
                "move_type": "out_invoice",
                "partner_id": self.customer.id,
                "invoice_date": self.company._isp_today(),
                "invoice_line_ids": [Command.create({**line, "tax_ids": [Command.set(tax.ids)]})],
            }
            for tax in (self.iva16, odd)
        ]
        moves = self.env["account.move"].create(values)
        moves.action_post()
        self.assertEqual(moves.mapped("state"), ["posted", "posted"])
        good, bad = moves
        self.assertEqual((good.isp_cfdi_id.state, bad.isp_cfdi_id.state), ("ready", "draft"))
        self.assertFalse(self._stamps(good.isp_cfdi_id))
        self._work()
        self.assertEqual(good.isp_cfdi_id.state, "stamped")

    # === CREDIT NOTES === #

    def test_credit_note_of_a_named_invoice(self):
        move = self._invoice(580.0)
        self._pay_move(move)
        self._work()
        note = self._credit(move, 116.0)
        document = note.isp_cfdi_id
        self.assertEqual((document.kind, document.origin_id), ("E", move.isp_cfdi_id))
        self._work()
        root = self._root(document)
        self.assertEqual(root.get("TipoDeComprobante"), "E")
        self.assertEqual((root.get("Serie"), root.get("Total")), ("E", "116.00"))
        self.assertEqual(root.find("{*}CfdiRelacionados").get("TipoRelacion"), "01")
        related = root.find("{*}CfdiRelacionados/{*}CfdiRelacionado")
        self.assertEqual(related.get("UUID"), move.isp_cfdi_id.uuid)
        self.assertEqual(root.find("{*}Receptor").get("UsoCFDI"), "G02")
        self.assertEqual(root.find("{*}Receptor").get("Rfc"), CUSTOMER_RFC)
        self.assertEqual(document.state, "stamped", document.last_error)
        self.assertEqual(self._fiscal_sum(move), self._booked(move))

    def test_credit_note_waits_for_its_invoice(self):
        self.company.isp_cfdi_policy = "invoice"
        move = self._invoice(580.0)
        note = self._credit(move, 80.0)
        self.assertFalse(note.isp_cfdi_id)
        self._work()
        self.assertEqual(note.isp_cfdi_id.state, "stamped", note.isp_cfdi_id.last_error)
        self.assertEqual(self._root(note.isp_cfdi_id).get("FormaPago"), "15")
        self.assertEqual(self._fiscal_sum(move), 500.0)

    def test_credit_note_goes_to_whom_was_invoiced(self):
        move = self._invoice(580.0)
        self._pay_move(move)
        self._work()
        self.customer.write(
            {"vat": "VECJ880326XXX", "isp_cfdi_regime": "605"} | {"isp_cfdi_use": "S01"}
        )
        document = self._credit(move).isp_cfdi_id
        self.assertEqual(self._root(document).find("{*}Receptor").get("Rfc"), CUSTOMER_RFC)

    def test_credit_note_without_an_invoice_says_what_to_do(self):
        """SAT wants the UUID of what is corrected; the books take the note all the same."""
        self.company.isp_cfdi_user_id = self.user_billing
        note = self._invoice(116.0, move_type="out_refund")
        self.assertEqual((note.state, note.isp_cfdi_ids), ("posted", self.documents))
        self.assertIn("UUID of the one that it corrects", note.activity_ids.note)
        self.assertEqual(note.activity_ids.user_id, self.user_billing)
        with self.assertRaisesRegex(UserError, "«Credit note» on its invoice"):
            note.action_isp_cfdi_credit()
        note.button_draft()
        note.action_post()
        self.assertEqual(len(note.activity_ids), 1)
        for other in (self._credit(self._invoice(116.0)), self._invoice(0, move_type="out_refund")):
            self.assertFalse(other.activity_ids)

    def test_returned_goods_are_relation_03(self):
        router = self.env["product.product"].create({"name": "Router", "type": "consu"})
        move = self._invoice(399.0)
        self._pay_move(move)
        self._work()
        note = move._reverse_moves([{"invoice_date": move.invoice_date}])
        note.invoice_line_ids.product_id = router
        note.action_post()
        self.assertEqual(note.isp_cfdi_id.relation, "03")

    # === GLOBAL === #

    def test_o7_o15_global_has_one_concept_per_receipt(self):
        moves = self._receipt(349.0) | self._receipt(449.0) | self._receipt(99.99)
        self.assertFalse(moves.isp_cfdi_id)
        document = self._globals()
        self._work()
        self.assertEqual(document.state, "stamped", document.last_error)
        root = self._root(document)
        self.assertEqual(validate(document._isp_xml()), [])
        self.assertEqual(root.find("{*}Receptor").get("Nombre"), "PUBLICO EN GENERAL")
        self.assertEqual(root.find("{*}InformacionGlobal").get("Periodicidad"), "04")
        rows = list(concepts_of(root))
        self.assertEqual({row.get("NoIdentificacion") for row in rows}, set(moves.mapped("name")))
        for row in rows:
            codes = [row.get(name) for name in ("ClaveProdServ", "ClaveUnidad", "Descripcion")]
            self.assertEqual(codes, ["01010101", "ACT", "Venta"])
        self.assertEqual(root.get("Total"), "897.99")
        self.assertEqual(moves.mapped("isp_cfdi_id"), document)
        for move in moves:
            self.assertEqual(self._fiscal_sum(move), self._booked(move))

    def test_o7_generic_rfc_with_a_name_is_no_global(self):
        self.company.isp_cfdi_public = "named"
        move = self._receipt(349.0)
        root = self._root(move.isp_cfdi_id)
        self.assertIsNone(root.find("{*}InformacionGlobal"))
        self._work()
        note = self._root(self._credit(move).isp_cfdi_id)
        self.assertIsNone(note.find("{*}InformacionGlobal"))
        self.assertEqual(note.find("{*}Receptor").get("UsoCFDI"), "S01")

    def test_long_period_is_split(self):
        self.company.isp_cfdi_global_max = 2
        moves = self.env["account.move"].union(*(self._receipt() for _n in range(5)))
        documents = self._globals()
        self._work()
        self.assertEqual(len(documents), 3)
        self.assertEqual(set(documents.mapped("state")), {"stamped"})
        self.assertEqual(sum(documents.mapped("total")), sum(moves.mapped("amount_total")))
        self.assertEqual(len(set(documents.mapped("folio"))), 3)

    def test_nothing_is_issued_before_the_period_is_over(self):
        self._receipt()
        self.assertFalse(self.places._isp_issue_globals(self.company))

    def test_job_issues_by_itself(self):
        move = self._receipt()
        self._close_period()
        with self.enter_registry_test_mode():
            self.env.ref("isp_cfdi.ir_cron_global").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual(move.isp_cfdi_id.state, "ready")

    def test_a_receipt_has_one_place(self):
        move = self._receipt()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.places.create({"move_id": move.id, "state": "pending"})
        document = self._globals()
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            self.places.create({"move_id": move.id, "state": "named", "document_id": document.id})

    def test_receipt_that_cannot_be_read_is_retried(self):
        odd = self.iva16.copy({"name": "Odd", "l10n_mx_tax_type": "local"})
        self.iva16, good = odd, self.iva16
        move = self._receipt()
        self.iva16 = good
        row = move.isp_cfdi_place_ids
        self.assertIn("Odd", row.problem)
        self.assertFalse(self._globals())
        odd.l10n_mx_tax_type = "iva"
        row.action_retry()
        self.assertEqual(self._globals().total, 349.0)

    def test_undone_payment_leaves_the_waiting_room(self):
        move = self._receipt()
        move.line_ids.remove_move_reconcile()
        self.assertFalse(move._isp_cfdi_live_place())
        self._pay_move(move)
        self.assertEqual(move._isp_cfdi_live_place().state, "pending")

    def test_reset_of_a_receipt_leaves_an_unsent_global(self):
        moves = self._receipt(100.0) | self._receipt(200.0)
        document = self._globals()
        moves[0].button_draft()
        self.assertEqual((document.total, document.state), (200.0, "ready"))
        self._work()
        with self.assertRaisesRegex(UserError, document.name):
            moves[1].button_draft()

    def test_refund_of_a_receipt(self):
        waiting, part, whole = self._receipt(100.0), self._receipt(200.0), self._receipt(300.0)
        self._credit(waiting)
        self.assertFalse(waiting._isp_cfdi_live_place())
        first = self._credit(part, 50.0)
        self.assertFalse(first.isp_cfdi_id)
        document = self._globals()
        self._work()
        self.assertEqual(document.total, 500.0)
        second = self._credit(whole)
        self._work()
        for note in (first, second):
            self.assertEqual(note.isp_cfdi_id.state, "stamped", note.isp_cfdi_id.last_error)
            root = self._root(note.isp_cfdi_id)
            self.assertEqual(root.find("{*}Receptor").get("Nombre"), "PUBLICO EN GENERAL")
            self.assertIsNone(root.find("{*}InformacionGlobal"))
            related = root.find("{*}CfdiRelacionados/{*}CfdiRelacionado")
            self.assertEqual(related.get("UUID"), document.uuid)
        for move in (waiting, part, whole):
            self.assertEqual(self._fiscal_sum(move), self._booked(move))

    def test_cancelled_global_is_issued_again(self):
        move = self._receipt()
        document = self._globals()
        self._work()
        self._cancel(document)
        self.assertEqual(move._isp_cfdi_live_place().state, "pending")
        self.assertEqual(self._fiscal_sum(move), 0.0)
        again = self._globals()
        self._work()
        self.assertEqual(again.state, "stamped")
        self.assertEqual(self._fiscal_sum(move), 349.0)

    # === FOLIOS === #

    def test_o16_folios_are_unique_per_issuer_and_series(self):
        first = self._globals() if self._receipt() else None
        second = self._globals() if self._receipt() else None
        self.assertEqual(first.serie, "G")
        self.assertEqual(int(second.folio), int(first.folio) + 1)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            second.folio = first.folio
            second.flush_recordset()
        self.assertEqual(fields.Datetime.now().year, first.issued_at.year)

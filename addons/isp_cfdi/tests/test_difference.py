from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError
from odoo.tests import new_test_user, tagged

from .issue_common import IspIssueCommon


@tagged("post_install", "-at_install")
class TestDifference(IspIssueCommon):
    """Stamped versus booked: nothing for what agrees, a row for each kind of difference."""

    def setUp(self):
        super().setUp()
        self.document = self._stamped_document()
        self.move = self.document.move_id

    def _rows(self, company=None):
        self.env.flush_all()
        rows = self.env["isp.cfdi.difference"]
        rows.invalidate_model()
        return rows.search([("company_id", "=", (company or self.company).id)])

    def _kinds(self):
        return sorted(self._rows().mapped("kind"))

    def _set(self, record, **values):
        """Write what no user can write, as a slip of ours or of SAT would leave it."""
        self.env.flush_all()
        for name, value in values.items():
            self.env.cr.execute(
                f"UPDATE {record._table} SET {name} = %s WHERE id IN %s",  # pylint: disable=E8103
                [value, tuple(record.ids)],
            )
        self.env.invalidate_all()

    def _place(self, move=None):
        return self.env["isp.cfdi.place"].sudo().search([("move_id", "=", (move or self.move).id)])

    def test_what_agrees_is_no_difference(self):
        self._stamped_document(months=3)
        self._paid_document()
        self.assertFalse(self._rows())

    def test_paid_and_not_invoiced(self):
        self.company.isp_cfdi_auto = False
        subscription = self._create_subscription()
        payment = self._pay(subscription, 349.0, months=1)
        self.assertFalse(self._rows())
        self.company.isp_cfdi_auto = True
        row = self._rows()
        self.assertEqual(row.kind, "missing")
        self.assertEqual(row.move_id, payment.reconciled_invoice_ids)
        self.assertEqual((row.booked, row.stamped, row.difference), (349.0, 0.0, -349.0))
        self.assertEqual(row.action_open()["res_id"], row.move_id.id)

    def test_not_stamped_in_time(self):
        late = self._paid_document()
        self.assertFalse(self._rows())
        self._set(late, issued_at=fields.Datetime.now() - timedelta(hours=73))
        row = self._rows()
        self.assertEqual((row.kind, row.document_id), ("late", late))
        self.assertEqual(row.action_open()["res_id"], late.id)

    def test_refused_and_its_invoice_cancelled(self):
        """It can neither be stamped nor deleted: its place in the numbers stays empty."""
        self.simulator.post("/_control/receiver", {"rfc": self.customer.vat, "code": "CFDI40145"})
        refused = self._paid_document()
        refused._outbox_process_one()
        self.assertEqual((refused.state, len(refused.activity_ids)), ("error", 1))
        self._set(refused, issued_at=fields.Datetime.now() - timedelta(hours=73))
        self.assertEqual(self._kinds(), ["late"])
        deadlines = self.env["isp.cfdi.deadline"].sudo()
        self.assertIn(
            refused.id, [v["document_id"] for v in deadlines._isp_open_stamps(self.company)]
        )
        refused.move_id.button_draft()
        refused.move_id.button_cancel()
        self.assertFalse(refused.activity_ids)
        self.assertFalse(self._rows())
        self.assertFalse(deadlines._isp_open_stamps(self.company))

    def test_receipt_that_waits_for_its_global_invoice(self):
        place = self._place()
        self._set(place, state="void")
        self.assertFalse(self._rows())
        values = {
            "move_id": self.move.id,
            "state": "pending",
            "reference": self.move.name,
            "total": 349.0,
            "period_end": self.company._isp_today() + timedelta(days=8),
        }
        pending = place.create(values)
        self.assertFalse(self._rows())
        pending.period_end = self.company._isp_today() - timedelta(days=10)
        self.assertEqual(self._kinds(), ["late"])

    def test_another_total_or_currency(self):
        self._set(self.document, total=348.99)
        row = self._rows()
        self.assertEqual((row.kind, row.booked, row.stamped), ("amount", 349.0, 348.99))
        self._set(self.document, total=349.0, currency_id=self.env.ref("base.USD").id)
        self.assertEqual(self._kinds(), ["amount"])

    def test_other_taxes(self):
        self._set(self.document, amount_iva=48.0)
        row = self._rows()
        self.assertEqual((row.kind, row.booked, row.stamped), ("tax", 48.14, 48.0))
        self._set(self.document, amount_iva=50.14, amount_withheld=2.0)
        self.assertFalse(self._rows())

    def test_stamped_and_not_booked(self):
        self._set(self.move, state="cancel")
        self.assertEqual(self._kinds(), ["unbooked"])
        self._set(self.move, state="posted")
        self._set(self.document, move_id=None)
        kinds = self._rows().grouped("kind")
        self.assertEqual(kinds["unbooked"].document_id, self.document)

    def test_cancelled_at_sat_and_still_booked(self):
        self.env["isp.cfdi.cancellation"]._isp_request(self.document, "02")._outbox_process_one()
        self.document.action_check_sat()
        row = self._rows()
        self.assertEqual((row.kind, row.document_id), ("cancelled", self.document))
        self.move._reverse_moves([{"date": self.company._isp_today()}])._post()
        self.assertFalse(self._rows())

    def test_global_invoice_and_its_receipts(self):
        self._set(self.document, is_global=True, move_id=None)
        place = self._place()
        self._set(place, state="global")
        self.assertFalse(self._rows())
        self._set(place, total=300.0)
        row = self._rows()
        self.assertEqual((row.kind, row.booked, row.stamped), ("global", 300.0, 349.0))

    def test_credit_note_without_cfdi(self):
        self.company.isp_cfdi_auto = False
        note = self.move._reverse_moves([{"date": self.company._isp_today()}])
        note._post()
        row = self._rows()
        self.assertEqual((row.kind, row.move_id), ("credit", note))

    def test_payments_and_their_rep(self):
        self.company.isp_cfdi_policy = "invoice"
        move = self._invoice(1160.0)
        self._work()
        payment = self._pay_move(move, 500.0)
        instalment = self.env["isp.cfdi.instalment"].sudo().search([("move_id", "=", move.id)])
        self.assertFalse(self._rows())
        instalment.due_date = self.company._isp_today() - timedelta(days=2)
        row = self._rows()
        self.assertEqual((row.kind, row.move_id, row.booked), ("rep", move, 500.0))
        document = instalment._isp_issue_reps(self.company)
        self._work()
        self.assertEqual((document.state, document.amount_paid), ("stamped", 500.0))
        self.assertEqual(document._isp_payments(), payment)
        self.assertFalse(self._rows())
        self._set(document, amount_paid=499.0)
        row = self._rows()
        self.assertEqual((row.kind, row.booked, row.stamped), ("rep", 500.0, 499.0))
        self._set(document, amount_paid=500.0)
        partial = instalment.partial_id
        self._set(instalment, partial_id=None)
        both = self._rows().sorted("booked")
        self.assertEqual(both.mapped("kind"), ["rep", "rep"])
        self.assertEqual(both.mapped("difference"), [500.0, -500.0])
        self._set(instalment, partial_id=partial.id)
        self.assertFalse(self._rows())

    def test_sat_says_something_else(self):
        self._set(self.document, sat_state="Vigente")
        self.assertFalse(self._rows())
        self._set(self.document, sat_state="Cancelado · Plazo vencido")
        self.assertEqual(self._kinds(), ["sat"])

    def test_differences_are_for_accountants_of_the_company(self):
        self._set(self.document, total=1.0)
        rows = self.env["isp.cfdi.difference"]
        other = self.env["res.company"].create({"name": "Other ISP"})
        for login, company, found in (("mine", self.company, 1), ("other", other, 0)):
            user = new_test_user(
                self.env,
                login=f"cfdi_difference_{login}",
                groups="isp_cfdi.group_isp_accountant",
                company_id=company.id,
                company_ids=[Command.set(company.ids)],
            )
            domain = [("document_id", "=", self.document.id)]
            self.assertEqual(len(rows.with_user(user).search(domain)), found)
        for user in (self.user_readonly, self.user_technician, self.user_cashier):
            with self.assertRaises(AccessError):
                rows.with_user(user).search([])
        with self.assertRaises(AccessError):
            rows.with_user(self.user_billing).create({"kind": "sat"})

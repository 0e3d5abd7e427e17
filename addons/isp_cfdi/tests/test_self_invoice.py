from datetime import timedelta

from odoo import Command, fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from .issue_common import IspIssueCommon

PATH = "/my/isp/self-invoice"
FISCAL = {
    "vat": "AARO850101QX3",
    "zip": "58110",
    "isp_cfdi_regime": "605",
    "isp_cfdi_use": "S01",
}


@tagged("post_install", "-at_install")
class TestSelfInvoice(IspIssueCommon, IspHttpCommon):
    """The customer asks for a named invoice of a receipt, and the global one stays right."""

    def setUp(self):
        super().setUp()
        self.authenticate(self.other_portal_user.login, self.other_portal_user.login)

    def _named(self, move):
        """Write the fiscal data and ask for the invoice."""
        self.other_customer.write(FISCAL)
        return move._isp_cfdi_self_invoice()

    def _ask(self, move):
        page = self.url_open("/my/isp/fiscal").text
        token = page.partition('name="csrf_token" value="')[2].partition('"')[0]
        return self.url_open(f"{PATH}/{move.id}", data={"csrf_token": token})

    # === WHERE THE RECEIPT IS === #

    def test_receipt_that_waits_for_its_global(self):
        move, other = self._receipt(100.0), self._receipt(200.0)
        document = self._named(move)
        self.assertEqual(move._isp_cfdi_live_place().state, "named")
        self.assertEqual(self._globals().total, 200.0)
        self._work()
        self.assertEqual(document.receiver_rfc, FISCAL["vat"])
        for receipt in (move, other):
            self.assertEqual(self._fiscal_sum(receipt), self._booked(receipt))

    def test_receipt_in_an_unsent_global(self):
        move, other = self._receipt(100.0), self._receipt(200.0)
        document = self._globals()
        self._named(move)
        self.assertEqual((document.total, document.outbox_state), (200.0, "ready"))
        self._work()
        self.assertEqual(document.state, "stamped", document.last_error)
        for receipt in (move, other):
            self.assertEqual(self._fiscal_sum(receipt), self._booked(receipt))

    def test_last_receipt_of_an_unsent_global(self):
        move = self._receipt(100.0)
        document = self._globals()
        self._named(move)
        self.assertFalse(document.exists())

    def test_receipt_while_its_global_is_being_stamped(self):
        move = self._receipt(100.0)
        self._globals().write({"outbox_state": "sent", "attempts": 1})
        with self.assertRaisesRegex(UserError, "few minutes"):
            self._named(move)

    def test_receipt_in_a_stamped_global_gets_a_credit_note(self):
        move, other = self._receipt(100.0), self._receipt(200.0)
        document = self._globals()
        self._work()
        named = self._named(move)
        place = move.isp_cfdi_place_ids.filtered(lambda row: row.state == "leaving")
        self.assertFalse(place.credit_id, "the global keeps the receipt until the named is stamped")
        self._work()
        self.assertEqual((place.state, named.state), ("left", "stamped"))
        root = self._root(place.credit_id)
        self.assertEqual(root.get("TipoDeComprobante"), "E")
        related = root.find("{*}CfdiRelacionados/{*}CfdiRelacionado")
        self.assertEqual(related.get("UUID"), document.uuid)
        self.assertEqual(root.find("{*}Receptor").get("Rfc"), "XAXX010101000")
        self.assertIsNone(root.find("{*}InformacionGlobal"))
        self.assertEqual(move.isp_cfdi_id, named)
        for receipt in (move, other):
            self.assertEqual(self._fiscal_sum(receipt), self._booked(receipt))

    def test_receipt_in_a_stamped_global_that_is_issued_again(self):
        self.company.isp_cfdi_self_policy = "reissue"
        move, other = self._receipt(100.0), self._receipt(200.0)
        document = self._globals()
        self._work()
        self._named(move)
        self._work()
        request = document.cancellation_ids
        self.assertEqual(request.motive, "04")
        request._outbox_process_one()
        document.action_check_sat()
        self.assertEqual(document.state, "cancelled")
        self.assertEqual(self._globals().total, 200.0)
        self._work()
        for receipt in (move, other):
            self.assertEqual(self._fiscal_sum(receipt), self._booked(receipt))

    def test_discarded_named_invoice_puts_the_receipt_back(self):
        move = self._receipt(100.0)
        document = self._globals()
        self._work()
        self.simulator.post("/_control/receiver", {"rfc": FISCAL["vat"], "code": "CFDI40145"})
        named = self._named(move)
        named.unlink()
        self.assertEqual(move._isp_cfdi_live_place().document_id, document)
        self.assertEqual(self._fiscal_sum(move), 100.0)

    # === WHO AND UNTIL WHEN === #

    def test_refusals_say_why(self):
        move = self._receipt(100.0)
        with self.assertRaisesRegex(UserError, "fiscal data first"):
            move._isp_cfdi_self_invoice()
        self._named(move)
        with self.assertRaisesRegex(UserError, "already has its invoice"):
            move._isp_cfdi_self_invoice()
        self.other_customer.vat = False
        open_move = self._invoice(50.0, partner=self.other_customer)
        with self.assertRaisesRegex(UserError, "Only a paid receipt"):
            open_move._isp_cfdi_self_invoice()
        late = self._receipt(70.0)
        late.sudo().isp_paid_on = fields.Datetime.now() - timedelta(days=45)
        with self.assertRaisesRegex(UserError, "end of the month"):
            self._named(late)
        self.company.isp_cfdi_self_days = 60
        self.assertTrue(late._isp_cfdi_self_invoice())

    def test_asked_in_the_portal(self):
        move = self._receipt(100.0)
        page = self.url_open(PATH)
        self.assertIn(move.name, page.text)
        self.assertRegex(page.text, "fiscal data first|primero tus datos fiscales")
        self.other_customer.write(FISCAL)
        answer = self._ask(move)
        self.assertEqual(answer.status_code, 200)
        self.env.invalidate_all()
        self.assertEqual(move._isp_cfdi_live_place().state, "named")
        self._ask(move)
        self.assertEqual(len(move.isp_cfdi_ids), 1)

    def test_only_own_receipts(self):
        move = self._invoice(100.0)
        self.company.isp_cfdi_auto = False
        self._pay_move(move)
        self.other_customer.write(FISCAL)
        self.assertNotIn(move.name, self.url_open(PATH).text)
        self.assertEqual(self._ask(move).status_code, 404)
        self.env.invalidate_all()
        self.assertFalse(move.isp_cfdi_ids)

    def test_places_are_the_staffs_business(self):
        row = self._receipt(100.0).isp_cfdi_place_ids
        with self.assertRaises(AccessError):
            row.with_user(self.other_portal_user).read(["state"])
        with self.assertRaises(AccessError):
            row.with_user(self.user_cashier).action_retry()
        with self.assertRaises(AccessError):
            row.with_user(self.user_manager).write({"state": "void"})
        row.with_user(self.user_billing).action_retry()
        other = self.env["res.company"].create({"name": "Other ISP"})
        stranger = new_test_user(
            self.env,
            login="cfdi_place_other",
            groups="isp_subscription.group_isp_manager",
            company_id=other.id,
            company_ids=[Command.set(other.ids)],
        )
        self.assertFalse(self.places.with_user(stranger).sudo(False).search([]))

    def test_cancelled_credit_note_of_the_global_leaves_the_receipt_alone(self):
        move = self._receipt(100.0)
        self._globals()
        self._work()
        self._named(move)
        self._work()
        credit = move.isp_cfdi_place_ids.credit_id
        wizard = self.env["isp.cfdi.cancel"].create({"document_id": credit.id, "motive": "02"})
        self.assertFalse(wizard.reverse_move or wizard.has_move)
        wizard.reverse_move = True
        wizard.action_request()
        credit.cancellation_ids.sudo()._outbox_process_one()
        differences = self.env["isp.cfdi.difference"]
        self.assertFalse(differences.search([("move_id", "=", move.id)]))
        credit.action_check_sat()
        self.assertEqual(credit.state, "cancelled")
        self.assertFalse(move.reversal_move_ids)
        differences.invalidate_model()
        row = differences.search([("move_id", "=", move.id)])
        self.assertEqual((row.kind, row.booked, row.stamped), ("global", 100, 200))

from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IspPacCommon

UNCLEAR = ("unknown", "cancel_requested")


@tagged("post_install", "-at_install")
class TestCancellation(IspPacCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cancellations = cls.env["isp.cfdi.cancellation"].sudo()

    def _request(self, document, motive="02", reverse=False):
        values = {"document_id": document.id, "motive": motive, "reverse_move": reverse}
        self.env["isp.cfdi.cancel"].create(values).action_request()
        return document.cancellation_ids[:1]

    def _answer(self, document, state="Vigente", cancellable="", cancellation="", code="S"):
        """Let SAT say this about the document."""
        given = {
            "CodigoEstatus": code,
            "Estado": state,
            "EsCancelable": cancellable,
            "EstatusCancelacion": cancellation,
        }
        given = {"uuid": document.uuid, "answer": given}
        self.simulator.post("/_control/sat_answer", given)

    def setUp(self):
        super().setUp()
        self._stamped = None

    @property
    def stamped(self):
        """A stamped document, the same one during a test."""
        self._stamped = self._stamped or self._stamped_document()
        return self._stamped

    def test_sat_confirms_before_the_document_is_cancelled(self):
        document = self._stamped_document()
        request = self._request(document)
        self.assertEqual(document.state, "cancel_requested")
        request._outbox_process_one()
        self.assertEqual(document.state, "cancel_in_process")
        self.assertEqual(request.code, "201")
        self.assertIn(b"Acuse", request.acuse_attachment_id.raw)
        document.action_check_sat()
        self.assertEqual(document.state, "cancelled")
        self.assertIn("Cancelado", document.sat_state)

    def test_cancelled_document_frees_the_invoice(self):
        document = self._stamped_document()
        self._request(document, "03")._outbox_process_one()
        document.action_check_sat()
        again = self.documents._isp_create_for_move(document.move_id)
        self.assertNotEqual(again, document)
        self.assertEqual(again.state, "ready")
        self.assertEqual(document.move_id.isp_cfdi_id, again)

    def test_invoice_is_undone_only_when_sat_says_cancelled(self):
        self.simulator.post("/_control/sat", {"acceptance": True})
        document = self._stamped_document()
        self._request(document, "03", reverse=True)._outbox_process_one()
        document.action_check_sat()
        self.assertEqual((document.state, document.move_id.state), ("cancel_in_process", "posted"))
        self.simulator.post("/_control/answer", {"uuid": document.uuid, "accept": True})
        document.action_check_sat()
        self.assertEqual((document.state, document.move_id.state), ("cancelled", "cancel"))
        self.assertFalse(self.payment.is_reconciled, "the money is the customer's credit")

    def test_closed_books_get_a_credit_note(self):
        document = self._stamped_document()
        move = document.move_id
        move.company_id.sale_lock_date = move.date
        self._request(document, "02", reverse=True)._outbox_process_one()
        document.action_check_sat()
        self.assertEqual((document.state, move.state), ("cancelled", "posted"))
        self.assertEqual(move.reversal_move_ids.mapped("state"), ["posted"])

    def test_recipient_accepts_or_refuses(self):
        self.simulator.post("/_control/sat", {"acceptance": True})
        for accept, state in ((True, "cancelled"), (False, "cancel_rejected")):
            document = self._stamped_document()
            self._request(document)._outbox_process_one()
            document.action_check_sat()
            self.assertEqual(document.state, "cancel_in_process")
            self.simulator.post("/_control/answer", {"uuid": document.uuid, "accept": accept})
            document.action_check_sat()
            self.assertEqual(document.state, state)

    def test_cancel_rejected_can_be_asked_again(self):
        """The document is valid meanwhile; the next request may go through."""
        self.simulator.post("/_control/sat", {"acceptance": True})
        document = self._stamped_document()
        for accept, state in ((False, "cancel_rejected"), (True, "cancelled")):
            self._request(document)._outbox_process_one()
            self.simulator.post("/_control/answer", {"uuid": document.uuid, "accept": accept})
            document.action_check_sat()
            self.assertEqual(document.state, state)
        self.assertEqual(len(document.cancellation_ids), 2)

    def test_o9_raw_answer_is_kept_before_it_is_read(self):
        """SAT has cancelled, the answer cannot be read: nothing of it is lost."""
        for mode in ("html", "cancel_code_999"):
            document = self._stamped_document()
            request = self._request(document)
            self._mode(mode)
            request._outbox_process_one()
            self.assertEqual((request.outbox_state, document.state), UNCLEAR)
            kept = self.env["ir.attachment"].search(
                [("res_id", "=", document.id), ("res_model", "=", document._name)], order="id desc"
            )
            self.assertIn(b"<html>" if mode == "html" else b'"999"', kept[0].raw)
            self.assertTrue(request.request_attachment_id.exists())

    def test_o10_unknown_codes_never_mean_cancelled(self):
        document = self._stamped_document()
        request = self._request(document)
        for mode in ("cancel_code_999", "cancel_code_", "cancel_empty", "html", "before_empty"):
            request.outbox_state = "ready"
            self._mode(mode)
            self._due(request)
            self.assertEqual((request.outbox_state, document.state), UNCLEAR, mode)
            self.assertTrue(request.last_error)
        self.assertEqual(len(document.activity_ids), 1)

    def test_every_answer_of_the_table(self):
        for mode, outbox, state in (
            ("cancel_code_201", "done", "cancel_in_process"),
            ("cancel_code_202", "done", "cancel_in_process"),
            ("cancel_code_203", "error", "stamped"),
            ("cancel_code_205", "ready", "cancel_requested"),
            ("cancel_code_207", "error", "stamped"),
            ("cancel_code_208", "error", "stamped"),
            ("cancel_code_no_cancelable", "error", "cancel_rejected"),
            ("cancel_request_708", "ready", "cancel_requested"),
            ("cancel_request_300", "ready", "cancel_requested"),
            ("cancel_request_305", "ready", "cancel_requested"),
            ("cancel_request_304", "error", "stamped"),
            ("cancel_request_711", "error", "stamped"),
            ("cancel_request_798", "ready", "cancel_requested"),
            ("cancel_request_799", "error", "stamped"),
        ):
            with self.subTest(mode):
                request = self._request(self.stamped)
                self._mode(mode)
                request._outbox_process_one()
                self.assertEqual((request.outbox_state, self.stamped.state), (outbox, state))
                self.assertEqual(request.code, mode.rpartition("cancel_")[2].split("_", 1)[1])
                self.assertEqual(bool(request.presented_at), outbox == "done")
                if mode.endswith("798"):
                    wait = request.next_attempt_at - fields.Datetime.now()
                    self.assertGreater(wait, timedelta(hours=71))
                request.outbox_state = "error"
                self.stamped.cancel_state = "none"

    def test_every_word_of_sat(self):
        """The table of the polls; the document is in process."""
        request = self._request(self.stamped)
        self._mode("cancel_code_201")
        request._outbox_process_one()
        for answer, state in (
            ({"cancellable": "Cancelable con aceptación"}, "cancel_in_process"),
            ({"cancellation": "En proceso"}, "cancel_in_process"),
            ({"state": "No Encontrado"}, "cancel_in_process"),
            ({"state": "Cancelado", "code": "N - 601"}, "cancel_in_process"),
            ({"cancellation": "Solicitud rechazada"}, "cancel_rejected"),
            ({"cancellable": "No cancelable"}, "cancel_rejected"),
            ({"state": "Cancelado", "cancellation": "Plazo vencido"}, "cancelled"),
        ):
            with self.subTest(answer):
                self._answer(self.stamped, **answer)
                self.stamped.action_check_sat()
                self.assertEqual(self.stamped.state, state)
                self.stamped.cancel_state = "in_process"

    def test_request_that_sat_never_registered_is_presented_again(self):
        request = self._request(self.stamped)
        self._mode("cancel_code_201")
        request._outbox_process_one()
        first = request.request_attachment_id
        self.stamped.action_check_sat()
        self.assertEqual(self.stamped.state, "cancel_in_process")
        earlier = fields.Datetime.now() - timedelta(hours=25)
        request.write({"presented_at": earlier, "signed_at": earlier})
        self.stamped.action_check_sat()
        self.assertEqual((request.outbox_state, self.stamped.state), ("ready", "cancel_requested"))
        request._outbox_process_one()
        self.assertEqual(request.outbox_state, "done")
        self.assertNotEqual(request.request_attachment_id, first, "signed anew, old bytes stay")
        self.stamped.action_check_sat()
        self.assertEqual(self.stamped.state, "cancelled")

    def test_not_found_yet_is_asked_again(self):
        document = self._stamped_document()
        self.simulator.post("/_control/sat", {"lag": 600})
        request = self._request(document)
        request._outbox_process_one()
        self.assertEqual((request.outbox_state, request.code), ("ready", "205"))
        self.simulator.post("/_control/sat", {"lag": 0})
        self._due(request)
        self.assertEqual(document.state, "cancel_in_process")

    def test_lost_answer_is_settled_by_sats_status(self):
        document = self._stamped_document()
        request = self._request(document)
        self.simulator.post("/_control/fault", {"kind": "drop", "path": "cancel"})
        request._outbox_process_one()
        self.assertEqual(request.outbox_state, "unknown")
        self._due(request)
        self.assertEqual(request.outbox_state, "done")

    def test_polls_follow_the_plan(self):
        request = self._request(self.stamped)
        self._mode("cancel_code_201")
        request._outbox_process_one()
        for hours, minutes in ((0, 60), (25, 360), (130, 1440)):
            request.presented_at = fields.Datetime.now() - timedelta(hours=hours)
            self._answer(self.stamped, cancellation="En proceso")
            self.stamped.action_check_sat()
            wait = self.stamped.sat_next_check_at - fields.Datetime.now()
            self.assertAlmostEqual(wait.total_seconds(), 60 * minutes, delta=10)
        self._answer(self.stamped, state="Cancelado")
        self.stamped.action_check_sat()
        self.assertFalse(self.stamped.sat_next_check_at)

    def test_live_relations_refuse(self):
        document = self._stamped_document()
        self.simulator.post("/_control/cancellable", {"uuid": document.uuid, "cancellable": False})
        self._request(document)._outbox_process_one()
        self.assertEqual(document.state, "cancel_rejected")
        self.assertEqual(len(document.activity_ids), 1)

    def test_only_valid_documents_are_cancelled(self):
        document = self._paid_document()
        with self.assertRaises(UserError):
            self._request(document)

    def test_status_is_checked_and_kept(self):
        document = self._stamped_document()
        self.assertFalse(document.sat_checked_at)
        document.action_check_sat()
        self.assertEqual((document.state, document.sat_state), ("stamped", "Vigente"))
        self.assertTrue(document.sat_checked_at)
        self.assertGreater(document.sat_next_check_at, fields.Datetime.now())

    def test_unreachable_sat_changes_nothing(self):
        document = self._stamped_document()
        self.pac.sat_url = "http://127.0.0.1:9"
        self.assertIsNone(document._isp_check_sat())
        self.assertEqual(document.state, "stamped")

    def test_crons_present_and_ask(self):
        document = self._stamped_document()
        self._request(document)
        with self.enter_registry_test_mode():
            self.env.ref("isp_cfdi.ir_cron_cancel").method_direct_trigger()
            document.sat_next_check_at = fields.Datetime.now() - timedelta(seconds=1)
            self.env.ref("isp_cfdi.ir_cron_sat_status").method_direct_trigger()
        document.invalidate_recordset()
        self.assertEqual(document.state, "cancelled")

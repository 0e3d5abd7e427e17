from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from .common import IspPacCommon


@tagged("post_install", "-at_install")
class TestCancellation(IspPacCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.cancellations = cls.env["isp.cfdi.cancellation"].sudo()

    def _request(self, document, motive="02"):
        wizard = self.env["isp.cfdi.cancel"].create({"document_id": document.id, "motive": motive})
        wizard.action_request()
        return document.cancellation_ids[:1]

    def _due(self, record):
        record.next_attempt_at = fields.Datetime.now() - timedelta(seconds=1)
        record._outbox_process_one()

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

    def test_unknown_codes_never_mean_cancelled(self):
        """O10."""
        document = self._stamped_document()
        request = self._request(document)
        for mode in ("cancel_code_999", "cancel_code_"):
            self.simulator.post("/_control/mode", {"mode": mode})
            self._due(request)
            self.assertEqual(request.outbox_state, "unknown")
            self.assertEqual(document.state, "cancel_requested")
            request.outbox_state = "ready"

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
            self.env.ref("isp_cfdi.ir_cron_sat_status").method_direct_trigger()
        document.invalidate_recordset()
        self.assertEqual(document.state, "cancelled")

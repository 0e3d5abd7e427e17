from odoo import fields
from odoo.exceptions import AccessError, UserError
from odoo.tests import new_test_user, tagged

from ..services.xmlio import parse
from .common import IspPacCommon

RELATED = "{http://www.sat.gob.mx/cfd/4}CfdiRelacionados"


@tagged("post_install", "-at_install")
class TestSubstitute(IspPacCommon):
    """Motive 01: the substitute has its stamp before SAT is asked to cancel."""

    def _substitute(self, document):
        wizard = self.env["isp.cfdi.cancel"].create({"document_id": document.id, "motive": "01"})
        self.assertFalse(wizard.reverse_move)
        action = wizard.action_request()
        return self.documents.browse(action["res_id"])

    def test_substitute_is_stamped_before_the_request_is_sent(self):
        document = self._stamped_document()
        self.customer.isp_cfdi_name = "CITLALI RANGEL"
        substitute = self._substitute(document)
        request = document.cancellation_ids
        self.assertEqual((request.outbox_state, document.state), ("draft", "cancel_requested"))
        self.assertFalse(request.request_attachment_id)
        self.assertFalse(request._outbox_process_one(), "nothing is sent yet")
        substitute._outbox_process_one()
        self.assertEqual((substitute.state, request.outbox_state), ("stamped", "ready"))
        related = parse(substitute._isp_xml()).find(RELATED)
        self.assertEqual(
            (related.get("TipoRelacion"), related[0].get("UUID")), ("04", document.uuid)
        )
        self.assertEqual(substitute.receiver_name, "CITLALI RANGEL")
        self.assertIn(substitute.uuid.encode(), request.request_attachment_id.raw)
        document.action_check_sat()
        self.assertEqual(document.state, "cancel_requested", "not cancellable is no refusal yet")
        request._outbox_process_one()
        self.assertEqual((request.code, document.state), ("201", "cancel_in_process"))
        document.action_check_sat()
        self.assertEqual((document.state, substitute.state), ("cancelled", "stamped"))
        self.assertEqual(document.move_id.state, "posted", "the sale goes on")
        self.assertEqual(document.move_id.isp_cfdi_id, substitute)

    def test_rejected_substitute_keeps_the_request_waiting(self):
        document = self._stamped_document()
        self.simulator.post("/_control/receiver", {"rfc": self.customer.vat, "code": "CFDI40145"})
        substitute = self._substitute(document)
        substitute._outbox_process_one()
        request = document.cancellation_ids
        self.assertEqual((substitute.state, request.outbox_state), ("error", "draft"))
        self.simulator.post("/_control/receiver", {"rfc": self.customer.vat})
        substitute.action_rebuild()
        substitute._outbox_process_one()
        self.assertEqual((substitute.state, request.outbox_state), ("stamped", "ready"))

    def test_request_that_could_not_be_signed_is_taken_up_by_the_job(self):
        document = self._stamped_document()
        substitute = self._substitute(document)
        self.certificate.active = False
        substitute._outbox_process_one()
        request = document.cancellation_ids
        self.assertEqual((substitute.state, request.outbox_state), ("stamped", "draft"))
        self.assertEqual(len(document.activity_ids), 1)
        self.certificate.active = True
        with self.enter_registry_test_mode():
            self.env.ref("isp_cfdi.ir_cron_cancel").method_direct_trigger()
        self.env.invalidate_all()
        self.assertEqual((request.outbox_state, document.state), ("done", "cancel_in_process"))

    def test_request_can_be_withdrawn_before_the_substitute_was_sent(self):
        document = self._stamped_document()
        substitute = self._substitute(document)
        document.cancellation_ids.action_withdraw()
        self.assertFalse(substitute.exists())
        self.assertEqual((document.state, document.is_replaced), ("stamped", False))
        again = self._substitute(document)
        again._outbox_process_one()
        request = document.cancellation_ids[:1]
        with self.assertRaisesRegex(UserError, "cannot be withdrawn"):
            request.action_withdraw()

    def test_substitute_that_is_stamped_after_its_request_was_given_up(self):
        document = self._stamped_document()
        substitute = self._substitute(document)
        self._mode("before_html")
        substitute._outbox_process_one()
        document.cancellation_ids.action_withdraw()
        self.assertEqual((substitute.outbox_state, document.state), ("unknown", "stamped"))
        self._due(substitute)
        self.assertEqual(substitute.state, "stamped")
        self.assertIn(substitute.name, document.activity_ids.note)
        self.assertEqual(self._substitute(document), substitute)
        self.assertEqual(document.cancellation_ids[:1].outbox_state, "ready")

    def test_one_request_and_one_substitute_at_a_time(self):
        document = self._stamped_document()
        substitute = self._substitute(document)
        with self.assertRaisesRegex(UserError, "Only a valid"):
            self._substitute(document)
        self.assertEqual(document._isp_substitute(), substitute)
        self.assertEqual(self.documents.search_count([("replaces_id", "=", document.id)]), 1)

    def test_wizard_speaks_clearly_and_only_to_billing(self):
        document = self._stamped_document()
        wizard = self.env["isp.cfdi.cancel"].create({"document_id": document.id})
        texts = set()
        for motive in ("01", "02", "03", "04"):
            wizard.motive = motive
            texts.add(wizard.explanation)
            self.assertEqual(wizard.reverse_move, motive in ("02", "03"))
        self.assertEqual(len(texts), 4)
        self.assertIn("probably cancel it at once", wizard.outlook)
        document.stamped_at = fields.Datetime.now().replace(year=2020)
        self.company.isp_cfdi_free_limit = 1.0
        wizard.invalidate_recordset()
        self.assertIn("three working days", wizard.outlook)
        self.assertIn("2021-03-31", wizard.outlook)
        reader = new_test_user(
            self.env, "reader", "isp_subscription.group_isp_readonly", company_id=self.company.id
        )
        with self.assertRaises(AccessError):
            self.env["isp.cfdi.cancel"].with_user(reader).create({"document_id": document.id})

    def test_badge_follows_and_names_the_time(self):
        document = self._paid_document()
        self.assertEqual(document._isp_badge()["code"], "pending")
        document._outbox_process_one()
        self.assertEqual(
            document._isp_badge(), {"code": "valid", "label": "VALID", "checked_at": False}
        )
        for state, code in (
            ("requested", "cancelling"),
            ("in_process", "cancelling"),
            ("rejected", "valid"),
            ("cancelled", "cancelled"),
        ):
            document.cancel_state = state
            self.assertEqual(document._isp_badge()["code"], code)
        document.cancel_state = "none"
        document.action_check_sat()
        self.assertTrue(document._isp_badge()["checked_at"])

    def test_sweep_asks_in_batches_and_sees_what_others_cancelled(self):
        documents = self._stamped_document() | self._stamped_document()
        answer = {"CodigoEstatus": "S", "Estado": "Cancelado"}
        given = {"uuid": documents[0].uuid, "answer": answer}
        self.simulator.post("/_control/sat_answer", given)
        documents.sat_next_check_at = fields.Datetime.now()
        with self.enter_registry_test_mode():
            self.env.ref("isp_cfdi.ir_cron_sat_status").method_direct_trigger()
        documents.invalidate_recordset()
        self.assertEqual(documents.mapped("state"), ["cancelled", "stamped"])
        self.assertEqual(documents[0].activity_ids.mapped("summary"), FOUND_CANCELLED)
        wait = documents[1].sat_next_check_at - fields.Datetime.now()
        self.assertEqual(round(wait.total_seconds() / 86400), self.company.isp_cfdi_sweep_days)


FOUND_CANCELLED = ["SAT says that this CFDI is cancelled"]

import base64
from datetime import timedelta

from odoo import fields
from odoo.exceptions import UserError
from odoo.tests import tagged

from ..services.csd import load_certificate
from ..services.tfd import parse_tfd
from ..services.verify import stamped_problems, verify_stamp
from ..services.xmlio import sha256
from .common import IspPacCommon

UNKNOWN_OTHER = ("unknown", "MISMATCH")


@tagged("post_install", "-at_install")
class TestStamping(IspPacCommon):
    def _answers(self, document):
        """The raw answers kept beside the document."""
        kept = self.env["ir.attachment"].search(
            [("res_model", "=", document._name), ("res_id", "=", document.id)]
        )
        return kept.filtered(lambda att: att.name.startswith("pac_"))

    def test_stamped_bytes_are_kept_as_they_came(self):
        document = self._stamped_document()
        xml = document._isp_xml()
        held = self.simulator.get(f"/_control/stamps/{document.uuid}")
        self.assertEqual(xml, held["xml"].encode())
        self.assertEqual(document.stamped_sha256, sha256(xml))
        self.assertEqual(stamped_problems(document.sealed_attachment_id.raw, xml), [])
        der = base64.b64decode(self.simulator.get("/_control/certificate")["der"])
        self.assertTrue(verify_stamp(xml, load_certificate(der)))
        age = fields.Datetime.now() - document.stamped_at
        self.assertLess(abs(age), timedelta(minutes=2))
        self.assertFalse(document._outbox_process_one(), "a document with UUID is never sent again")

    def test_fiscal_files_cannot_change(self):
        document = self._stamped_document()
        attachment = document.stamped_attachment_id
        for values in ({"raw": b"x"}, {"isp_cfdi_locked": False}, {"res_id": 1}):
            with self.assertRaises(UserError):
                attachment.write(values)
        for record in (attachment, document.sealed_attachment_id, document):
            with self.assertRaises(UserError):
                record.unlink()
        for values in ({"uuid": "x"}, {"total": 1.0}, {"folio": "9"}):
            with self.assertRaises(UserError):
                document.write(values)

    def test_invoice_of_a_live_document_stays(self):
        document = self._stamped_document()
        with self.assertRaisesRegex(UserError, document.name):
            document.move_id.button_draft()

    def test_answer_lost_after_stamping_is_recovered(self):
        document = self._paid_document()
        self.simulator.post("/_control/fault", {"kind": "drop", "path": "stamp"})
        document._outbox_process_one()
        self.assertEqual((document.state, document.outbox_state), ("sent", "unknown"))
        sealed = document.sealed_sha256
        self._due(document)
        self.assertEqual(document.state, "stamped")
        self.assertEqual(document.sealed_sha256, sealed)
        self.assertEqual(self._stamps(document), 1)

    def test_worker_killed_while_sending_asks_first(self):
        document = self._paid_document()
        document.write({"outbox_state": "sent", "attempts": 1})
        adapter = document.pac_id._isp_adapter()
        adapter.stamp(document._isp_xml(), document.idempotency_key)
        self._due(document)
        self.assertEqual(document.state, "stamped")
        self.assertEqual(self._stamps(document), 1)

    def test_strange_answers_change_nothing(self):
        for mode in ("html", "empty", "uncontrolled", "success_without_document"):
            with self.subTest(mode):
                document = self._paid_document()
                self.simulator.post("/_control/mode", {"mode": mode})
                document._outbox_process_one()
                self.assertEqual(document.outbox_state, "unknown")
                self._due(document)
                self.assertEqual((document.state, self._stamps(document)), ("stamped", 1))

    def test_307_without_document_waits_for_it(self):
        document = self._paid_document()
        self.simulator.post("/_control/fault", {"kind": "drop", "path": "stamp"})
        document._outbox_process_one()
        self.simulator.post("/_control/mode", {"mode": "307_empty"})
        self._due(document)
        self.assertEqual(document.outbox_state, "unknown")
        self.assertIn("307", document.last_error)
        self._due(document)
        self.assertEqual(document.state, "stamped")

    def test_reject_is_repaired_with_the_same_folio(self):
        self.simulator.post("/_control/receiver", {"rfc": self.customer.vat, "code": "CFDI40145"})
        document = self._paid_document()
        document._outbox_process_one()
        self.assertEqual((document.state, document.last_error_code), ("error", "CFDI40145"))
        self.assertEqual(len(document.activity_ids), 1)
        self.simulator.post("/_control/receiver", {"rfc": self.customer.vat})
        folio, sealed = document.folio, document.sealed_attachment_id
        self.customer.isp_cfdi_name = "CITLALI RANGEL"
        document.action_rebuild()
        document._outbox_process_one()
        self.assertEqual((document.state, document.folio), ("stamped", folio))
        self.assertTrue(sealed.exists(), "rejected bytes stay in the history")
        self.assertFalse(document.activity_ids)

    def test_no_credit_and_nobody_there_wait(self):
        document = self._paid_document()
        self.simulator.post("/_control/account", {"credits": 0})
        document._outbox_process_one()
        self.assertEqual((document.outbox_state, document.attempts), ("ready", 1))
        self.assertIn("AU2001", document.last_error)
        self.assertGreater(document.next_attempt_at, fields.Datetime.now())
        self.assertFalse(document._outbox_process_one(), "not before its time")
        self.simulator.post("/_control/account", {"credits": 5})
        self._due(document)
        self.assertEqual(document.state, "stamped")
        self.assertFalse(document.last_error)

    def test_account_set_after_the_payment_is_used(self):
        self.company.isp_cfdi_pac_id = False
        self.pac.active = False
        document = self._paid_document()
        self.assertFalse(document.pac_id)
        document._outbox_process_one()
        self.assertEqual((document.outbox_state, document.state), ("ready", "ready"))
        self.pac.active = True
        self._due(document)
        self.assertEqual((document.state, document.pac_id), ("stamped", self.pac))

    def test_answer_for_another_document_is_never_taken(self):
        self._stamped_document()
        for mode in ("another", "changed"):
            document = self._paid_document()
            self._mode(mode)
            document._outbox_process_one()
            self.assertEqual((document.outbox_state, document.last_error_code), UNKNOWN_OTHER)
            self.assertFalse(document.uuid)
            self.assertEqual(len(document.activity_ids), 1)
            self.assertEqual(len(self._answers(document)), 1, "the raw answer is kept")
            self._due(document)
            self.assertEqual((document.state, self._stamps(document)), ("stamped", 1))

    def test_too_old_is_built_again(self):
        document = self._paid_document()
        first = document.sealed_sha256
        document.issued_at = fields.Datetime.now() - timedelta(hours=80)
        ahead = fields.Datetime.now() + timedelta(hours=80)
        self.simulator.post("/_control/clock", {"now": ahead.isoformat()})
        document._outbox_process_one()
        self.assertEqual(document.outbox_state, "ready")
        self.simulator.post("/_control/clock", {"now": None})
        self.assertNotEqual(document.sealed_attachment_id.raw, b"")
        self._due(document)
        self.assertEqual(document.state, "stamped")
        self.assertTrue(first)

    def test_raw_answers_are_kept_without_credentials(self):
        document = self._stamped_document()
        answers = self._answers(document)
        self.assertEqual(len(answers), 1)
        self.assertIn(b"success", answers.raw)
        self.assertNotIn(b"demo-pac", answers.raw)

    def test_cron_stamps_what_payments_ordered(self):
        document = self._paid_document()
        self.company.isp_cfdi_public = "named"
        other = self._paid_document(partner=self.other_customer)
        cron = self.env.ref("isp_cfdi.ir_cron_stamp")
        self.assertTrue(self.env["ir.cron.trigger"].search([("cron_id", "=", cron.id)]))
        with self.enter_registry_test_mode():
            cron.method_direct_trigger()
        (document | other).invalidate_recordset()
        self.assertEqual((document | other).mapped("state"), ["stamped", "stamped"])
        self.assertEqual(parse_tfd(document._isp_xml()).uuid, document.uuid)

    def test_login_can_be_tested(self):
        self.assertEqual(self.pac.action_test()["params"]["type"], "success")
        self.pac.password = "wrong"
        with self.assertRaises(UserError):
            self.pac.action_test()

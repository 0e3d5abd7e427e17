import re
from datetime import datetime

from freezegun import freeze_time
from psycopg2 import IntegrityError

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.problem_texts import TEXTS
from ..services.problems import Problem
from ..services.validator import validate
from ..services.verify import verify_seal
from ..services.xmlio import parse
from .common import CUSTOMER_RFC, ISSUER_RFC, IspCfdiCommon


@tagged("post_install", "-at_install")
class TestDocument(IspCfdiCommon):
    def _root(self, document):
        return parse(document._isp_xml())

    def test_paid_invoice_gets_a_ready_document(self):
        document = self._paid_document()
        self.assertEqual(document.state, "ready")
        self.assertEqual(document.outbox_state, "ready")
        self.assertFalse(document.attempts)
        xml = document._isp_xml()
        self.assertEqual(validate(xml), [])
        self.assertTrue(verify_seal(xml))
        self.assertEqual(document.total, 349.0)
        self.assertEqual(document.receiver_rfc, CUSTOMER_RFC)
        self.assertEqual(document.issuer_rfc, ISSUER_RFC)
        self.assertEqual(document.move_id.isp_cfdi_id, document)

    def test_xml_holds_the_data_of_invoice_and_payment(self):
        root = self._root(self._paid_document(form="spei"))
        self.assertEqual(root.get("FormaPago"), "03")
        self.assertEqual(root.get("MetodoPago"), "PUE")
        self.assertEqual(root.get("Total"), "349.00")
        self.assertEqual(root.get("Serie"), "A")
        self.assertEqual(root.get("LugarExpedicion"), "58000")
        self.assertEqual(root.find("{*}Emisor").get("Nombre"), "RED TARASCA")
        receiver = root.find("{*}Receptor")
        self.assertEqual(receiver.get("Nombre"), "CITLALI RANGEL MORA")
        self.assertEqual(receiver.get("DomicilioFiscalReceptor"), "58110")
        line = root.find("{*}Conceptos/{*}Concepto")
        self.assertEqual((line.get("ClaveProdServ"), line.get("ClaveUnidad")), ("81112101", "E48"))

    def test_months_paid_ahead_are_one_document(self):
        document = self._paid_document(months=3)
        self.assertEqual(len(document), 1)
        root = self._root(document)
        self.assertEqual(root.get("Total"), "1047.00")
        self.assertEqual(len(root.findall("{*}Conceptos/{*}Concepto")), 3)

    def test_cash_at_the_branch_is_01(self):
        self.assertEqual(self._root(self._paid_document(form="cash_branch")).get("FormaPago"), "01")

    def test_customer_without_rfc_is_generic_with_his_name(self):
        self.company.isp_cfdi_public = "named"
        document = self._paid_document(partner=self.other_customer)
        receiver = self._root(document).find("{*}Receptor")
        self.assertEqual(receiver.get("Rfc"), "XAXX010101000")
        self.assertEqual(receiver.get("Nombre"), "TOMÁS ARRIAGA")
        self.assertEqual(receiver.get("DomicilioFiscalReceptor"), "58000")
        self.assertIsNone(self._root(document).find("{*}InformacionGlobal"))
        self.assertEqual(validate(document._isp_xml()), [])

    def test_missing_data_never_stops_the_payment(self):
        self.customer.write({"isp_cfdi_regime": False, "zip": False})
        document = self._paid_document()
        self.assertEqual(self.payment.reconciled_invoice_ids.payment_state, "paid")
        self.assertEqual(document.state, "draft")
        self.assertIn("regime", document.last_error)
        self.assertIn("postal code", document.last_error)
        self.assertEqual(len(document.activity_ids), 1)
        self.assertFalse(document.sealed_attachment_id)

    def test_repaired_data_make_it_ready_and_close_the_activity(self):
        self.customer.isp_cfdi_regime = False
        document = self._paid_document()
        document.action_rebuild()
        self.assertEqual((document.state, len(document.activity_ids)), ("draft", 1))
        self.customer.isp_cfdi_regime = "612"
        document.action_rebuild()
        self.assertEqual(document.state, "ready")
        self.assertFalse(document.activity_ids)
        self.assertFalse(document.last_error)
        with self.assertRaises(UserError):
            document.action_rebuild()

    def test_company_without_a_certificate_issues_nothing(self):
        self.certificate.unlink()
        self.assertFalse(self._paid_document())

    def test_automatic_issue_can_be_switched_off(self):
        self.company.isp_cfdi_auto = False
        self.assertFalse(self._paid_document())
        move = self.payment.reconciled_invoice_ids
        move.action_isp_cfdi_issue()
        self.assertEqual(move.isp_cfdi_id.state, "ready")

    def test_expired_certificate_is_a_clear_problem(self):
        with freeze_time("2039-01-10 12:00:00"):
            document = self._paid_document()
        self.assertEqual(document.state, "draft")
        self.assertIn("CSD", document.last_error)

    def test_one_live_document_per_invoice(self):
        document = self._paid_document()
        again = self.documents._isp_create_for_move(document.move_id)
        self.assertEqual(again, document)
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            document.copy({"move_id": document.move_id.id}).flush_recordset()

    def test_name_and_problems_of_a_job_are_in_the_companys_language(self):
        """A job has no language of its own; the name is the same for every reader."""
        self.env["res.lang"]._activate_lang("es_MX")
        self.company.partner_id.lang = "es_MX"
        self.customer.isp_cfdi_regime = False
        document = self._paid_document()
        self.assertEqual((document.name, document.state), ("Nuevo", "draft"))
        self.assertIn("régimen", document.last_error)
        document.with_context(lang="en_US").action_rebuild()
        self.assertEqual(document.name, "Nuevo")
        self.assertIn("regime", document.last_error)

    def test_folios_follow_each_other_and_are_unique(self):
        first, second = self._paid_document(), self._paid_document()
        self.assertEqual(int(second.folio), int(first.folio) + 1)
        self.assertEqual(first.name, f"A-{first.folio}")
        with mute_logger("odoo.sql_db"), self.assertRaises(IntegrityError), self.cr.savepoint():
            second.folio = first.folio
            second.flush_recordset()

    def test_fecha_is_local_time_of_the_place_of_issue(self):
        moment = datetime.now().replace(hour=18, minute=30, second=0, microsecond=0)
        for code, hour in (("58000", "12"), ("77500", "13")):
            self.company.isp_cfdi_zip = code
            with freeze_time(moment):
                root = self._root(self._paid_document())
            self.assertEqual(root.get("Fecha")[11:16], f"{hour}:30")

    def test_ready_document_frees_the_invoice_and_goes(self):
        document = self._paid_document()
        move = document.move_id
        move.button_draft()
        self.assertFalse(document.exists())
        self.assertFalse(move.isp_cfdi_ids)

    def test_settings_are_checked(self):
        for values in ({"isp_cfdi_zip": "00001"}, {"isp_cfdi_tz": "Mars/Olympus"}):
            with self.assertRaises(ValidationError):
                self.company.write(values)
        with self.assertRaises(ValidationError):
            self.customer.write({"isp_cfdi_regime": "605"})
        with self.assertRaises(ValidationError):
            self.plan_50.isp_cfdi_product = "12"
        with self.assertRaises(ValidationError):
            self.plan_50.isp_cfdi_unit = "e"

    def test_damaged_file_is_never_sent(self):
        document = self._paid_document()
        document.sudo().sealed_attachment_id.raw = b"<changed/>"
        with self.assertRaises(UserError):
            document._isp_xml()

    def test_problems_are_said_with_sats_code(self):
        """Every text of the rules is a term here, with the same values in it."""
        documents = self.env["isp.cfdi.document"]
        wrong = Problem("CFDI40105", form="99", method="PUE")
        self.assertEqual(documents._isp_problem_text(wrong), str(wrong))
        self.assertTrue(str(wrong).startswith("CFDI40105: Payment form 99"))
        for code, text in TEXTS.items():
            values = {name: "7" for name in re.findall(r"%\((\w+)\)s", text)}
            problem = Problem(code, **values)
            self.assertEqual(documents._isp_problem_text(problem), str(problem))
        self.assertEqual(documents._isp_problem_text("AU2000: login"), "AU2000: login")

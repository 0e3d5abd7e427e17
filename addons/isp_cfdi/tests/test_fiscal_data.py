import base64

from odoo.exceptions import UserError, ValidationError
from odoo.tests import tagged

from odoo.addons.isp_subscription.tests.http_common import IspHttpCommon

from ..services.xmlio import parse
from .common import IspPacCommon

PATH = "/my/isp/fiscal"
GOOD = {
    "rfc": "ramc-900412 qx3",
    "name": "Citlali  Rangel Mora",
    "zip": "58110",
    "regime": "605",
    "use": "S01",
}


@tagged("post_install", "-at_install")
class TestFiscalData(IspPacCommon, IspHttpCommon):
    def setUp(self):
        super().setUp()
        self.authenticate(self.portal_user.login, self.portal_user.login)

    def _save(self, **values):
        data = {**GOOD, **values, "csrf_token": self._csrf()}
        files = data.pop("files", None)
        return self.url_open(PATH, data=data, files=files)

    def _csrf(self):
        page = self.url_open(PATH).text
        return page.partition('name="csrf_token" value="')[2].partition('"')[0]

    # === PARTNER === #

    def test_name_is_shown_as_sat_reads_it(self):
        self.customer.write({"name": "Ñandú & Cía, S.A. de C.V.", "vat": "Ñ&C010101AAA"})
        self.customer.isp_cfdi_regime = "601"
        self.assertEqual(self.customer.isp_cfdi_preview, "ÑANDÚ & CÍA")
        self.assertFalse(self.customer.isp_cfdi_advice)
        root = parse(self._stamped_document()._isp_xml())
        receiver = root.find("{*}Receptor")
        self.assertEqual(receiver.get("Nombre"), "ÑANDÚ & CÍA")
        self.assertEqual(receiver.get("Rfc"), "Ñ&C010101AAA")

    def test_advice_says_what_to_mend(self):
        self.customer.write({"vat": "RAMC901312QX3", "isp_cfdi_zip": "00001"})
        self.assertIn("not a date", self.customer.isp_cfdi_advice)
        self.assertIn("postal code 00001", self.customer.isp_cfdi_advice)
        document = self._paid_document()
        self.assertEqual(document.state, "draft")
        self.assertIn("not a date", document.last_error)

    def test_fiscal_postal_code_comes_before_that_of_the_address(self):
        self.customer.isp_cfdi_zip = "06000"
        root = parse(self._paid_document()._isp_xml())
        self.assertEqual(root.find("{*}Receptor").get("DomicilioFiscalReceptor"), "06000")

    def test_foreign_customer_has_the_rfc_of_foreigners(self):
        country = self.env.ref("base.us")
        self.customer.write({"country_id": country.id, "vat": "98-7654321", "name": "Jane Doe"})
        document = self._stamped_document()
        receiver = parse(document._isp_xml()).find("{*}Receptor")
        self.assertEqual(receiver.get("Rfc"), "XEXX010101000")
        self.assertEqual(receiver.get("Nombre"), "JANE DOE")
        self.assertEqual(receiver.get("RegimenFiscalReceptor"), "616")
        self.assertEqual(receiver.get("UsoCFDI"), "S01")

    def test_certificate_file_is_kept_with_its_history(self):
        self.customer.isp_cfdi_csf_upload = base64.b64encode(b"%PDF-1.4 one")
        first = self.customer.isp_cfdi_csf_id
        self.customer.isp_cfdi_csf_upload = base64.b64encode(b"%PDF-1.4 two")
        self.assertEqual(self.customer.isp_cfdi_csf_id.raw, b"%PDF-1.4 two")
        self.assertTrue(first.exists())
        with self.assertRaisesRegex(UserError, "PDF, JPG or PNG"):
            self.customer.isp_cfdi_csf_upload = base64.b64encode(b"MZ program")

    def test_settings_in_range(self):
        with self.assertRaises(ValidationError):
            self.company.isp_cfdi_global_period = "05"
        self.company.isp_cfdi_regime = "621"
        self.company.isp_cfdi_global_period = "05"

    # === PORTAL === #

    def test_customer_writes_his_data(self):
        answer = self._save(files={"csf": ("csf.pdf", b"%PDF-1.4 csf", "application/pdf")})
        self.assertEqual(answer.status_code, 200)
        self.assertRegex(answer.text, "Saved\\.|Guardado")
        self.customer.invalidate_recordset()
        self.assertEqual(self.customer.vat, "RAMC900412QX3")
        self.assertEqual(self.customer.isp_cfdi_name, "CITLALI RANGEL MORA")
        self.assertEqual(
            (self.customer.isp_cfdi_regime, self.customer.isp_cfdi_use), ("605", "S01")
        )
        self.assertEqual(self.customer.isp_cfdi_csf_id.raw, b"%PDF-1.4 csf")
        self.assertIn("605", self.customer.message_ids[0].body)

    def test_nothing_is_stored_when_anything_is_wrong(self):
        cases = (
            ({"rfc": "RAMC900412"}, "isp_rfc_error"),
            ({"rfc": "XAXX010101000"}, "isp_rfc_error"),
            ({"zip": "00001"}, "isp_zip_error"),
            ({"regime": "601"}, "isp_regime_error"),
            ({"regime": "605", "use": "G03"}, "isp_use_error"),
            ({"name": " "}, "isp_name_error"),
            ({"files": {"csf": ("x.exe", b"MZ", "application/pdf")}}, "isp_csf_error"),
        )
        for values, mark in cases:
            with self.subTest(values):
                page = self._save(**values).text
                self.assertIn(f'id="{mark}"', page)
                self.customer.invalidate_recordset()
                self.assertEqual(self.customer.isp_cfdi_regime, "612")

    def test_rejected_document_is_repaired_from_the_portal(self):
        refused = {"rfc": self.customer.vat, "code": "CFDI40145"}
        self.simulator.post("/_control/receiver", refused)
        document = self._paid_document()
        document._outbox_process_one()
        self.simulator.post("/_control/receiver", {"rfc": self.customer.vat})
        self.assertEqual(document.state, "error", document.last_error)
        before = document.sealed_sha256, document.folio
        self.assertRegex(self.url_open(PATH).text, "SAT did not accept|El SAT no aceptó")
        self._save(name="Citlali Rangel Morales")
        document.invalidate_recordset()
        self.assertEqual(document.state, "ready")
        self.assertNotEqual(document.sealed_sha256, before[0])
        self.assertEqual(document.folio, before[1])
        document._outbox_process_one()
        self.assertEqual(document.state, "stamped", document.last_error)
        self.assertEqual(document.receiver_name, "CITLALI RANGEL MORALES")
        self.assertFalse(document.activity_ids)

    def test_incomplete_document_waits_for_the_customer(self):
        self.customer.write({"isp_cfdi_regime": False, "zip": False})
        document = self._paid_document()
        self.assertEqual(document.state, "draft")
        self.assertRegex(self.url_open(PATH).text, "An invoice waits|Una factura espera")
        self._save()
        document.invalidate_recordset()
        self.assertEqual(document.state, "ready")

    def test_everybody_edits_his_own_data_only(self):
        self.authenticate(self.other_portal_user.login, self.other_portal_user.login)
        self._save(partner_id=str(self.customer.id), id=str(self.customer.id))
        self.env.invalidate_all()
        self.assertEqual(self.customer.isp_cfdi_regime, "612")
        self.assertEqual(self.other_customer.isp_cfdi_regime, "605")
        self.authenticate(None, None)
        answer = self.url_open(PATH, allow_redirects=False)
        self.assertIn("/web/login", answer.headers["Location"])

    def test_the_company_itself_is_not_edited_here(self):
        page = self.env["isp.portal.page"].with_user(self.user_billing)
        self.user_billing.partner_id.parent_id = self.company.partner_id
        self.assertFalse(page._get_fiscal_partner_sudo())

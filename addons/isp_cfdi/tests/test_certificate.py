import base64
from datetime import UTC, datetime, timedelta
from unittest.mock import patch

from freezegun import freeze_time

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged
from odoo.tools import config

from ..services.csd_tools import make_pair
from ..services.errors import CsdError
from .common import CSD_PASSWORD, ISSUER_RFC, IspCfdiCommon


@tagged("post_install", "-at_install")
class TestCertificate(IspCfdiCommon):
    def _upload(self, pair, password=CSD_PASSWORD):
        cer, key = (base64.b64encode(part) for part in pair)
        return self.env["isp.cfdi.certificate.upload"].create(
            {
                "company_id": self.company.id,
                "certificate_file": cer,
                "private_key_file": key,
                "password": password,
            }
        )

    def _pair(self, number, rfc=ISSUER_RFC, **values):
        return make_pair(rfc, "RED TARASCA", number=number, password=CSD_PASSWORD, **values)

    def test_upload_stores_no_secret(self):
        pair = self._pair("30001000000599990002")
        wizard = self._upload(pair)
        self.env.flush_all()
        certificate = wizard.certificate_id
        self.assertEqual(certificate.number, "30001000000599990002")
        self.assertEqual(certificate.rfc, ISSUER_RFC)
        self.assertEqual(certificate.state, "valid")
        self.assertFalse(wizard.password or wizard.private_key_file)
        self.cr.execute("SELECT * FROM isp_cfdi_certificate_upload WHERE id = %s", wizard.ids)
        self.assertNotIn(CSD_PASSWORD, str(self.cr.fetchall()))
        self.assertEqual(wizard.action_open()["res_id"], certificate.id)

    def test_key_is_stored_encrypted_and_opens(self):
        stored = base64.b64decode(self.certificate.private_key)
        self.assertNotIn(self.csd_pair[1][40:80], stored)
        csd = self.certificate._isp_csd()
        self.assertEqual(csd.certificate.number, self.certificate.number)
        self.assertTrue(csd.certificate.verify(csd.sign(b"x"), b"x"))

    def test_key_opens_in_this_database_only(self):
        self.env["ir.config_parameter"].sudo().set_param("database.secret", "another")
        with self.assertRaises(CsdError):
            self.certificate._isp_csd()
        document = self._paid_document()
        self.assertEqual(document.state, "draft")
        self.assertIn("upload it again", document.last_error)

    def test_wrong_files_are_refused_clearly(self):
        good = self._pair("30001000000599990003")
        other = self._pair("30001000000599990004", rfc="AAA010101AAA")
        fiel = self._pair("30001000000599990005", fiel=True)
        start = datetime.now(UTC) - timedelta(days=2000)
        old = self._pair("30001000000599990006", valid_from=start)
        cases = [
            (good, "wrong", "password"),
            ((good[0], other[1]), CSD_PASSWORD, "does not belong"),
            (other, CSD_PASSWORD, "another RFC"),
            (fiel, CSD_PASSWORD, "FIEL"),
            (old, CSD_PASSWORD, "expired"),
            ((b"garbage", good[1]), CSD_PASSWORD, "not a certificate"),
        ]
        for pair, password, text in cases:
            with self.subTest(text), self.assertRaisesRegex(UserError, text):
                self._upload(pair, password)
        with self.assertRaises(UserError):
            self._upload(good, False)

    def test_newest_valid_certificate_seals(self):
        newer = self._upload(self._pair("30001000000599990007")).certificate_id
        document = self._paid_document()
        self.assertEqual(document.certificate_id, newer)

    def test_expiry_is_announced_once(self):
        self.company.isp_cfdi_user_id = self.user_billing
        self.env["res.lang"]._activate_lang("es_MX")
        self.company.partner_id.lang = "es_MX"
        soon = self.certificate.valid_to - timedelta(days=30)
        for _turn in range(2):
            with freeze_time(soon):
                self.env["isp.cfdi.certificate"]._cron_warn_expiry()
        self.assertEqual(self.certificate.activity_ids.user_id, self.user_billing)
        self.assertIn("certificado de sello digital", self.certificate.activity_ids.summary)
        with freeze_time(soon):
            self.certificate.invalidate_recordset(["state"])
            self.assertEqual(self.certificate.state, "expiring")

            self._upload(self._pair("30001000000599990008", valid_from=soon.replace(tzinfo=UTC)))
        self.assertFalse(self.certificate.activity_ids, "its successor is here")

    def test_certificate_of_an_rfc_with_n_tilde_and_ampersand(self):
        self.company.vat = "Ñ&A010101AAA"
        pair = self._pair("30001000000599990009", rfc="Ñ&A010101AAA")
        self.assertEqual(self._upload(pair).certificate_id.rfc, "Ñ&A010101AAA")

    def test_server_secret_that_came_later_locks_the_key_anew(self):
        before = self.certificate.private_key
        with patch.dict(config.options, {"isp_cfdi_secret": "of the server"}):
            self.assertTrue(self.certificate._isp_csd())
            self.assertNotEqual(self.certificate.private_key, before)
            self.assertTrue(self.certificate._isp_csd())
        with self.assertRaises(CsdError):
            self.certificate._isp_csd()

    def test_only_administrators_touch_keys(self):
        certificate = self.certificate.with_user(self.user_billing)
        self.assertTrue(certificate.number)
        with self.assertRaises(AccessError):
            certificate.read(["private_key"])
        with self.assertRaises(AccessError):
            certificate.write({"active": False})
        with self.assertRaises(AccessError):
            self.env["isp.cfdi.certificate"].with_user(self.user_manager)._isp_import(
                self.company, *self.csd_pair, CSD_PASSWORD
            )
        with self.assertRaises(AccessError):
            self.pac.with_user(self.user_billing).read(["password"])

import io
import json
import re

from PyPDF2 import PdfReader

from odoo.tests import tagged

from ..services.qr import qr_url
from .common import IspPacCommon


@tagged("post_install", "-at_install")
class TestReport(IspPacCommon):
    def _text(self, pdf):
        self.assertTrue(pdf.startswith(b"%PDF-"))
        pages = PdfReader(io.BytesIO(pdf)).pages
        # Readers put blanks where letters are kerned: compare without any.
        return self._bare("".join(page.extract_text() for page in pages))

    def _bare(self, text):
        return re.sub(r"[\s\u200b]", "", text)

    def test_printed_form_is_complete(self):
        document = self._stamped_document(months=2)
        text = self._text(document._isp_render_pdf())
        data = document._isp_typst_data(None)
        for expected in (
            document.uuid,
            "RAMC900412QX3",
            "RTA190412AB9",
            data["header"]["certificate"],
            data["stamp"]["sat_certificate"],
            "Este documento es una representación impresa de un CFDI",
            "SEISCIENTOS NOVENTA Y OCHO PESOS 00/100 M.N.",
            "698.00",
            document.name,
        ):
            self.assertIn(self._bare(expected), text)
        for seal in (data["stamp"]["seal_cfdi"], data["stamp"]["seal_sat"]):
            self.assertIn(seal[-40:], text)

    def test_data_come_from_the_stamped_xml(self):
        document = self._stamped_document()
        self.customer.write({"vat": "XEXX010101000", "name": "Somebody else"})
        data = document._isp_typst_data(None)
        self.assertEqual(data["receiver"]["rfc"], "RAMC900412QX3")
        self.assertEqual(data["url"], qr_url(document._isp_xml()))
        self.assertFalse(data["cancelled"])
        files = data.pop("files")
        self.assertIn("<svg", files[data["qr"]])
        self.assertTrue(json.dumps(data))

    def test_staff_print_from_the_menu(self):
        document = self._stamped_document()
        reports = self.env["ir.actions.report"].with_user(self.user_readonly)
        content, kind = reports._render_typst_pdf("isp_cfdi.action_report_cfdi", document.ids)
        self.assertEqual(kind, "pdf")
        self.assertIn(document.uuid, self._text(content))
        self.assertEqual(document.action_download_xml()["type"], "ir.actions.act_url")

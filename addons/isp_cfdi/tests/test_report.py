import io
import json
import re
from datetime import timedelta

from freezegun import freeze_time
from PyPDF2 import PdfReader

from odoo import fields
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

    def test_cancelled_document_is_marked_and_made_again(self):
        document = self._stamped_document()
        document._isp_keep_pdf()
        kept = document.pdf_attachment_id
        self.assertEqual(document._isp_render_pdf(), kept.raw)
        self.assertNotIn("CANCELADO", self._text(kept.raw))
        document.cancel_state = "cancelled"
        self.assertIn("CANCELADO", self._text(document._isp_render_pdf()))
        document._isp_keep_pdf()
        self.assertFalse(kept.exists())
        self.assertIn("CANCELADO", self._text(document.pdf_attachment_id.raw))

    def test_wanted_forms_are_made_by_the_worker_and_dropped_after_a_week(self):
        documents = self._stamped_document() | self._stamped_document(months=2)
        damaged, good = documents
        self.assertEqual(documents._isp_want_pdfs(), 2)
        self.env.cr.execute(
            "UPDATE ir_attachment SET isp_cfdi_locked = false WHERE id = %s",
            [damaged.stamped_attachment_id.id],
        )
        damaged.stamped_attachment_id.invalidate_recordset()
        damaged.stamped_attachment_id.raw = b"<damaged/>"
        with self.enter_registry_test_mode(), self.assertLogs(level="WARNING"):
            self.env.ref("isp_cfdi.ir_cron_print").method_direct_trigger()
        self.assertFalse(documents.filtered("pdf_wanted_at"))
        self.assertFalse(damaged.pdf_attachment_id)
        self.assertIn(good.uuid, self._text(good.pdf_attachment_id.raw))
        self.assertFalse(good._isp_want_pdfs())
        with freeze_time(fields.Datetime.now() + timedelta(days=8)):
            documents._gc_printed_forms()
        self.assertFalse(good.pdf_attachment_id)
        self.assertFalse(good.pdf_source)

import base64

from odoo.tests import tagged

from .common import IspPortalCommon

CONTENT = b"%PDF-1.4 contrato"


@tagged("post_install", "-at_install")
class TestPortalDocuments(IspPortalCommon):
    def _document(self, title, **values):
        return self.env["isp.document"].create(
            {
                "title": title,
                "file": base64.b64encode(CONTENT),
                "file_name": f"{title}.pdf",
                "visible": True,
                "subscription_id": self.subscription.id,
                **values,
            }
        )

    def _titles(self, url="/my/isp/documents"):
        return self._texts(self._page(url), "//table//td[contains(@class,'is-lead')]")

    def test_only_own_visible_documents(self):
        """R64: own documents only, and only those marked visible."""
        self._document("Contrato")
        self._document("Borrador", visible=False)
        self._document("Ajeno", subscription_id=self.other_subscription.id)
        self.assertEqual(self._titles(), ["Contrato"])

    def test_hidden_document_cannot_be_downloaded(self):
        hidden = self._document("Borrador", visible=False)
        self.assertEqual(self._open(f"/my/isp/documents/{hidden.id}/download").status_code, 404)

    def test_search_ignores_accents(self):
        """R65: title and description, without accents."""
        self._document("Carátula del contrato")
        self._document("Acta", description="Equipo en comodato y prueba de conexión")
        self.assertEqual(self._titles("/my/isp/documents?q=caratula"), ["Carátula del contrato"])
        self.assertEqual(self._titles("/my/isp/documents?q=CONEXION"), ["Acta"])
        page = self._page("/my/isp/documents?q=nada")
        self.assertIn("Sin resultados para “nada”", self._main(page))

    def test_columns(self):
        """R66: Título · Descripción · Archivo · Fecha."""
        self._document("Contrato", date="2026-03-12", description="Firmado")
        page = self._page("/my/isp/documents")
        headers = self._texts(page, "//table//th")
        self.assertEqual(headers, ["Título", "Descripción", "Archivo", "Fecha"])
        row = self._texts(page, "//table//tbody//td")
        self.assertEqual(row, ["Contrato", "Firmado", "Contrato.pdf 17 B", "2026-03-12"])

    def test_download(self):
        """R66: the file comes with its own name and type, and the download is logged (F8)."""
        document = self._document("Contrato")
        response = self._open(f"/my/isp/documents/{document.id}/download")
        self.assertEqual(response.content, CONTENT)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertIn("Contrato.pdf", response.headers["Content-Disposition"])
        self.assertIn("attachment", response.headers["Content-Disposition"])
        self.assertIn(self.portal_user.name, str(document.message_ids[:1].body))

    def test_pager(self):
        """R67: previous, next, jump; past the end is the last page; never "1 de 0"."""
        page = self._page("/my/isp/documents")
        self.assertIn("Todavía no tienes documentos", self._main(page))
        self.assertFalse(page.xpath("//nav[contains(@class,'o_isp_pager')]"))
        for number in range(12):
            self._document(f"Anexo {number:02}", date="2026-03-12")
        page = self._page("/my/isp/documents")
        self.assertIn("Página 1 de 2", self._main(page))
        self.assertEqual(page.xpath("//a[@rel='next']/@href"), ["/my/isp/documents?page=2"])
        self.assertFalse(page.xpath("//a[@rel='prev']/@href"))
        page = self._page("/my/isp/documents?page=99")
        self.assertIn("Página 2 de 2", self._main(page))
        self.assertEqual(page.xpath("//a[@rel='prev']/@href"), ["/my/isp/documents"])

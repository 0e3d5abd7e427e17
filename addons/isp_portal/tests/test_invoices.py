from odoo.tests import tagged

from .common import IspPortalCommon


@tagged("post_install", "-at_install")
class TestPortalInvoices(IspPortalCommon):
    def _rows(self, url="/my/isp/invoices"):
        return self._texts(self._page(url), "//table/tbody/tr")

    def test_own_invoices(self):
        """R25: the customer's own posted invoices, newest first."""
        self._bill(self.other_subscription)
        first, second = self._bill(), self._bill()
        rows = self._rows()
        self.assertEqual(len(rows), 2)
        self.assertIn(second.name, rows[0])
        self.assertIn(first.name, rows[1])

    def test_drafts_stay_inside(self):
        move = self._bill()
        move.button_draft()
        self.assertEqual(self._rows(), [])

    def test_columns(self):
        """R27: receptor, RFC, folio, total, state and action."""
        self._bill()
        headers = self._texts(self._page("/my/isp/invoices"), "//table//th")
        self.assertEqual(headers, ["Receptor", "RFC", "Folio", "Total", "Estado", "Acción"])

    def test_search(self):
        """R26: by RFC, folio and total; the count follows."""
        self.customer.vat = "XEXX010101000"
        move = self._bill()
        for query in ("xexx010101000", move.name, "349.00"):
            with self.subTest(query=query):
                self.assertEqual(len(self._rows(f"/my/isp/invoices?q={query}")), 1)
        page = self._page("/my/isp/invoices?q=nada")
        self.assertIn("Prueba con el RFC, el folio o el total.", self._main(page))

    def test_state(self):
        """R28: pending until it is paid."""
        self._bill()
        self.assertIn("Pendiente", self._rows()[0])
        self._pay(self.subscription, 349.0)
        self.assertIn("Pagado", self._rows()[0])

    def test_document_opens(self):
        """R29: the action opens Odoo's own document of the invoice."""
        move = self._bill()
        page = self._page("/my/isp/invoices")
        url = page.xpath("//table//a/@href")[0]
        self.assertTrue(url.startswith(f"/my/invoices/{move.id}"))
        self.assertEqual(self._open(url.split("?")[0]).status_code, 200)

    def test_empty(self):
        self.assertIn("Todavía no tienes facturas", self._main(self._page("/my/isp/invoices")))

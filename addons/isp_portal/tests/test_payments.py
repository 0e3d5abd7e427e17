from datetime import datetime

from odoo.tests import tagged

from .common import IspPortalCommon

COLUMNS = [
    "Nº pago",
    "Corte",
    "Próx. corte",
    "Total",
    "Pagado",
    "Fecha pago",
    "Forma pago",
    "Folio",
]


@tagged("post_install", "-at_install")
class TestPortalPayments(IspPortalCommon):
    def _make(self, amount=349.0, form="cash_branch", **values):
        """Return a posted payment with the dates a row shows."""
        payment = self._create_payment(self.subscription, amount, form)
        payment.sudo().write({"isp_subscription_id": self.subscription.id, **values})
        return payment

    def _rows(self, url="/my/isp/payments"):
        """Return the desktop cells of each row."""
        page = self._page(url)
        cells = "./td[not(contains(@class,'is-phone'))]"
        return [
            [" ".join(cell.text_content().split()) for cell in row.xpath(cells)]
            for row in page.xpath("//table/tbody/tr")
        ]

    def _count(self, url):
        return self._texts(self._page(url), "//p[@data-isp-count]")[0]

    def test_tabs(self):
        """R14: two tabs, both with an address; the page opens on «Pagos»."""
        for url, current in (
            ("/my/isp/payments", "Pagos"),
            ("/my/isp/invoices", "Fact. Electrónicas"),
        ):
            page = self._page(url)
            tabs = self._texts(page, "//nav[contains(@class,'o_isp_tabs')]/a")
            self.assertEqual(tabs, ["Pagos", "Fact. Electrónicas"])
            marked = self._texts(page, "//nav[contains(@class,'o_isp_tabs')]/a[@aria-current]")
            self.assertEqual(marked, [current])

    def test_each_payment_adds_one_row(self):
        """R15, R24: one row per payment, no number twice."""
        self._bill()
        self.assertEqual(self._rows(), [])
        payment = self._pay(self.subscription, 349.0)
        self.assertEqual([row[0] for row in self._rows()], [str(payment.isp_number)])

    def test_columns(self):
        """R17: the headers in this order."""
        self._make()
        self.assertEqual(self._texts(self._page("/my/isp/payments"), "//table//th"), COLUMNS)

    def test_row(self):
        """R18 to R23: numbers, ISO dates, money, moment to the second, form, empty folio."""
        payment = self._make(
            650.0,
            isp_cutoff_from="2021-10-21",
            isp_cutoff_to="2021-11-21",
            isp_amount_due=650.0,
            isp_paid_at=datetime(2021, 10, 18, 10, 22, 22),
        )
        form = payment.isp_payment_form_id.with_context(lang="es_MX").name
        self.assertEqual(
            self._rows(),
            [
                [
                    str(payment.isp_number),
                    "2021-10-21",
                    "2021-11-21",
                    "$650.00",
                    "$650.00",
                    "2021-10-18 05:22:22",
                    form,
                    "",
                ]
            ],
        )

    def test_partial_payment(self):
        """R20: Pagado below Total, with the remainder in sight."""
        self._make(200.0, isp_amount_due=349.0)
        row = self._rows()[0]
        self.assertEqual(row[3], "$349.00")
        self.assertEqual(row[4], "$200.00resta $149.00")
        self.assertIn("Resta $149.00", self._main(self._page("/my/isp/payments")))

    def test_folio_links_to_its_document(self):
        """R23: the folio opens the document of the payment."""
        move = self._bill()
        self._pay(self.subscription, 349.0)
        page = self._page("/my/isp/payments")
        link = page.xpath("//table//a[starts-with(@href,'/my/invoices/')]")[0]
        self.assertEqual(link.text_content(), move.name)
        self.assertEqual(self._open(link.get("href")).status_code, 200)

    def test_newest_first(self):
        """R24: by the moment of payment, whatever the order of booking."""
        old = self._make(isp_paid_at=datetime(2026, 1, 5, 12))
        new = self._make(isp_paid_at=datetime(2026, 3, 5, 12))
        middle = self._make(isp_paid_at=datetime(2026, 2, 5, 12))
        numbers = [str(payment.isp_number) for payment in (new, middle, old)]
        self.assertEqual([row[0] for row in self._rows()], numbers)

    def test_search(self):
        """R16: date, month, form, amount and number are found, without accents or capitals."""
        cash = self._make(349.0, "cash_branch", isp_paid_at=datetime(2026, 3, 5, 12))
        spei = self._make(1047.0, "spei", isp_paid_at=datetime(2026, 8, 9, 12))
        wanted = {
            "spei": spei,
            "AGOSTO": spei,
            "1047": spei,
            "2026-03": cash,
            "5 mar": cash,
            "marzo 2026": cash,
        }
        for query, payment in wanted.items():
            with self.subTest(query=query):
                rows = self._rows(f"/my/isp/payments?q={query}")
                self.assertEqual([row[0] for row in rows], [str(payment.isp_number)])

    def test_count(self):
        """R16: the count is that of all pages together; one result reads in the singular."""
        for month in range(1, 13):
            self._make(isp_paid_at=datetime(2026, month, 5, 12))
        self.assertEqual(
            self._count("/my/isp/payments"), "12 resultados, del más nuevo al más antiguo"
        )
        self.assertEqual(self._count("/my/isp/payments?q=marzo"), "1 resultado")
        self.assertEqual(self._count("/my/isp/payments?q=nada"), "0 resultados")

    def test_fragment(self):
        """R16: while typing only the list comes, with the new count, and never a whole page."""
        self._make(isp_paid_at=datetime(2026, 3, 5, 12))
        text = self._open("/my/isp/payments?q=marzo&fragment=1").text
        self.assertNotIn("<html", text)
        self.assertIn("data-isp-count-new", text)
        self.assertIn("1 resultado", text)
        self.assertIn("o_isp_table", text)

    def test_search_text_is_only_text(self):
        self._make()
        page = self._open('/my/isp/payments?q="><script>alert(1)</script>').text
        self.assertNotIn("<script>alert(1)", page)
        self.assertEqual(self._count("/my/isp/payments?q=%25"), "0 resultados")

    def test_pages(self):
        """R67: ten rows a page, jump to a page, search kept while paging."""
        for month in range(1, 13):
            self._make(isp_paid_at=datetime(2026, month, 5, 12))
        self.assertEqual(len(self._rows()), 10)
        self.assertEqual(len(self._rows("/my/isp/payments?page=2")), 2)
        self.assertEqual(len(self._rows("/my/isp/payments?page=99")), 2)
        page = self._page("/my/isp/payments?q=2026")
        self.assertEqual(page.xpath("//a[@rel='next']/@href"), ["/my/isp/payments?q=2026&page=2"])
        hidden = page.xpath("//nav[contains(@class,'o_isp_pager')]//input[@name='q']/@value")
        self.assertEqual(hidden, ["2026"])

    def test_queries_do_not_grow_with_rows(self):
        """Ten rows cost what two do: everything a row shows is read for all of them at once."""

        def cost():
            self.env.flush_all()
            self.env.invalidate_all()
            before = self.cr.sql_log_count
            self._page("/my/isp/payments")
            return self.cr.sql_log_count - before

        for _month in range(2):
            self._bill()
            self._pay(self.subscription, 349.0)
        self._page("/my/isp/payments")
        few = cost()
        for _month in range(6):
            self._bill()
            self._pay(self.subscription, 349.0)
        self.assertLessEqual(cost(), few + 2)

    def test_empty(self):
        """D6: no pager and no "0 results" before the first payment."""
        page = self._page("/my/isp/payments")
        self.assertIn("Todavía no tienes pagos", self._main(page))
        self.assertFalse(page.xpath("//nav[contains(@class,'o_isp_pager')] | //p[@data-isp-count]"))

    def test_receipt(self):
        """The number opens the PDF «Recibo de pago» of the payment."""
        self._bill()
        payment = self._pay(self.subscription, 349.0)
        url = self._page("/my/isp/payments").xpath("//table//a[contains(@href,'/receipt')]/@href")[
            0
        ]
        response = self._open(url)
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertTrue(response.content.startswith(b"%PDF"))
        self.assertIn(str(payment.isp_number), response.headers["Content-Disposition"])

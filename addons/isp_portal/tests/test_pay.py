from unittest.mock import patch

from dateutil.relativedelta import relativedelta

from odoo.tests import tagged

from .common import IspPortalCommon

HERO = "//section[contains(@class,'o_isp_hero')]"
METHOD = {
    "key": "test",
    "title": "Transferencia bancaria",
    "subtitle": "SPEI",
    "icon": "bank",
    "url": "/my/isp/pay/test",
    "sequence": 10,
}


@tagged("post_install", "-at_install")
class TestPortalPay(IspPortalCommon):
    def _pay_page(self, months="", **params):
        extra = "".join(f"&{key}={value}" for key, value in params.items())
        return self._page(f"/my/isp/pay?months={months}{extra}")

    def _total(self, page):
        return self._texts(page, f"{HERO}//p[@class='o_isp_figure']")[0]

    def _table(self, page):
        return self._texts(page, "//table[@class='o_isp_quad']//tbody//td")

    def _methods(self, *methods):
        """Let an addon offer these methods."""
        model = type(self.env["isp.portal.page"])
        return patch.object(model, "_get_payment_methods", lambda *args: list(methods))

    def test_service_card(self):
        """R31: plan, speeds and badge."""
        text = self._main(self._pay_page())
        self.assertIn("Residencial 50", text)
        self.assertIn("Hasta 50 / 20 Mbps", text)

    def test_table(self):
        """R32: Tipo · Meses · Costo · Total; Total = Meses × Costo."""
        page = self._pay_page(3)
        headers = self._texts(page, "//table[@class='o_isp_quad']//th")
        self.assertEqual(headers, ["Tipo", "Meses", "Costo", "Total"])
        self.assertEqual(self._table(page), ["Residencial 50", "3", "$349.00", "$1,047.00"])

    def test_months(self):
        """R33, R34, R35: total, button and table follow the months; nothing due is no obstacle."""
        for months, amount in ((1, "$349.00"), (3, "$1,047.00"), (12, "$4,188.00")):
            page = self._pay_page(months)
            self.assertEqual(self._total(page), amount)
            button = page.xpath(f"{HERO}//a[contains(@class,'o_isp_btn')]")[0]
            self.assertEqual(button.text_content().strip(), f"Pagar {amount}")

    def test_new_cutoff_before_paying(self):
        """F1, R72: the new date is shown before the button."""
        text = " ".join(self._texts(self._pay_page(3), HERO))
        self.assertIn(
            f"Corte actual {self._short(self.cutoff)}".replace(" ", ""), text.replace(" ", "")
        )
        new = self._short(self.subscription._get_payment_quote(3)["new_cutoff_date"])
        self.assertIn(f"Nuevo próximo corte{new}".replace(" ", ""), text.replace(" ", ""))
        self.assertEqual(self._short(self.cutoff + relativedelta(months=3)), new)

    def test_number_of_invoices(self):
        """Months ahead share one invoice; what is billed already keeps its own."""
        self.assertIn("Una, por 3 meses", self._main(self._pay_page(3)))
        self._bill()
        self.assertIn("2 facturas", self._main(self._pay_page(3)))

    def test_months_out_of_range(self):
        """R33: the server keeps to the maximum of the settings, whatever arrives."""
        self.company.isp_max_months = 6
        for months, shown in (("99", "6"), ("-4", "1"), ("x", "1"), ("", "1"), ("2.5", "1")):
            with self.subTest(months=months):
                self.assertEqual(self._texts(self._pay_page(months), "//output"), [shown])
        self.assertIn("Hasta 6", self._main(self._pay_page()))

    def test_tampered_total(self):
        """R33: amounts in the address are ignored."""
        page = self._page("/my/isp/pay/summary?months=3&total=1&amount=1&price=1")
        figure = self._texts(page, "//p[@class='o_isp_figure']")
        self.assertEqual(figure, ["$1,047.00"])

    def test_stepper_works_without_script(self):
        """Each step is a link; at the ends there is none."""
        page = self._pay_page(1)
        down = page.xpath("//a[@data-isp-step='down']")[0]
        up = page.xpath("//a[@data-isp-step='up']")[0]
        self.assertEqual((down.get("href"), down.get("aria-disabled")), (None, "true"))
        self.assertEqual(self._texts(self._page(up.get("href")), "//output"), ["2"])
        up = self._pay_page(12).xpath("//a[@data-isp-step='up']")[0]
        self.assertIsNone(up.get("href"))
        marked = self._texts(self._pay_page(6), "//nav[@class='o_isp_seg']/a[@aria-current]")
        self.assertEqual(marked, ["6 meses"])

    def test_debt_comes_first(self):
        """What is billed is paid whole: two open months are the least that can be chosen."""
        self._bill()
        self._bill()
        page = self._pay_page()
        self.assertEqual(self._texts(page, "//output"), ["2"])
        self.assertEqual(self._total(page), "$698.00")
        self.assertEqual(self._texts(self._pay_page(1), "//output"), ["2"])

    def test_rest_of_a_partial_payment(self):
        """A partly paid month keeps a row of its own."""
        self._bill()
        self._pay(self.subscription, 200.0)
        page = self._pay_page(2)
        self.assertEqual(self._total(page), "$498.00")
        cells = self._table(page)
        self.assertEqual(cells[:4], ["Residencial 50", "1", "$349.00", "$349.00"])
        self.assertEqual(cells[5:], ["1", "$149.00", "$149.00"])

    def test_credit_is_deducted(self):
        self._create_payment(self.subscription, 100.0)
        page = self._pay_page(1)
        self.assertEqual(self._total(page), "$249.00")
        self.assertIn("−$100.00", self._table(page))

    def test_several_services(self):
        second = self._create_subscription(
            partner_id=self.customer.id,
            plan_id=self.plan_100.id,
            date_start=self.cutoff,
            anchor_day=self.cutoff.day,
        )
        page = self._pay_page(1, subscription_id=second.id)
        self.assertEqual(self._total(page), "$449.00")
        links = page.xpath("//nav[@aria-label='Elige el servicio']/a/@href")
        self.assertEqual(len(links), 2)

    def test_fragment(self):
        response = self._open("/my/isp/pay?months=3&fragment=1")
        self.assertNotIn("<html", response.text)
        self.assertIn("Pagar $1,047.00", " ".join(response.text.split()))

    def test_cancelled_service(self):
        self.subscription.sudo().write({"state": "cancelled"})
        for url in ("/my/isp/pay", "/my/isp/pay/summary"):
            self.assertIn("No hay nada que pagar ahora", self._main(self._page(url)))

    def test_summary(self):
        """R41: service, months, period covered and amount."""
        page = self._page("/my/isp/pay/summary?months=3")
        text = self._main(page)
        end = self._short(self.subscription._get_payment_quote(3)["new_cutoff_date"])
        for part in (
            "Total a pagar $1,047.00",
            "Servicio Residencial 50",
            f"Periodo cubierto {self._short(self.cutoff)} – {end}",
            f"Contrato {self.subscription.name}",
        ):
            self.assertIn(part.replace(" ", ""), text.replace(" ", ""))
        crumbs = self._texts(page, "//nav[contains(@class,'o_isp_crumbs')]//li")
        self.assertEqual(crumbs, ["CX", "Mi portal", "Pagar servicio", "Resumen de pago"])

    def test_methods_open_a_new_window(self):
        """R42: every method opens another window; the POST ones carry token and months."""
        posted = {**METHOD, "key": "post", "post": True, "sequence": 5, "fields": {"kind": "x"}}
        with self._methods(METHOD, posted):
            page = self._page("/my/isp/pay/summary?months=3")
        link = page.xpath("//a[@href='/my/isp/pay/test']")[0]
        self.assertEqual((link.get("target"), link.get("rel")), ("_blank", "noopener"))
        self.assertIn("se abre en otra ventana", link.text_content())
        form = page.xpath("//form[@method='post']")[0]
        self.assertEqual(form.get("target"), "_blank")
        values = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        self.assertTrue(values.pop("csrf_token"))
        expected = {"subscription_id": str(self.subscription.id), "months": "3", "kind": "x"}
        self.assertEqual(values, expected)
        order = page.xpath("//@data-isp-method")
        self.assertEqual(order, ["post", "test"])

    def test_no_online_method(self):
        """R30: without a method the offices are shown, never an empty list."""
        self.env["isp.branch"].create(
            {
                "name": "Sucursal Centro",
                "code": "C1",
                "street": "Portal Hidalgo 8",
                "company_id": self.company.id,
            }
        )
        with self._methods():
            text = self._main(self._page("/my/isp/pay/summary?months=1"))
        self.assertIn("Paga en sucursal", text)
        self.assertIn("Sucursal Centro", text)
        self.assertIn("Portal Hidalgo 8", text)
        self.assertIn(self.subscription.name, text)

    def test_status_of_an_open_summary(self):
        """R42: the summary hears of the payment made in the other window."""
        self._bill()
        page = self._page("/my/isp/pay/summary")
        url = page.xpath("//@data-isp-status-url")[0]
        self.assertEqual(self._open(url).status_code, 204)
        self._pay(self.subscription, 349.0)
        response = self._open(url)
        self.assertEqual(response.status_code, 200)
        self.assertIn("Recibimos tu pago. Tu próximo corte es el", response.text)

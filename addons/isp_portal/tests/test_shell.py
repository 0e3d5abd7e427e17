from odoo.tests import tagged

from .common import PHONE_1, IspPortalCommon

TITLES = {
    "/my/isp": "Dashboard",
    "/my/isp/payments": "Pagos",
    "/my/isp/pay": "Pagar servicio",
    "/my/isp/documents": "Documentos",
}


@tagged("post_install", "-at_install")
class TestPortalShell(IspPortalCommon):
    def test_public_site_leads_to_the_login(self):
        """R1, R2: from the home page one link «Área de clientes» reaches the login."""
        page = self._page("/", None)
        links = page.xpath("//header//a[@href='/area-de-clientes']")
        self.assertTrue(links)
        self.assertEqual(
            {" ".join(link.text_content().split()) for link in links}, {"Área de clientes"}
        )
        response = self._open("/area-de-clientes", None)
        self.assertEqual(response.status_code, 303)
        self.assertIn("/web/login?redirect=%2Fmy%2Fisp", response.headers["Location"])

    def test_entry_with_a_session(self):
        """R2: with a session the entry leads to the dashboard."""
        response = self._open("/area-de-clientes")
        self.assertTrue(response.headers["Location"].endswith("/my/isp"))

    def test_odoo_home_gives_way(self):
        for url in ("/my", "/my/home"):
            response = self._open(url)
            self.assertEqual(response.status_code, 303)
            self.assertTrue(response.headers["Location"].endswith("/my/isp"))

    def test_odoo_home_stays_for_others(self):
        self.other_subscription._isp_request_cancellation()
        self.other_subscription.partner_id = self.customer
        self.assertEqual(self._open("/my", "isp_portal_other").status_code, 200)

    def test_breadcrumb(self):
        """R5: module, area, page; the first two are links."""
        for url, title in TITLES.items():
            page = self._page(url)
            crumbs = self._texts(page, "//nav[contains(@class,'o_isp_crumbs')]//li")
            self.assertEqual(crumbs, ["CX", "Mi portal", title])
            links = page.xpath("//nav[contains(@class,'o_isp_crumbs')]//a/@href")
            self.assertEqual(links, ["/my/isp", "/my/isp"])

    def test_navigation(self):
        """R6: every entry on every page, the present one marked."""
        for url, title in TITLES.items():
            page = self._page(url)
            entries = page.xpath("//nav[contains(@class,'o_isp_nav')]//a/@aria-label")
            for entry in TITLES.values():
                self.assertIn(entry, entries)
            current = page.xpath("//nav[contains(@class,'o_isp_nav')]//a[@aria-current='page']")
            self.assertEqual([link.get("aria-label") for link in current], [title])

    def test_titles_name_page_and_company(self):
        for url, title in TITLES.items():
            page = self._page(url)
            self.assertEqual(page.xpath("//title")[0].text, f"{title} · {self.company.name}")
            self.assertEqual(len(page.xpath("//h1")), 1, url)

    def test_own_shell_replaces_the_website(self):
        """One main, no header or footer of the website, in Spanish, nothing from elsewhere."""
        page = self._page("/my/isp")
        self.assertEqual(len(page.xpath("//main")), 1)
        self.assertFalse(page.xpath("//header | //footer"))
        self.assertEqual(page.get("lang"), "es-MX")
        self.assertTrue(page.xpath("//a[contains(@class,'o_isp_skip')][@href='#isp_content']"))
        outside = page.xpath("//div[contains(@class,'o_isp')]//*[starts-with(@src,'http')]")
        self.assertFalse(outside)
        self.assertFalse(page.xpath("//div[@id='wrap']//script | //div[@id='wrap']//*[@style]"))

    def test_account_menu(self):
        page = self._page("/my/isp")
        links = page.xpath("//details[contains(@class,'o_isp_menu')]//a/@href")
        self.assertEqual(links, ["/my/account", "/my/security", "/web/session/logout?redirect=/"])

    def test_title_and_stamp_on_paper(self):
        """R4: the print carries the portal title of the settings and a stamp."""
        self.company.isp_portal_title = "CX Prueba Portal Cliente"
        head = self._texts(self._page("/my/isp"), "//p[contains(@class,'o_isp_print_head')]")[0]
        self.assertRegex(head, r"^CX Prueba Portal Cliente · \d{4,6}_\d{4}$")

    def test_company_colour(self):
        """The primary colour becomes the accent; nothing is printed without one."""
        self.company.primary_color = "#ffdd00"
        style = "".join(self._page("/my/isp").xpath("//head/style/text()"))
        self.assertIn("--isp-accent:#", style)
        light, dark = style.split("prefers-color-scheme:dark")
        self.assertNotIn("--isp-accent:#ffdd00", light)
        self.assertIn("--isp-accent:#ffdd00", dark)
        self.company.primary_color = False
        style = "".join(self._page("/my/isp").xpath("//head/style/text()"))
        self.assertNotIn("--isp-accent", style)

    def test_support_phones_come_from_the_company(self):
        """R48, R76: one setting feeds every page."""
        self.assertIn("443\u00a0555\u00a00142", self._open("/my/isp/pay").text)
        self.company.isp_support_phone_1 = "4521112233"
        page = self._page("/my/isp/pay")
        self.assertIn("tel:+524521112233", page.xpath("//main//a/@href"))
        self.assertNotIn(f"tel:+52{PHONE_1}", page.xpath("//main//a/@href"))

    def test_icons_have_a_path(self):
        for url in TITLES:
            for path in self._page(url).xpath("//svg[contains(@class,'o_isp_icon')]"):
                self.assertTrue(path.xpath("./path/@d"), url)

from odoo.http import Request
from odoo.tests import tagged

from .common import IspPortalCommon

LOGIN = "/web/login?redirect=/my/isp"


@tagged("post_install", "-at_install")
class TestPortalLogin(IspPortalCommon):
    """R3: user and password; one message that does not reveal whether the user exists."""

    def _sign_in(self, login, password):
        self.authenticate(None, None)
        data = {
            "login": login,
            "password": password,
            "redirect": "/my/isp",
            "csrf_token": Request.csrf_token(self),
        }
        return self.url_open("/web/login", data=data, allow_redirects=False)

    def test_form(self):
        page = self._page(LOGIN, None)
        labels = self._texts(page, "//form//label")
        self.assertEqual(labels, ["Usuario", "Contraseña"])
        self.assertEqual(self._texts(page, "//h1"), ["Área de clientes"])
        self.assertTrue(page.xpath("//form//input[@name='csrf_token']"))
        self.assertEqual(page.xpath("//form//input[@name='redirect']/@value"), ["/my/isp"])

    def test_deep_link_survives(self):
        page = self._page("/web/login?redirect=/my/isp/payments", None)
        self.assertEqual(page.xpath("//form//input[@name='redirect']/@value"), ["/my/isp/payments"])

    def test_valid_pair(self):
        response = self._sign_in("isp_portal_customer", "isp_portal_customer")
        self.assertEqual(response.status_code, 303)
        self.assertTrue(response.headers["Location"].endswith("/my/isp"))

    def test_refused_pairs_read_the_same(self):
        unknown = self._sign_in("nobody-at-all", "wrong")
        known = self._sign_in("isp_portal_customer", "wrong")
        for response in (unknown, known):
            self.assertEqual(response.status_code, 200)
            self.assertIn("El usuario o la contraseña no son correctos.", response.text)
            self.assertIn('aria-invalid="true"', response.text)
            self.assertNotIn("wrong", response.text)

    def test_staff_login_keeps_its_look(self):
        page = self._page("/web/login", None)
        self.assertFalse(page.xpath("//div[contains(@class,'o_isp')]"))

import base64
import hashlib

from odoo.exceptions import AccessError, UserError
from odoo.tests import tagged

from odoo.addons.http_routing.tests.common import MockRequest

from .http_common import IspHttpCommon

CONTENT = b"%PDF-1.7 contract of a customer"


@tagged("post_install", "-at_install")
class TestDocument(IspHttpCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription = cls._create_subscription()
        cls.document = cls.env["isp.document"].create(
            {
                "title": "Contrato",
                "subscription_id": cls.subscription.id,
                "file": base64.b64encode(CONTENT),
                "file_name": "contrato.pdf",
                "visible": True,
            }
        )

    def test_customer_size_and_digest_follow_from_the_file(self):
        self.assertEqual(self.document.partner_id, self.customer)
        self.assertEqual(self.document.file_size, len(CONTENT))
        self.assertEqual(self.document.sha256, hashlib.sha256(CONTENT).hexdigest())
        self.document.file = base64.b64encode(b"other")
        self.assertEqual(self.document.sha256, hashlib.sha256(b"other").hexdigest())

    def test_signed_document_is_never_overwritten(self):
        self.document.signed_on = "2026-01-01 12:00:00"
        with self.assertRaises(UserError):
            self.document.file = base64.b64encode(b"forged")
        action = self.document.action_new_version()
        new = self.env["isp.document"].browse(action["res_id"])
        self.assertEqual((new.version, new.visible, new.signed_on), (2, False, False))
        new.file = base64.b64encode(b"new text")

    def test_stream_has_the_name_and_the_bytes(self):
        document = self.document.with_user(self.portal_user)
        with MockRequest(document.env):
            stream = document._isp_download_stream()
            self.assertEqual(stream.download_name, "contrato.pdf")
            self.assertEqual(stream.read(), CONTENT)

    def test_other_customer_gets_nothing(self):
        document = self.document.with_user(self.other_portal_user)
        with self.assertRaises(AccessError):
            document._isp_download_stream()
        self.assertFalse(self.env["isp.document"].with_user(self.other_portal_user).search([]))

    def test_hidden_document_is_not_for_the_customer(self):
        self.document.visible = False
        with self.assertRaises(AccessError):
            self.document.with_user(self.portal_user)._isp_download_stream()

    def test_content_route_follows_the_same_rules(self):
        url = f"/web/content/isp.document/{self.document.id}/file"
        self.authenticate(self.portal_user.login, self.portal_user.login)
        self.assertEqual(self.url_open(url).content, CONTENT)
        self.authenticate(self.other_portal_user.login, self.other_portal_user.login)
        self.assertEqual(self.url_open(url).status_code, 404)
        self.authenticate(None, None)
        self.assertNotEqual(self.url_open(url).content, CONTENT)

    def test_staff_downloads_from_the_list(self):
        action = self.document.with_user(self.user_readonly).action_download()
        self.assertEqual(action["type"], "ir.actions.act_url")
        self.assertIn(str(self.document.id), action["url"])

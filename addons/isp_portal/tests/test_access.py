from odoo.tests import new_test_user, tagged

from .common import IspPortalCommon

PAGES = (
    "/my/isp",
    "/my/isp/payments",
    "/my/isp/invoices",
    "/my/isp/pay",
    "/my/isp/pay/summary",
    "/my/isp/plan",
    "/my/isp/documents",
)


@tagged("post_install", "-at_install")
class TestPortalAccess(IspPortalCommon):
    """Who gets what on every route of the customer area."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._bill_all()
        cls.payment = cls._pay(cls.subscription, 349.0)
        cls.document = cls.env["isp.document"].create(
            {
                "title": "Contrato",
                "file": "JVBERi0xLjQK",
                "file_name": "contrato.pdf",
                "visible": True,
                "subscription_id": cls.subscription.id,
            }
        )
        cls.guest = new_test_user(
            cls.env,
            login="isp_portal_guest",
            password="isp_portal_guest",
            groups="base.group_portal",
            company_id=cls.company.id,
            company_ids=[(6, 0, cls.company.ids)],
        )

    @classmethod
    def _bill_all(cls):
        for subscription in cls.subscription + cls.other_subscription:
            subscription._bill_periods(n=1)

    def _own_urls(self):
        """Addresses that name records of the first customer."""
        number = self.subscription.id
        return (
            f"/my/isp?subscription_id={number}",
            f"/my/isp/pay?subscription_id={number}",
            f"/my/isp/pay/summary?subscription_id={number}&months=2",
            f"/my/isp/pay/status?subscription_id={number}&last=0",
            f"/my/isp/plan?subscription_id={number}&plan_id={self.plan_100.id}",
            f"/my/isp/payments/{self.payment.id}/receipt",
            f"/my/isp/documents/{self.document.id}/download",
        )

    def _assert_statuses(self, urls, login, status):
        for url in urls:
            with self.subTest(url=url, login=login):
                self.assertEqual(self._open(url, login).status_code, status)

    def test_owner(self):
        self._assert_statuses(PAGES + self._own_urls(), "isp_portal_customer", 200)

    def test_another_customer(self):
        """What is somebody else's is not found, never forbidden: existence stays private."""
        self._assert_statuses(PAGES, "isp_portal_other", 200)
        self._assert_statuses(self._own_urls(), "isp_portal_other", 404)

    def test_visitor(self):
        for url in PAGES + self._own_urls():
            with self.subTest(url=url):
                response = self._open(url, None)
                self.assertEqual(response.status_code, 303)
                self.assertIn("/web/login", response.headers["Location"])

    def test_suspended_customer(self):
        """A suspended customer reads and pays everything as before."""
        self._bill()
        self.subscription._suspend("manual")
        self.assertEqual(self.subscription.state, "suspended")
        self._assert_statuses(PAGES + self._own_urls(), "isp_portal_customer", 200)

    def test_customer_without_service(self):
        self._assert_statuses(PAGES, "isp_portal_guest", 200)
        self._assert_statuses(self._own_urls()[:3], "isp_portal_guest", 404)
        self.assertIn(
            "Todavía no tienes un servicio", self._main(self._page("/my/isp", "isp_portal_guest"))
        )

    def test_staff_sees_no_customers(self):
        """Staff has the back office: the area never shows another payer's service."""
        self.user_manager.password = "isp_manager"
        self._assert_statuses(PAGES, "isp_manager", 200)
        self._assert_statuses(self._own_urls()[:1], "isp_manager", 404)

    def test_ids_that_do_not_exist(self):
        urls = (
            "/my/isp?subscription_id=999999999",
            "/my/isp?subscription_id=x",
            "/my/isp/payments/999999999/receipt",
            "/my/isp/documents/999999999/download",
        )
        self._assert_statuses(urls, "isp_portal_customer", 404)

    def test_other_names_never_appear(self):
        """No page of one customer holds the contract, invoices or payments of another."""
        other_payment = self._pay(self.other_subscription, 449.0)
        secrets = (
            self.other_subscription.name,
            self.other_customer.name,
            f"/payments/{other_payment.id}/receipt",
        )
        for url in PAGES:
            text = self._open(url).text
            for secret in secrets:
                self.assertNotIn(secret, text, url)

    def test_draft_contracts_stay_inside(self):
        draft = self._create_subscription(partner_id=self.customer.id, state="draft")
        self._assert_statuses([f"/my/isp?subscription_id={draft.id}"], "isp_portal_customer", 404)

    def test_pages_are_private(self):
        response = self._open("/my/isp")
        self.assertEqual(response.headers["Cache-Control"], "private, no-store")
        self.assertEqual(response.headers["X-Frame-Options"], "SAMEORIGIN")

from datetime import datetime

from odoo.tests import tagged

from .common import IspPortalCommon


@tagged("post_install", "-at_install")
class TestPortalTours(IspPortalCommon):
    """The pages in a real browser, on a phone of 390 px."""

    browser_size = "390x844"
    touch_enabled = True

    def test_months(self):
        """R33 to R35: the stepper changes total, button and new cut-off in place."""
        self.start_tour("/my/isp/pay", "isp_portal_months", login="isp_portal_customer")

    def test_search(self):
        """R16: rows and count follow while typing."""
        for month in range(1, 13):
            payment = self._create_payment(self.subscription, 349.0)
            payment.isp_paid_at = datetime(2026, month, 5, 12)
        self.start_tour("/my/isp/payments", "isp_portal_search", login="isp_portal_customer")

from odoo.tests import tagged

from .card_common import CardMixin
from .common import OpenpayHttpCommon

FORM = "/my/isp/pay/card?subscription_id={}&months=1"
LOGIN = "isp_portal_customer"


@tagged("post_install", "-at_install")
class TestCardTour(CardMixin, OpenpayHttpCommon):
    """A card payment in a real browser, on a phone, with the simulator's openpay.js."""

    browser_size = "390x844"
    touch_enabled = True

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_english_website()
        config = cls.simulator.get("/_control/config")
        cls.provider.write(
            {
                "openpay_public_key": config["public_key"],
                "openpay_sdk_url": f"{cls.simulator.url}/js/openpay.v1.min.js",
                "openpay_device_url": f"{cls.simulator.url}/js/openpay-data.v1.min.js",
            }
        )

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.charges = self.env["isp.card.charge"].sudo()

    def test_pay(self):
        self.env.ref("isp_payments_mx.card_brand_amex").sudo().active = False
        self.start_tour(FORM.format(self.subscription.id), "isp_card_payment", login=LOGIN)
        paid, declined = self.charges.search([("subscription_id", "=", self.subscription.id)])
        self.assertEqual((paid.state, declined.state), ("paid", "failed"))
        self.assertEqual(len(self._charges()), 2, "the declined one and one payment")
        self.assertEqual(self._payments(self.subscription).amount, 349.0)
        requests = self.simulator.get("/_control/requests?method=POST&path=/tokens")
        self.assertEqual(len(requests), 2, "the refused brand and the empty form sent nothing")

    def test_library_cannot_be_loaded(self):
        self.provider.openpay_sdk_url = f"{self.simulator.url}/js/missing.js"
        code = """
            const started = Date.now();
            const timer = setInterval(() => {
                const notice = document.querySelector("[data-isp-card-error]");
                if (!notice.hidden) {
                    clearInterval(timer);
                    console.log("test successful");
                } else if (Date.now() - started > 20000) {
                    clearInterval(timer);
                    console.error("no word about it");
                }
            }, 200);
        """
        self.browser_js(
            FORM.format(self.subscription.id),
            code,
            ready="document.readyState === 'complete'",
            login=LOGIN,
            error_checker=lambda message: "no word about it" in message,
            timeout=60,
        )
        self.assertEqual(self._charges(), [])

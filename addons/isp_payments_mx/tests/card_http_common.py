from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests
from lxml import html

from .card_common import CardMixin
from .common import OpenpayHttpCommon

PUBLIC_KEY = "pk_" + "b2" * 16
SUMMARY = "/my/isp/pay/summary?subscription_id={}&months={}"
FORM = "/my/isp/pay/card?subscription_id={}&months={}"
CHARGE = "/my/isp/pay/card/charge"


class CardHttpCommon(CardMixin, OpenpayHttpCommon):
    """The customer area with the card form, and what the browser does there."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.openpay_public_key = PUBLIC_KEY
        cls._use_english_website()

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.other_subscription = self._create_subscription(partner_id=self.other_customer.id)
        self.authenticate("isp_portal_customer", "isp_portal_customer")

    # === HELPERS === #

    def _form(self, months=1, subscription=None):
        """Return the parsed form of the card page."""
        subscription = subscription or self.subscription
        answer = self.url_open(FORM.format(subscription.id, months))
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text).xpath("//form[@data-isp-card]")[0]

    def _params(self, form=None, number="4111111111111111", **values):
        """Return what the form sends to our server."""
        form = self._form() if form is None else form
        return {
            "subscription_id": int(form.get("data-subscription")),
            "token": form.get("data-token"),
            "source_id": self._browser_token(number),
            "device_session_id": "device-session-of-the-browser",
            **values,
        }

    def _send(self, params):
        answer = self.url_open(CHARGE, json={"jsonrpc": "2.0", "params": params})
        return answer.json()["result"]

    def _send_together(self, *many):
        """Send several requests at once; returns the answers."""
        cookies = dict(self.opener.cookies)
        url = self.base_url() + CHARGE

        def send(params):
            body = {"jsonrpc": "2.0", "params": params}
            return requests.post(url, json=body, cookies=cookies, timeout=60).json()["result"]

        with self.allow_requests(all_requests=True), ThreadPoolExecutor(len(many)) as pool:
            return list(pool.map(send, many))

    def _card_charges(self):
        domain = [("provider_id", "=", self.provider.id)]
        return self.env["isp.card.charge"].sudo().search(domain)

    def _get(self, url, **options):
        return self.url_open(urlsplit(url)._replace(scheme="", netloc="").geturl(), **options)

    def _words(self, answer):
        return " ".join(" ".join(html.fromstring(answer.text).itertext()).split())

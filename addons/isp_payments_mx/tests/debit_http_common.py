from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from urllib.parse import urlsplit

import requests
from lxml import html

from .debit_common import DebitMixin

PAGE = "/my/isp/card?subscription_id={}"
AGREE = "/my/isp/card/agree"


class DebitHttpMixin(DebitMixin):
    """A customer with a service in the pages of direct debit, by the real clock."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls._use_english_website()
        cls.portal_user.lang = "en_US"

    def setUp(self):
        super().setUp()
        self.today = self.company._isp_today()
        start = self.today + timedelta(days=12)
        values = {"date_start": start, "anchor_day": start.day}
        self.subscription = self._create_subscription(**values)
        self.other_subscription = self._create_subscription(
            partner_id=self.other_customer.id, **values
        )
        self.authenticate("isp_portal_customer", "isp_portal_customer")

    def _get(self, url=None):
        """Return the parsed page of the direct debit, or of ``url``."""
        answer = self.url_open(url or PAGE.format(self.subscription.id))
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def _words(self, page):
        text = " ".join(" ".join(page.xpath("//main")[0].itertext()).split())
        return text.replace("\xa0", " ")

    def _params(self, number="4111111111111111", page=None, **values):
        """Return what the form sends to our server."""
        form = (self._get() if page is None else page).xpath("//form[@data-isp-debit]")[0]
        return {
            "subscription_id": int(form.get("data-subscription")),
            "token": form.get("data-token"),
            "source_id": self._browser_token(number),
            "device_session_id": "device-session-of-the-browser",
            "agreed": True,
            **values,
        }

    def _send(self, params):
        answer = self.url_open(AGREE, json={"jsonrpc": "2.0", "params": params})
        return answer.json()["result"]

    def _send_together(self, *many):
        """Send several requests at once; returns the answers."""
        cookies = dict(self.opener.cookies)
        url = self.base_url() + AGREE

        def send(params):
            body = {"jsonrpc": "2.0", "params": params}
            return requests.post(url, json=body, cookies=cookies, timeout=60).json()

        with self.allow_requests(all_requests=True), ThreadPoolExecutor(len(many)) as pool:
            return list(pool.map(send, many))

    def _mandates(self):
        return self.env["isp.card.mandate"].search([], order="id")

    def _press(self, page, action, **values):
        """Press the button of a form; returns the page after it."""
        form = page.xpath(f"//form[@action='{action}']")[0]
        fields = {field.get("name"): field.get("value") for field in form.xpath(".//input[@name]")}
        answer = self.url_open(action, data={**fields, **values}, allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.env.invalidate_all()
        return self._get(
            urlsplit(answer.headers["Location"])._replace(scheme="", netloc="").geturl()
        )

import base64
import hashlib
import logging
from urllib.parse import urlsplit

from lxml import html

from odoo.tests import tagged
from odoo.tools import SQL

from .. import const
from .card_common import MASTERCARD, VISA, CardMixin
from .common import OpenpayHttpCommon

PUBLIC_KEY = "pk_" + "b2" * 16
FORM = "/my/isp/pay/card?subscription_id={}&months=1"
CVV = "8675"
# Tables that a request of ours could write to, whatever else there is.
SEARCHED = "SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'"


class Everything(logging.Handler):
    """Keeps all that is logged."""

    def __init__(self):
        super().__init__(logging.DEBUG)
        self.lines = []

    def emit(self, record):
        self.lines.append(self.format(record))


@tagged("post_install", "-at_install")
class TestCardSafety(CardMixin, OpenpayHttpCommon):
    """No card number or security code gets into server, log, database or error page."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.provider.openpay_public_key = PUBLIC_KEY

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.authenticate("isp_portal_customer", "isp_portal_customer")
        self.log = Everything()
        # as the server's own handlers see it: behind the filters of the loggers
        for name in (None, "werkzeug"):
            logger = logging.getLogger(name)
            logger.addHandler(self.log)
            self.addCleanup(logger.removeHandler, self.log)

    def _rows_with(self, text):
        """Return the tables in which a text occurs anywhere."""
        found = []
        self.env.flush_all()
        for (table,) in self.env.execute_query(SQL(SEARCHED)):
            query = SQL(
                "SELECT 1 FROM %s AS row WHERE row::text LIKE %s LIMIT 1",
                SQL.identifier(table),
                f"%{text}%",
            )
            if self.env.execute_query(query):
                found.append(table)
        return found

    def _assert_refused(self, answer, where):
        self.assertEqual(answer.status_code, 400, where)
        for secret in (VISA, "4111 1111", "4111-1111", CVV):
            self.assertNotIn(secret, answer.text, where)
            self.assertNotIn(secret, str(answer.headers), where)

    def test_posted_card_numbers_go_nowhere(self):
        spaced = "4111 1111 1111 1111"
        sub = self.subscription.id
        card = {"card_number": VISA, "cvv2": CVV, "token": "x", "subscription_id": sub}
        routes = ("/my/isp/pay/card/hosted", "/my/isp/pay/spei", "/my/isp/documents", "/my/account")
        for route in routes:
            self._assert_refused(self.url_open(route, data=card), route)
            self._assert_refused(self.url_open(f"{route}?note={spaced}"), route)
            self._assert_refused(self.url_open(f"{route}?{VISA}=1"), route)
        for body in ({"params": card}, {"params": {"a": [{"b": f"my card is {spaced}."}]}}):
            answer = self.url_open("/my/isp/pay/card/charge", json=body)
            self._assert_refused(answer, body)
        escaped = "".join(f"\\u{ord(char):04x}" for char in VISA)
        for source in (escaped, "4111.1111.1111.1111"):
            body = f'{{"params": {{"subscription_id": {sub}, "source_id": "{source}"}}}}'
            headers = {"Content-Type": "application/json"}
            answer = self.url_open("/my/isp/pay/card/charge", data=body, headers=headers)
            self._assert_refused(answer, source)
        self._assert_refused(self.url_open(f"/payment/openpay/card/1/{VISA}"), "in the path")
        self._assert_refused(self.url_open(FORM.format(sub) + "&redirect=4111-1111-1111-1111"), "")
        self.authenticate(None, None)
        answer = self.url_open(f"{FORM.format(sub)}&n={VISA}", allow_redirects=False)
        self._assert_refused(answer, "a visitor is not sent to the login with it")
        self._assert_nowhere()

    def _assert_nowhere(self):
        log = "\n".join(self.log.lines)
        self.assertIn("A request with a card number was refused", log)
        self.assertIn("/my/isp/pay/card/hosted", log, "the access log is looked at")
        for secret in (VISA, "4111 1111", "4111+1111", "4111%201111", "4111-1111", CVV):
            self.assertNotIn(secret, log)
        self.assertEqual(self._rows_with(VISA), [])
        self.assertEqual(self._rows_with("4111 1111 1111"), [])

    def test_address_with_a_nul(self):
        """Odoo would look in the database for an attachment of that name, and fail."""
        for path in ("/payment/openpay/card/1/%00", "/my/isp/%00", "/en/payment/x%00y"):
            self.assertEqual(self.url_open(path).status_code, 400, path)

    def test_webhook_forgets_cards(self):
        body = {
            "type": "charge.created",
            "transaction": {
                "id": "tr1",
                "status": "in_progress",
                "card": {"card_number": MASTERCARD, "cvv2": CVV},
                "error_message": f"declined {MASTERCARD}",
            },
        }
        key = base64.b64encode(b"openpay:a password of the tests").decode()
        answer = self.url_open(
            const.WEBHOOK_ROUTE, json=body, headers={"Authorization": f"Basic {key}"}
        )
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(self._rows_with(MASTERCARD), [])
        self.assertNotIn(MASTERCARD, "\n".join(self.log.lines))

    def test_ordinary_numbers_pass(self):
        sub = self.subscription.id
        for number in ("4435550142", "1010101574043722", "012914002014112176", "4" * 20):
            answer = self.url_open(f"{FORM.format(sub)}&q={number}")
            self.assertEqual(answer.status_code, 200, number)
        self.assertEqual(self.url_open("/my/isp/payments?q=4435 550 142").status_code, 200)

    # === THE PAGE === #

    def test_policy_of_the_card_page(self):
        answer = self.url_open(FORM.format(self.subscription.id))
        policy = dict(
            part.strip().split(" ", 1)
            for part in answer.headers["Content-Security-Policy"].split(";")
        )
        self.assertNotIn("'unsafe-inline'", policy["script-src"])
        self.assertEqual(policy["form-action"], "'self'")
        self.assertEqual(policy["frame-ancestors"], "'none'")
        foreign = [item for item in policy["script-src"].split() if item.startswith("http")]
        self.assertEqual(foreign, ["https://js.openpay.mx"])
        self.assertIn(self.simulator.url, policy["connect-src"])
        page = html.fromstring(answer.text)
        for script in page.xpath("//script[not(@src)]"):
            digest = hashlib.sha256((script.text or "").encode()).digest()
            self.assertIn(base64.b64encode(digest).decode(), policy["script-src"])

    def _foreign_scripts(self, url):
        page = html.fromstring(self.url_open(url).text)
        return [src for src in page.xpath("//script/@src") if urlsplit(src).netloc]

    def test_pinned_library(self):
        url = FORM.format(self.subscription.id)
        self.assertEqual(self._foreign_scripts(url), [const.SDK_URL, const.DEVICE_URL])
        self.assertRegex(const.SDK_URL, r"^https://js\.openpay\.mx/openpay\.v\d+")
        self.provider.write(
            {
                "openpay_sdk_url": "https://pay.example.com/openpay-1.2.38.js",
                "openpay_sdk_integrity": "sha384-abc",
            }
        )
        page = html.fromstring(self.url_open(url).text)
        script = page.xpath("//script[contains(@src, '1.2.38')]")[0]
        self.assertEqual(script.get("integrity"), "sha384-abc")
        self.assertEqual(script.get("crossorigin"), "anonymous")

    def test_no_foreign_script_elsewhere(self):
        voucher = self._start_voucher(self.subscription)
        charge = self._start_card(self.subscription)
        pages = (
            "/my/isp",
            "/my/isp/pay",
            f"/my/isp/pay/summary?subscription_id={self.subscription.id}&months=1",
            "/my/isp/payments",
            "/my/isp/documents",
            voucher.transaction_id._openpay_voucher_url(),
            charge.transaction_id._openpay_card_url(),
        )
        for url in pages:
            answer = self.url_open(url)
            self.assertEqual(answer.status_code, 200, url)
            self.assertNotIn("Content-Security-Policy", answer.headers)
            self.assertEqual(self._foreign_scripts(url), [], url)

import json
from concurrent.futures import ThreadPoolExecutor
from urllib.parse import urlsplit

import requests
from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from .card_common import CHALLENGE, NO_FUNDS, CardMixin
from .common import OpenpayHttpCommon

PUBLIC_KEY = "pk_" + "b2" * 16
SUMMARY = "/my/isp/pay/summary?subscription_id={}&months={}"
FORM = "/my/isp/pay/card?subscription_id={}&months={}"
CHARGE = "/my/isp/pay/card/charge"


@tagged("post_install", "-at_install")
class TestCardPortal(CardMixin, OpenpayHttpCommon):
    """Pages and routes of paying by card."""

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
        return self.env["isp.card.charge"].sudo().search([])

    def _get(self, url, **options):
        return self.url_open(urlsplit(url)._replace(scheme="", netloc="").geturl(), **options)

    def _words(self, answer):
        return " ".join(" ".join(html.fromstring(answer.text).itertext()).split())

    # === THE FORM === #

    def test_method_is_offered_as_the_setting_says(self):
        page = html.fromstring(self.url_open(SUMMARY.format(self.subscription.id, 2)).text)
        method = page.xpath("//*[@data-isp-method='card']")[0]
        self.assertEqual((method.tag, method.get("target")), ("a", "_blank"))
        self.company.isp_card_mode = "hosted"
        page = html.fromstring(self.url_open(SUMMARY.format(self.subscription.id, 2)).text)
        method = page.xpath("//*[@data-isp-method='card']")[0]
        self.assertEqual((method.tag, method.get("action")), ("form", "/my/isp/pay/card/hosted"))
        self.provider.payment_method_ids = self.spei
        answer = self.url_open(SUMMARY.format(self.subscription.id, 2))
        self.assertNotIn("data-isp-method='card'", answer.text)

    def test_without_public_key_the_page_of_openpay_is_used(self):
        self.provider.openpay_public_key = False
        self.assertEqual(self.subscription._openpay_card_mode(), "hosted")

    def test_no_field_could_be_sent(self):
        form = self._form(months=3)
        self.assertEqual(form.xpath(".//*[@name]"), [])
        self.assertIsNone(form.get("action"))
        self.assertIn("1,047", form.text_content().replace(" ", ""))
        self.assertTrue(form.xpath(".//button[@type='submit'][@disabled]"))
        keys = (form.get("data-merchant"), form.get("data-key"), form.get("data-sandbox"))
        self.assertEqual(keys, (self.provider.openpay_merchant_id, PUBLIC_KEY, "1"))

    def test_brands(self):
        form = self._form()
        shown = [
            [
                item.text_content().strip()
                for item in form.xpath(f".//ul[@aria-labelledby='{kind}']/li")
            ]
            for kind in ("isp_credit", "isp_debit")
        ]
        self.assertEqual(shown[0], ["Visa", "Mastercard", "Amex"])
        self.assertEqual(shown[1], ["Visa", "Mastercard", "Carnet"])
        amex = self.env.ref("isp_payments_mx.card_brand_amex")
        amex.active = False
        form = self._form()
        self.assertEqual(form.get("data-accepted"), "visa,mastercard,carnet")
        self.assertNotIn("Amex", form.text_content())

    def test_gateway_and_words_are_settings(self):
        self.company.write({"isp_card_gateway": "BBVA Pay", "isp_card_safety": "Safe words."})
        texts = self._form().text_content()
        self.assertIn("BBVA Pay", texts)
        self.assertIn("Safe words.", texts)
        self.assertNotIn("256", texts)

    def test_logos(self):
        picture = self.provider.image_128
        brand = self.env.ref("isp_payments_mx.card_brand_visa")
        url = f"/payment/openpay/brand/{brand.id}/logo"
        self.assertEqual(self.url_open(url).status_code, 404)
        brand.logo = picture
        self.company.isp_card_gateway_logo = picture
        self.assertEqual(self.url_open(url).headers["Content-Type"], "image/png")
        form = self._form()
        alternatives = [image.get("alt") for image in form.xpath(".//img")]
        self.assertEqual(alternatives, ["Visa", "Visa", "Openpay"])
        for image in form.xpath(".//img"):
            self.assertEqual(self.url_open(image.get("src")).status_code, 200)

    def test_another_customer(self):
        self.authenticate("isp_portal_other", "isp_portal_other")
        self.assertEqual(self.url_open(FORM.format(self.subscription.id, 1)).status_code, 404)

    # === ONE CHARGE === #

    def test_paid(self):
        answer = self._send(self._params())
        charge = self._card_charges()
        self.assertEqual((charge.state, charge.mode, charge.amount), ("paid", "inline", 349.0))
        self.assertTrue(charge.payer_ip)
        page = self._get(answer["url"])
        self.assertIn("We received your payment", self._words(page))
        self.assertIn("Visa •••• 1111", self._words(page))
        self.assertIn(f"/my/isp/payments/{charge.transaction_id.payment_id.id}/receipt", page.text)

    def test_sent_twice(self):
        params = self._params()
        first = self._send(params)
        self.assertEqual(self._send(params), first)
        self.assertEqual(self._send({**params, "source_id": self._browser_token()}), first)
        self.assertEqual(len(self._charges()), 1)

    def test_sent_at_the_same_time(self):
        params = self._params()
        sources = [self._browser_token() for _number in range(4)]
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            answers = self._send_together(*({**params, "source_id": one} for one in sources))
        self.assertEqual(len(self._charges()), 1)
        self.assertEqual({tuple(answer) for answer in answers}, {("url",)})

    def test_two_tabs(self):
        one, two = self._params(), self._params()
        self.assertNotEqual(one["token"], two["token"])
        self._send(one)
        answer = self._send(two)
        self.assertTrue(answer["stale"])
        self.assertIn("has changed", answer["error"])
        self.assertEqual(len(self._charges()), 1)

    def test_two_tabs_at_the_same_time(self):
        one, two = self._params(), self._params()
        with mute_logger("odoo.sql_db", "odoo.service.model"):
            self._send_together(one, two)
        self.assertEqual(len(self._charges()), 1)

    def test_declined_then_another_card(self):
        params = self._params(number=NO_FUNDS)
        answer = self._send(params)
        self.assertIn("enough funds", answer["error"])
        self.assertEqual(answer["code"], "3003")
        again = self._send(params)
        self.assertIn("enough funds", again["error"], "the same press, the same answer")
        self.assertEqual(len(self._charges()), 1)
        params |= {"token": answer["token"], "source_id": self._browser_token()}
        self.assertIn("url", self._send(params))
        self.assertEqual(self._card_charges().mapped("state"), ["paid", "failed"])

    def test_lost_answer_of_openpay(self):
        params = self._params()
        self._fault("drop")
        url = self._send(params)["url"]
        page = self._get(url)
        self.assertIn("Don't pay again", self._words(page))
        self.assertEqual(self._send(self._params_again(params))["url"], url)
        charge = self._card_charges()
        self.assertEqual(self._get(url + "/state").json(), {"state": "preparing"})
        self._make_due(charge)
        charge._outbox_process_one()
        self.assertEqual(self._get(url + "/state").json(), {"state": "paid"})
        self.assertEqual(len(self._charges()), 1)

    def _params_again(self, params):
        return {**params, "source_id": self._browser_token()}

    def test_form_gives_way_to_a_payment_under_way(self):
        self._fault("drop")
        url = self._send(self._params())["url"]
        answer = self.url_open(FORM.format(self.subscription.id, 1), allow_redirects=False)
        self.assertEqual(answer.status_code, 303)
        self.assertTrue(answer.headers["Location"].endswith(url))

    # === BAD INPUT === #

    def test_tampered_token(self):
        params = self._params()
        for token in ("", "x", params["token"][:-2] + "xx"):
            self.assertTrue(self._send({**params, "token": token})["stale"])
        self.assertEqual(self._charges(), [])

    def test_token_of_another_service(self):
        form = self._form()
        second = self._create_subscription()
        self.assertTrue(self._send(self._params(form, subscription_id=second.id))["stale"])
        body = {"jsonrpc": "2.0", "params": self._params(form)}
        self.authenticate("isp_portal_other", "isp_portal_other")
        with mute_logger("odoo.http"):
            self.assertIn("error", self.url_open(CHARGE, json=body).json())
        self.assertEqual(self._charges(), [])

    def test_price_that_changed(self):
        params = self._params()
        self.subscription.plan_id.list_price = 399.0
        self.assertTrue(self._send(params)["stale"])
        self.assertEqual(self._charges(), [])

    def test_nothing_without_token_of_the_browser(self):
        for name in ("source_id", "device_session_id"):
            self.assertIn("error", self._send(self._params(**{name: ""})))
        self.assertEqual(self._charges(), [])

    def test_session_is_over(self):
        params = self._params()
        self.authenticate(None, None)
        body = {"jsonrpc": "2.0", "params": params}
        with mute_logger("odoo.http"):
            answer = self.url_open(CHARGE, json=body).json()
        self.assertEqual(answer["error"]["code"], 100)
        self.assertEqual(self._charges(), [])

    def test_switched_off_half_way(self):
        params = self._params()
        self.provider.state = "disabled"
        answer = self._send(params)
        self.assertIn("not available", answer["error"])
        answer = self.url_open(FORM.format(self.subscription.id, 1), allow_redirects=False)
        self.assertEqual(answer.status_code, 303)

    # === BANK AND HOSTED PAGE === #

    def test_3ds(self):
        self.company.isp_card_3ds = True
        answer = self._send(self._params(number=CHALLENGE))
        charge = self._card_charges()
        self.assertEqual((charge.state, answer["url"]), ("pending", charge.redirect_url))
        way_back = json.loads(charge.request_body)["redirect_url"]
        self._settle_secure(charge)
        page = self._get(f"{way_back}?id={charge.charge_id}")
        self.assertEqual(charge.state, "paid")
        self.assertIn("We received your payment", self._words(page))

    def test_3ds_refused(self):
        self.company.isp_card_3ds = True
        self._send(self._params(number=CHALLENGE))
        charge = self._card_charges()
        way_back = json.loads(charge.request_body)["redirect_url"]
        self._settle_secure(charge, success=False)
        page = self._get(f"{way_back}?id={charge.charge_id}")
        self.assertEqual(charge.state, "failed")
        self.assertIn("Your card was not charged", self._words(page))
        self.assertIn("Try again", self._words(page))

    def test_way_back_is_not_believed(self):
        self.company.isp_card_3ds = True
        self._send(self._params(number=CHALLENGE))
        charge = self._card_charges()
        way_back = json.loads(charge.request_body)["redirect_url"]
        for query in ("", "?id=trsomethingelse", f"?id={charge.charge_id}&status=completed"):
            page = self._get(way_back + query)
            self.assertEqual((page.status_code, charge.state), (200, "pending"))
            self.assertIn("Your payment is not finished", self._words(page))

    def test_wrong_token(self):
        url = self._send(self._params())["url"]
        for wrong in (url[:-3] + "abc", url.replace(url.split("/")[-1], "x")):
            self.assertEqual(self._get(wrong).status_code, 404)
            self.assertEqual(self._get(wrong + "/state").status_code, 404)

    def test_another_card_instead(self):
        self.company.isp_card_3ds = True
        self._send(self._params(number=CHALLENGE))
        charge = self._card_charges()
        url = charge.transaction_id._openpay_card_url()
        page = html.fromstring(self._get(url).text)
        form = page.xpath("//form[contains(@action, '/abandon')]")[0]
        fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        answer = self._get(form.get("action"), data=fields, allow_redirects=False)
        self.assertEqual((answer.status_code, charge.state), (303, "expired"))
        self.company.isp_card_3ds = False
        self.assertIn("url", self._send(self._params()))
        self._settle_secure(charge)
        charge._sweep_one()
        self.assertEqual(charge.state, "paid", "late, and booked")
        self.assertEqual(len(self._payments(self.subscription)), 2, "the second is credit")

    def test_abandoned_although_paid(self):
        self.company.isp_card_3ds = True
        self._send(self._params(number=CHALLENGE))
        charge = self._card_charges()
        url = charge.transaction_id._openpay_card_url()
        form = html.fromstring(self._get(url).text).xpath("//form[contains(@action, 'abandon')]")[0]
        fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        self._settle_secure(charge)
        page = self._get(form.get("action"), data=fields)
        self.assertEqual(charge.state, "paid")
        self.assertIn("We received your payment", self._words(page))

    def test_hosted(self):
        self.company.isp_card_mode = "hosted"
        page = html.fromstring(self.url_open(SUMMARY.format(self.subscription.id, 2)).text)
        form = page.xpath("//form[@action='/my/isp/pay/card/hosted']")[0]
        fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        first = self.url_open("/my/isp/pay/card/hosted", data=fields, allow_redirects=False)
        charge = self._card_charges()
        self.assertEqual((charge.mode, charge.amount, charge.state), ("hosted", 698.0, "pending"))
        self.assertEqual(first.headers["Location"], charge.redirect_url)
        again = self.url_open("/my/isp/pay/card/hosted", data=fields, allow_redirects=False)
        self.assertEqual(again.headers["Location"], charge.redirect_url)
        self.assertEqual(len(self._charges()), 1)
        url = self.url_open(FORM.format(self.subscription.id, 1), allow_redirects=False)
        self.assertIn("/my/isp/pay/summary", url.headers["Location"])

    def test_hosted_when_openpay_is_down(self):
        self.company.isp_card_mode = "hosted"
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        page = html.fromstring(self.url_open(SUMMARY.format(self.subscription.id, 2)).text)
        form = page.xpath("//form[@action='/my/isp/pay/card/hosted']")[0]
        fields = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        answer = self.url_open("/my/isp/pay/card/hosted", data=fields)
        self.assertIn("You have not been charged", self._words(answer))
        self.assertEqual(self._card_charges().state, "failed")

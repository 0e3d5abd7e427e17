import json

from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from .card_common import CHALLENGE, SUSPICIOUS
from .card_http_common import CHARGE, FORM, SUMMARY, CardHttpCommon


@tagged("post_install", "-at_install")
class TestCardPortalBank(CardHttpCommon):
    """Bad input, the page of the bank, and Openpay's own card page."""

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
            for value in ("", "a b", "\x00", "\ud800", 7, ["k1"], {"k": 1}):
                answer = self._send(self._params(**{name: value}))
                self.assertTrue(answer["stale"], (name, value))
        for token in (5, ["x"], "ñ", "\x00"):
            self.assertTrue(self._send(self._params(token=token))["stale"], token)
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

    def test_refused_by_the_antifraud_then_confirmed_at_the_bank(self):
        answer = self._send(self._params(number=SUSPICIOUS))
        self.assertEqual(answer["code"], "3005")
        self.assertIn("your bank has to confirm", answer["error"])
        params = self._params(number=SUSPICIOUS, token=answer["token"])
        url = self._send(params)["url"]
        charge = self._card_charges()[0]
        self.assertEqual((url, charge.use_3ds), (charge.redirect_url, True))
        self._settle_secure(charge)
        charge._sweep_one()
        self.assertEqual(charge.state, "paid")
        self.assertEqual(len(self._payments(self.subscription)), 1)

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
        for wrong in (url[:-3] + "abc", *(url.replace(url.split("/")[-1], word) for word in "xñ")):
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

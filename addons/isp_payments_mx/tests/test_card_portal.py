import base64
import hashlib

from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from .card_common import NO_FUNDS
from .card_http_common import FORM, PUBLIC_KEY, SUMMARY, CardHttpCommon


@tagged("post_install", "-at_install")
class TestCardPortal(CardHttpCommon):
    """The card form, and one charge whatever is pressed."""

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

    def test_inline_handlers_are_allowed(self):
        """Odoo notes on its bundles that they failed to load; the policy lets just that run."""
        for url in (FORM.format(self.subscription.id, 1), "/my/isp/card"):
            answer = self.url_open(url)
            policy = answer.headers["Content-Security-Policy"]
            found = html.fromstring(answer.text).xpath("//@*[starts-with(name(), 'on')]")
            self.assertTrue(found)
            for text in set(found):
                digest = base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
                self.assertIn(f"'sha256-{digest}'", policy)

    # === WHAT BECAME OF A PAYMENT === #

    def _story(self):
        """Return what the rows of Pagos tell, phone and desktop say the same."""
        page = html.fromstring(self.url_open("/my/isp/payments").text)
        rows = {}
        for row in page.xpath("//table/tbody/tr"):
            texts = [
                " ".join(cell.text_content().split())
                for cell in row.xpath(
                    ".//span[@class='is-desk'] | .//td[contains(@class, 'is-last')]"
                )
                if cell.xpath(".//*[contains(@class, 'o_isp_badge')]")
            ]
            number = row.xpath(".//a[contains(@class, 'o_isp_receipt')]")[0].text_content().strip()
            rows[int(number)] = texts[0] if texts else ""
            self.assertEqual(len(set(texts)), 1 if texts else 0)
        return rows

    def test_payments_tell_their_story(self):
        cards = [self._start_card(self.subscription) for _month in range(3)]
        numbers = [card.transaction_id.payment_id.isp_number for card in cards]
        for card, amount in zip(cards, (100.0, 349.0), strict=False):
            self.simulator.post("/_control/refund", {"charge_id": card.charge_id, "amount": amount})
            card._look_after_one()
        lost = cards[2]
        data = {"charge_id": lost.charge_id, "status": "created"}
        self.simulator.post("/_control/chargeback", data)
        lost._look_after_one()
        self.env.flush_all()
        story = self._story()
        folios = [card.refund_ids.name for card in cards[:2]]
        self.assertRegex(
            story[numbers[0]], rf"^Partial refund of \$100.00 ?20\d\d-.* · {folios[0]}$"
        )
        self.assertRegex(story[numbers[1]], rf"^Refunded ?20\d\d-.* · {folios[1]}$")
        self.assertRegex(
            story[numbers[2]], rf"^Under clarification with the bank.* · {lost.authorization}$"
        )
        page = self.url_open(f"/my/isp/payments?search={folios[0]}").text
        self.assertIn(folios[0], page)
        self.simulator.post("/_control/chargeback", data | {"status": "accepted"})
        lost._look_after_one()
        lost.with_user(self.user_manager).action_book_dispute()
        self.env.flush_all()
        self.assertIn("Taken back by your bank", self._story()[numbers[2]])
        receipt = f"/my/isp/payments/{lost.transaction_id.payment_id.id}/receipt"
        self.assertEqual(self.url_open(receipt).status_code, 200)
        page = self.env["isp.portal.page"].with_user(self.portal_user)
        last = page._get_last_payment(self.subscription.with_user(self.portal_user))
        self.assertEqual(last, cards[1].transaction_id.payment_id)
        self.authenticate("isp_portal_other", "isp_portal_other")
        self.assertEqual(self._story(), {})
        self.assertEqual(self.url_open(receipt).status_code, 404)

import json

from odoo.tests import tagged
from odoo.tools import mute_logger

from .. import const
from .card_common import MASTERCARD, VISA
from .common import OpenpayHttpCommon
from .debit_http_common import PAGE, DebitHttpMixin

STORED = "/my/isp/card/stored"


@tagged("post_install", "-at_install")
class TestDebitStored(DebitHttpMixin, OpenpayHttpCommon):
    """A card that is stored already pays another service, or on another day."""

    def setUp(self):
        super().setUp()
        self.mandate = self._agree(self.subscription)
        self.card = self.mandate.token_id
        values = {"date_start": self.subscription.date_start}
        self.second = self._create_subscription(
            anchor_day=self.subscription.date_start.day, **values
        )
        self.url = PAGE.format(self.second.id)

    def _cards(self, token=None):
        """The cards of the customer at Openpay."""
        customer = (token or self.card).openpay_customer_id
        return self.provider._openpay_request("GET", f"customers/{customer}/cards")

    def _choose(self, page=None, **values):
        """Tick the box and press the button of the chosen card; returns the page after it."""
        page = self._get(self.url) if page is None else page
        return self._press(page, STORED, **{"agreed": "1", **values})

    def _live(self, subscription=None):
        return (subscription or self.second)._isp_mandate()

    # === CHOOSE === #

    def test_second_service(self):
        page = self._get(self.url)
        words = self._words(page)
        for text in ("Which card?", "Visa ···· 1111", "12/35", "Another card"):
            self.assertIn(text, words)
        self.assertFalse(page.xpath("//script[contains(@src, 'openpay')]"), "no card is typed")
        shown = page.xpath("//p[@aria-labelledby='isp_debit_text']")[0].text_content()
        self.assertIsNone(page.xpath("//input[@name='agreed']")[0].get("checked"))
        self.assertIn("charged every month", self._words(self._choose(page)))
        mandate = self._live()
        self.assertEqual((mandate.state, mandate.token_id), ("active", self.card))
        self.assertEqual(mandate.consent_text, shown, "what was shown is what is kept")
        evidence = (mandate.card_brand, mandate.card_last4, mandate.ip, mandate.accepted_by)
        self.assertEqual(evidence, ("Visa", "1111", "127.0.0.1", self.portal_user))
        self.assertEqual((mandate.amount_shown, mandate.amount_cap), (349.0, 698.0))
        self.assertIn("requests", mandate.user_agent)
        self.assertTrue(mandate.is_sealed)
        self.assertEqual(self.mandate.state, "active", "the first service goes on")
        self.assertEqual(len(self._cards()), 1)
        notice = self._notices("debit_mandate", self.second)
        self.assertIn(mandate.consent_text, notice.text)

    def test_same_card_another_day(self):
        days = self.subscription._isp_debit_offer()["days"]
        page = self._get(f"{PAGE.format(self.subscription.id)}&change=1&day={days[-1]}")
        self.assertIn("The card of this service", self._words(page))
        self._choose(page)
        mandate = self._live(self.subscription)
        self.assertEqual((mandate.charge_day, mandate.token_id), (days[-1], self.card))
        self.assertEqual((self.mandate.state, self.mandate.end_reason), ("ended", "replaced"))
        self.assertTrue(self.card.active)
        self.assertNotIn("instead of", self._notices("debit_mandate")[-1].text)

    def test_links_keep_what_was_chosen(self):
        day = self.second._isp_debit_offer()["days"][-1]
        page = self._get(f"{self.url}&change=1&day={day}&card=new")
        self.assertTrue(page.xpath("//form[@data-isp-debit]"))
        links = page.xpath("//main//a[contains(@href, 'card=')]/@href")
        self.assertTrue(any(f"day={day}" in x and f"card={self.card.id}" in x for x in links))
        self.assertTrue(all("card=new" in x for x in page.xpath("//main//nav//a/@href")[-3:]))
        for nonsense in ("%00", "-1", "999999999999999999999", "x"):
            self._get(f"{self.url}&card={nonsense}")

    def test_pressed_twice(self):
        page = self._get(self.url)
        self._choose(page)
        self._choose(page)
        token = page.xpath("//input[@name='token']")[0].get("value")
        form = self._get(f"{PAGE.format(self.subscription.id)}&change=1&card=new")
        params = self._params(page=form, token=token, subscription_id=self.second.id)
        self.assertIn("url", self._send(params), "as another card, after all")
        self.assertEqual(len(self._mandates()), 2)

    def test_sent_as_another_card_before(self):
        page = self._get(self.url)
        token = page.xpath("//input[@name='token']")[0].get("value")
        self._fault("drop", path="/cards$")
        form = self._get(f"{self.url}&card=new")
        self._send(self._params(MASTERCARD, page=form, token=token))
        self.assertNotIn("Done", self._words(self._choose(page)))
        self.assertEqual(self._mandates()[-1].state, "preparing")

    def test_box_must_be_ticked(self):
        page = self._choose(agreed="")
        self.assertIn("Tick the box", self._words(page))
        self.assertTrue(page.xpath(f"//form[@action='{STORED}']"))
        self.assertFalse(self._live())

    # === LETTING GO === #

    def test_card_stays_until_nothing_uses_it(self):
        self._choose()
        self.mandate._isp_end("customer")
        self.assertTrue(self.card.active)
        self._live()._isp_end("customer")
        self.assertFalse(self.card.active)

    def test_each_consent_changes_the_row_of_the_card(self):
        """Who lets the card go at the same moment then starts anew, and sees the consent."""
        before = self.card.isp_debit_count
        self._choose()
        self.assertEqual(self.card.isp_debit_count, before + 1)

    def test_each_end_changes_the_row_of_the_card(self):
        """Of two services that end at once the second starts anew, and lets the card go."""
        self._choose()
        query = "SELECT ctid::text FROM payment_token WHERE id = %s"
        versions = []
        for step in (lambda: None, lambda: self.mandate._isp_end("customer")):
            step()
            self.env.cr.execute(query, (self.card.id,))
            versions += self.env.cr.fetchall()
        self.assertNotEqual(*versions)

    def test_card_switched_off_meanwhile(self):
        page = self._get(self.url)
        self.mandate._isp_end("customer")
        words = self._words(self._choose(page))
        self.assertIn("not stored any more", words)
        self.assertFalse(self._live())

    def test_not_offered(self):
        choices = self.env["payment.token"]._isp_choices
        self.assertEqual(choices(self.second), self.card)
        self.mandate._isp_suspend("3004")
        self.assertFalse(choices(self.second), "the bank stopped it")
        self.mandate.write({"state": "active", "suspended_at": False})
        self.card.isp_card_exp_year = 2020
        self.assertFalse(choices(self.second), "expired")

    def test_not_offered_after_it_was_switched_off(self):
        """Another service keeps the card; that the bank stopped it is not forgotten."""
        self._choose()
        self.mandate._isp_suspend("3004")
        self.mandate._isp_end("customer")
        self.assertTrue(self.card.active)
        self.assertFalse(self.env["payment.token"]._isp_choices(self.subscription))

    # === OTHERS === #

    @mute_logger("odoo.http")
    def test_cards_of_others(self):
        other = self._agree(self.other_subscription)
        self.assertNotEqual(other.token_id, self.card, "the same number, another customer")
        words = self._words(self._choose(card=str(other.token_id.id)))
        self.assertIn("not stored any more", words)
        self.assertFalse(self._live())
        self.assertEqual(self.env["payment.token"]._isp_choices(self.second), self.card)
        form = self._get(self.url).xpath(f"//form[@action='{STORED}']")[0]
        fields = {row.get("name"): row.get("value") for row in form.xpath(".//input[@name]")}
        fields |= {"agreed": "1", "subscription_id": self.other_subscription.id}
        self.assertEqual(self.url_open(STORED, data=fields).status_code, 404)

    # === TYPED AGAIN === #

    def test_typed_again(self):
        page = self._get(f"{self.url}&card=new")
        self.assertIn("url", self._send(self._params(page=page)))
        self.assertEqual((self._live().state, self._live().token_id), ("active", self.card))
        self.assertTrue(self._live().is_sealed)
        self.assertEqual(len(self._cards()), 1)
        self._send(self._params(MASTERCARD, page=self._get(f"{self.url}&change=1&card=new")))
        self.assertNotEqual(self._live().token_id, self.card)
        self.assertTrue(self.card.active, "the first service has it")

    def test_renewed_under_the_same_number(self):
        self.mandate.expiry_told = True
        source = self._browser_token(VISA, expiration_month="3", expiration_year="39")
        page = self._get(f"{self.url}&card=new")
        self.assertIn("url", self._send(self._params(page=page, source_id=source)))
        self.assertEqual((self.card.isp_card_exp_month, self.card.isp_card_exp_year), (3, 2039))
        self.assertEqual(self._live().card_expiry.year, 2039)
        self.assertEqual((self.mandate.card_expiry.year, self.mandate.expiry_told), (2039, False))
        card = self._cards()[0]
        self.assertEqual((card["expiration_month"], card["expiration_year"]), ("03", "39"))

    def test_renewal_that_is_not_taken(self):
        self._fault("error", path="/cards/", method="PUT", status=500)
        source = self._browser_token(VISA, expiration_year="39")
        page = self._get(f"{self.url}&card=new")
        answer = self._send(self._params(page=page, source_id=source))
        self.assertIn("stored already", answer["error"])
        self.assertEqual(self.card.isp_card_exp_year, 2035)

    def test_answer_lost(self):
        self._fault("drop", path="/cards$")
        self._send(self._params(page=self._get(f"{self.url}&card=new")))
        self.assertFalse(self._live())
        row = self._mandates()[-1].sudo().registration_id
        self._make_due(row)
        row._outbox_process_one()
        self.assertEqual(self._live().token_id, self.card)

    def test_being_removed(self):
        page = self._get(f"{self.url}&card=new")
        self.mandate._isp_end("customer")
        removal = self.env["isp.card.registration"].sudo().search([("operation", "=", "delete")])
        removal.outbox_state = "error"
        answer = self._send(self._params(page=page))
        self.assertIn("being removed", answer["error"])
        self.assertEqual(removal.outbox_state, "ready", "tried again")
        removal._outbox_process_one()
        again = self._params(page=page, token=answer["token"])
        self.assertIn("url", self._send(again))
        self.assertNotEqual(self._live().token_id, self.card)

    def test_stored_at_openpay_and_unknown_here(self):
        """An earlier system stored it: it becomes a card of ours."""
        body = json.dumps({"token_id": self._browser_token(MASTERCARD), "device_session_id": "d"})
        path = f"customers/{self.card.openpay_customer_id}/cards"
        made = self.provider._openpay_request("POST", path, body=body)
        self._send(self._params(MASTERCARD, page=self._get(f"{self.url}&card=new")))
        self.assertEqual(self._live().token_id.openpay_card_id, made["id"])

    def test_words_for_the_customer(self):
        provider = self.env["payment.provider"]
        for code in (const.CARD_DUPLICATE, const.CARD_REMOVING):
            self.assertIn("This card is", provider._openpay_card_text(code))

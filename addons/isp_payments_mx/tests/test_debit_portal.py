from datetime import timedelta

from odoo.tests import tagged
from odoo.tools import mute_logger

from ..services.consent import text_hash
from .card_common import DECLINED, MASTERCARD
from .common import OpenpayHttpCommon
from .debit_http_common import AGREE, PAGE, DebitHttpMixin


@tagged("post_install", "-at_install")
class TestDebitPortal(DebitHttpMixin, OpenpayHttpCommon):
    """Pages and routes of direct debit, by the real clock."""

    # === AGREE === #

    def test_offered(self):
        page = self._get(f"/my/isp/pay?subscription_id={self.subscription.id}")
        self.assertIn("Direct debit my card", self._words(page))
        page = self._get(f"/my/isp/service?subscription_id={self.subscription.id}")
        self.assertIn("Direct debit of your card", self._words(page))
        self.company.isp_debit_offered = False
        page = self._get(f"/my/isp/pay?subscription_id={self.subscription.id}")
        self.assertNotIn("Direct debit my card", self._words(page))
        self.assertIn("not available now", self._words(self._get()))

    def test_form(self):
        page = self._get()
        offer = self.subscription._isp_debit_offer()
        words = self._words(page)
        for text in ("$ 349 .00", "$698.00", " ".join(offer["text"].replace("\xa0", " ").split())):
            self.assertIn(text, words)
        form = page.xpath("//form[@data-isp-debit]")[0]
        self.assertEqual(form.xpath(".//*[@name]"), [])
        self.assertIsNone(form.get("action"))
        box = form.xpath(".//input[@type='checkbox']")[0]
        self.assertIsNone(box.get("checked"), "not ticked before")
        self.assertTrue(form.xpath(".//button[@type='submit'][@disabled]"))
        self.assertTrue(page.xpath("//script[contains(@src, 'openpay')]"))
        answer = self.url_open(PAGE.format(self.subscription.id))
        self.assertIn("frame-ancestors 'none'", answer.headers["Content-Security-Policy"])

    def test_sdk_only_with_the_form(self):
        self._send(self._params())
        page = self._get()
        self.assertFalse(page.xpath("//script[contains(@src, 'openpay')]"))

    def test_agree(self):
        page = self._get()
        answer = self._send(self._params(page=page))
        self.assertEqual(answer["url"], PAGE.format(self.subscription.id))
        mandate = self._mandates()
        self.assertEqual((mandate.state, mandate.card_last4), ("active", "1111"))
        self.assertEqual(mandate.accepted_by, self.portal_user)
        self.assertEqual(mandate.ip, "127.0.0.1")
        self.assertIn("requests", mandate.user_agent)
        shown = page.xpath("//p[@aria-labelledby='isp_debit_text']")[0].text_content()
        self.assertEqual(mandate.consent_text, shown, "what was shown is what is kept")
        self.assertEqual(mandate.text_hash, text_hash(shown))
        self.assertEqual(self._charges(), [], "nothing is charged")
        words = self._words(self._get())
        for text in ("charged every month", "Visa ···· 1111", "12/35", mandate.name, "$349.00"):
            self.assertIn(text, words)

    def test_box_must_be_ticked(self):
        for value in (False, None, "yes", 1):
            self.assertIn("Tick the box", self._send(self._params(agreed=value))["error"])
        self.assertFalse(self._mandates())

    def test_another_day(self):
        due, _period = self.subscription._isp_debit_next_due()
        day = (due + timedelta(days=2)).day
        page = self._get(f"{PAGE.format(self.subscription.id)}&day={day}")
        self._send(self._params(page=page))
        self.assertEqual(self._mandates().charge_day, day)

    def test_nonsense_in_the_address(self):
        for query in ("&day=99", "&day=x", "&day=", "&change=%00", "&day=-1"):
            self._get(PAGE.format(self.subscription.id) + query)

    def test_same_press_twice(self):
        params = self._params()
        first, second = self._send(params), self._send(params)
        self.assertEqual(first, second)
        self.assertEqual(len(self._mandates()), 1)

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_presses_at_once(self):
        params = self._params()
        answers = self._send_together(params, params, params)
        self.assertTrue(all("url" in answer["result"] for answer in answers))
        self.assertEqual(len(self._mandates()), 1)
        token = self._mandates().token_id
        path = f"customers/{token.openpay_customer_id}/cards"
        self.assertEqual(len(self.provider._openpay_request("GET", path)), 1)

    @mute_logger("odoo.http", "odoo.sql_db")
    def test_two_tabs_at_once(self):
        self._send_together(self._params(), self._params(number=MASTERCARD))
        live = self._mandates().filtered(lambda row: row.state in ("active", "suspended"))
        self.assertEqual(len(live), 1)

    def test_tampered(self):
        params = self._params()
        other = self._params()
        for values in (
            {"token": params["token"][:-3] + "AAA"},
            {"token": "nonsense"},
            {"token": None},
            {"source_id": None},
            {"device_session_id": ""},
        ):
            self.assertIn("too old", self._send({**other, **values})["error"])
        self.assertFalse(self._mandates())

    def test_amount_changed_meanwhile(self):
        params = self._params()
        self.subscription.price_override = 400.0
        self.assertIn("changed", self._send(params)["error"])
        self.assertFalse(self._mandates())

    def test_card_refused(self):
        params = self._params(DECLINED)
        answer = self._send(params)
        self.assertIn("bank", answer["error"])
        again = {**params, "token": answer["token"], "source_id": self._browser_token()}
        self.assertIn("url", self._send(again))
        self.assertEqual(self._mandates().mapped("state"), ["ended", "active"])

    def test_lost_answer(self):
        self._fault("drop", path="/cards$")
        self.assertIn("url", self._send(self._params()))
        self.assertIn("We are storing your card", self._words(self._get()))
        row = self._mandates().sudo().registration_id
        self._make_due(row)
        row._outbox_process_one()
        self.assertIn("Visa ···· 1111", self._words(self._get()))

    # === OTHERS === #

    @mute_logger("odoo.http")
    def test_service_of_another_customer(self):
        url = PAGE.format(self.other_subscription.id)
        self.assertEqual(self.url_open(url).status_code, 404)
        params = self._params(subscription_id=self.other_subscription.id)
        answer = self.url_open(AGREE, json={"jsonrpc": "2.0", "params": params}).json()
        self.assertNotIn("result", answer)
        self._send(self._params())
        fields = self._off_fields()
        fields["subscription_id"] = self.other_subscription.id
        for route in ("/my/isp/card/off", "/my/isp/card/why"):
            answer = self.url_open(route, data=fields, allow_redirects=False)
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self._mandates().mapped("state"), ["active"])

    def test_token_of_another_customer(self):
        params = self._params()
        self.authenticate("isp_portal_other", "isp_portal_other")
        params["subscription_id"] = self.other_subscription.id
        self.assertIn("too old", self._send(params)["error"])
        self.assertFalse(self._mandates())

    @mute_logger("odoo.http")
    def test_visitor_and_forged_requests(self):
        self._send(self._params())
        fields = self._off_fields()
        self.assertEqual(self.url_open("/my/isp/card/off").status_code, 405)
        without = {key: value for key, value in fields.items() if key != "csrf_token"}
        answer = self.url_open("/my/isp/card/off", data=without, allow_redirects=False)
        self.assertEqual(answer.status_code, 400)
        self.authenticate(None, None)
        answer = self.url_open("/my/isp/card/off", data=fields, allow_redirects=False)
        self.assertNotEqual(answer.status_code, 200)
        self.assertEqual(self._mandates().state, "active")

    def _off_fields(self):
        form = self._get().xpath("//form[@action='/my/isp/card/off']")[0]
        return {field.get("name"): field.get("value") for field in form.xpath(".//input")}

    # === MANAGE === #

    def test_next_charge_is_visible(self):
        self._send(self._params())
        day = self._words(self._get("/my/isp"))
        self.assertIn("Next charge: $349.00 around", day)
        pay = self._get(f"/my/isp/pay?subscription_id={self.subscription.id}")
        self.assertIn("Manage direct debit", self._words(pay))
        self.assertIn("Next charge: $349.00", self._words(pay))

    def test_switch_off(self):
        self._send(self._params())
        page = self._press(self._get(), "/my/isp/card/off")
        mandate = self._mandates()
        self.assertEqual((mandate.state, mandate.end_reason), ("ended", "customer"))
        self.assertIn(mandate.end_folio, self._words(page))
        self.assertIn(mandate.end_folio, self._notices("debit_mandate")[-1].text)
        self.assertIn("Day of the charge", self._words(page), "another day is offered")
        page = self._press(page, "/my/isp/card/why", reason="day", note="<b>x</b>")
        self.assertIn("Thank you", self._words(page))
        self.assertIn("does not suit me", mandate.end_note)
        self.assertNotIn("Next charge", self._words(self._get("/my/isp")))

    def test_switch_off_twice(self):
        self._send(self._params())
        page = self._get()
        self._press(page, "/my/isp/card/off")
        folio = self._mandates().end_folio
        self._press(page, "/my/isp/card/off")
        self.assertEqual(self._mandates().end_folio, folio)
        self.assertEqual(len(self._notices("debit_mandate")), 2)

    def test_change_card(self):
        self._send(self._params())
        page = self._get(PAGE.format(self.subscription.id) + "&change=1&card=new")
        self._send(self._params(MASTERCARD, page=page))
        words = self._words(self._get())
        self.assertIn("Mastercard ···· 4444", words)
        self.assertNotIn("1111", words)

    def test_card_that_does_not_work(self):
        self._send(self._params())
        self._mandates().sudo()._isp_suspend("3002")
        words = self._words(self._get())
        for text in ("NEEDS ANOTHER CARD", "The card has expired", "Register another card"):
            self.assertIn(text, words)
        self.assertIn("register another one", self._words(self._get("/my/isp")))

    def test_account_switched_off(self):
        self._send(self._params())
        self.provider.state = "disabled"
        self.assertIn("Switch off", self._words(self._get()))
        self._press(self._get(), "/my/isp/card/off")
        self.assertEqual(self._mandates().state, "ended")

from datetime import timedelta
from unittest.mock import patch

from lxml import html
from psycopg2 import IntegrityError

from odoo.exceptions import ConcurrencyError
from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspPortalCommon

SERVICE = "/my/isp/service"
OTHER = "isp_portal_other"


class ServiceCommon(IspPortalCommon):
    """A customer who has paid three months; pages and forms of "My service"."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.subscription._bill_periods(3)
        cls._pay(cls.subscription, 1047.0)
        cls.reason = cls.env.ref("isp_subscription.cancel_reason_moving")

    def _service_url(self, path="", subscription=None, **params):
        pairs = "".join(f"&{key}={value}" for key, value in params.items())
        number = (subscription or self.subscription).id
        return f"{SERVICE}{path}?subscription_id={number}{pairs}"

    def _forms(self, page, action):
        return page.xpath(f"//form[@method='post'][contains(@action, '{action}')]")

    def _submit(self, form, login="isp_portal_customer", **changes):
        """Send a form as a browser without scripts does; return the response."""
        self.authenticate(login, login)
        data = {field.get("name"): field.get("value") for field in form.xpath(".//input[@name]")}
        data = {**data, "csrf_token": self._csrf(login), **changes}
        return self.url_open(form.get("action"), data=data, allow_redirects=False)

    def _csrf(self, login):
        """Return the token of the present session: `authenticate` opens a new one."""
        page = html.fromstring(self.url_open(self._own_page(login)).content)
        return page.xpath("//input[@name='csrf_token']/@value")[0]

    def _own_page(self, login):
        service = self.other_subscription if login == OTHER else self.subscription
        if service.cancellation_id.state == "done":
            return "/my/account"
        day = self.today + timedelta(1)
        return (
            f"{SERVICE}/cancel?subscription_id={service.id}&date={day}&reason_id={self.reason.id}"
            if not service.cancellation_id
            else f"{SERVICE}/cancellation/{service.cancellation_id.id}"
        )


@tagged("post_install", "-at_install")
class TestPortalPause(ServiceCommon):
    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        cls.start = cls.cutoff + timedelta(5)
        cls.end = cls.start + timedelta(10)

    def _preview(self, **dates):
        dates = {"date_from": self.start, "date_to": self.end, **dates}
        return self._page(self._service_url("/pause", **dates))

    def test_options_lead_to_the_pages(self):
        page = self._page(self._service_url())
        links = page.xpath("//main//a[contains(@class, 'o_isp_option')]/@href")
        for path in ("/pause", "/cancel"):
            self.assertIn(self._service_url(path), links)
        self.assertIn(self._service_url(), self._page("/my/isp").xpath("//main//a/@href"))

    def test_preview_shows_the_arithmetic_and_changes_nothing(self):
        page = self._preview()
        quote = self.subscription._isp_quote_pause(self.start, self.end)
        text = self._main(page)
        self.assertIn(quote["lines"][0]["text"], text)
        self.assertIn(f"${quote['credit']:.2f}", text.replace(" ", ""))
        self.assertFalse(self.subscription.pause_ids)

    def test_a_credit_of_who_owes_lowers_the_debt(self):
        heading = "//*[@id='isp_pause_credit']"
        paid = self._preview().xpath(heading)[0].text_content().strip()
        self.subscription._bill_periods(1)
        owing = self._preview().xpath(heading)[0].text_content().strip()
        self.assertEqual(paid, "Saldo a tu favor")
        self.assertEqual(owing, "Se descuenta de lo que debes")

    def test_confirmed_once(self):
        form = self._forms(self._preview(yearly=1), "pause/confirm")[0]
        for _press in range(2):
            response = self._submit(form)
            self.assertEqual(response.status_code, 303)
        pause = self.subscription.pause_ids
        self.assertEqual((pause.date_from, pause.date_to), (self.start, self.end))
        self.assertEqual((pause.state, pause.repeat_yearly), ("planned", True))

    def test_second_press_at_the_same_moment_is_run_again(self):
        page, dates = self.env["isp.portal.page"], (str(self.start), str(self.end))
        token = page._get_pause_values(self.subscription, *dates)["preview"]["token"]
        service = self.env.registry["isp.subscription"]
        with (
            patch.object(service, "_isp_plan_pause", side_effect=IntegrityError()),
            self.assertRaises(ConcurrencyError),
        ):
            page._confirm_pause(self.subscription, token)
        for _press in range(2):
            self.assertEqual(page._confirm_pause(self.subscription, token)[0], "done")
        self.assertEqual(len(self.subscription.pause_ids), 1)

    def test_impossible_dates_are_explained(self):
        for dates in ({"date_to": self.start}, {"date_from": "x"}, {"date_from": self.today}):
            page = self._preview(**dates)
            with self.subTest(dates=dates):
                self.assertTrue(page.xpath("//p[@id='isp_pause_error']"))
                self.assertFalse(self._forms(page, "pause/confirm"))

    def test_only_what_was_shown_can_be_confirmed(self):
        form = self._forms(self._preview(), "pause/confirm")[0]
        self._submit(form, token="forged")
        self.assertFalse(self.subscription.pause_ids)
        other = str(self.other_subscription.id)
        with mute_logger("odoo.http"):
            response = self._submit(form, OTHER, subscription_id=other)
        self.assertEqual(response.status_code, 303)
        self.assertFalse(self.other_subscription.pause_ids)

    def test_figures_that_changed_are_shown_again(self):
        form = self._forms(self._preview(), "pause/confirm")[0]
        self.subscription._isp_credit_days(self.start, self.start + timedelta(1), "Falla")
        response = self._submit(form)
        self.assertIn("date_from=", response.headers["Location"])
        self.assertFalse(self.subscription.pause_ids)

    def test_cancelled_before_it_begins(self):
        pause = self.subscription._isp_plan_pause(self.start, self.end)
        form = self._forms(self._page(self._service_url()), f"pause/{pause.id}/cancel")[0]
        self._submit(form)
        self.assertEqual(pause.state, "cancelled")

    def _pause_today(self):
        """Return a running pause of a service that began today."""
        service = self._create_subscription(date_start=self.today, anchor_day=self.today.day)
        return service._isp_plan_pause(self.today, self.today + timedelta(20))

    def test_back_earlier(self):
        pause = self._pause_today()
        service = pause.subscription_id
        self.assertEqual(service.state, "paused")
        page = self._page(self._service_url(subscription=service))
        self._submit(self._forms(page, f"pause/{pause.id}/return")[0])
        self.assertEqual((service.state, pause.state), ("active", "cancelled"))

    def test_paused_dashboard_says_until_when(self):
        pause = self._pause_today()
        fmt = self.env["isp.portal.page"].with_context(lang="es_MX")._get_formatter()
        page = self._page(f"/my/isp?subscription_id={pause.subscription_id.id}")
        self.assertIn(fmt.weekday(pause.date_to), self._main(page))

    @mute_logger("odoo.http")
    def test_others_cannot(self):
        pause = self.subscription._isp_plan_pause(self.start, self.end)
        form = self._forms(self._page(self._service_url()), f"pause/{pause.id}/cancel")[0]
        self.assertEqual(self._submit(form, OTHER).status_code, 404)
        self.assertEqual(self._open(self._service_url("/pause"), OTHER).status_code, 404)
        self.assertEqual(pause.state, "planned")

    @mute_logger("odoo.http")
    def test_without_csrf_token_nothing_happens(self):
        form = self._forms(self._preview(), "pause/confirm")[0]
        response = self._submit(form, csrf_token="x")
        self.assertEqual(response.status_code, 400)
        self.assertFalse(self.subscription.pause_ids)


@tagged("post_install", "-at_install")
class TestPortalCancellation(ServiceCommon):
    def _preview(self, **params):
        day = self.today + timedelta(10)
        params = {"date": day, "reason_id": self.reason.id, **params}
        return self._page(self._service_url("/cancel", **params))

    def _request(self, **params):
        """Confirm the statement; return the folio."""
        form = self._forms(self._preview(**params), "cancel/confirm")[0]
        response = self._submit(form, note="Me mudo")
        self.assertEqual(response.status_code, 303)
        return self.subscription.cancellation_id

    def test_statement_is_shown_first(self):
        page = self._preview()
        quote = self.subscription._isp_quote_cancellation(self.today + timedelta(10))
        figure = "".join(page.xpath("//p[@class='o_isp_figure']")[0].text_content().split())
        self.assertEqual(figure, f"${abs(quote['balance']):,.2f}")
        self.assertIn(quote["lines"][0]["detail"], self._main(page))
        self.assertFalse(self.subscription.cancellation_ids)

    def test_folio_at_once(self):
        folio = self._request()
        self.assertEqual((folio.state, folio.channel), ("requested", "portal"))
        self.assertEqual((folio.reason_id, folio.note), (self.reason, "Me mudo"))
        page = self._page(f"{SERVICE}/cancellation/{folio.id}")
        self.assertIn(folio.name, page.xpath("//h1")[0].text_content())
        self.assertIn(folio.name, self._main(self._page("/my/isp")))

    def test_pressed_twice_is_one_folio(self):
        form = self._forms(self._preview(), "cancel/confirm")[0]
        locations = {self._submit(form).headers["Location"] for _press in range(2)}
        self.assertEqual(len(locations), 1)
        self.assertEqual(len(self.subscription.cancellation_ids), 1)

    def test_today_ends_the_service(self):
        folio = self._request(date=self.today)
        self.assertEqual((folio.state, self.subscription.state), ("done", "cancelled"))
        self.assertEqual(folio.refund_state, "to_refund")
        self.assertIn(f"{folio.refund_amount:,.2f}", self._main(self._page(self._folio_url(folio))))

    def _folio_url(self, folio):
        return f"{SERVICE}/cancellation/{folio.id}"

    def test_statement_as_pdf(self):
        folio = self._request()
        response = self._open(f"{self._folio_url(folio)}/statement")
        self.assertEqual(response.headers["Content-Type"], "application/pdf")
        self.assertTrue(response.content.startswith(b"%PDF"))
        self.assertIn(folio.name, response.headers["Content-Disposition"])

    def test_withdrawn(self):
        folio = self._request()
        form = self._forms(self._page(self._folio_url(folio)), "withdraw")[0]
        self._submit(form)
        self.assertEqual((folio.state, self.subscription.state), ("withdrawn", "active"))
        self.assertFalse(self._page(self._folio_url(folio)).xpath("//p[@class='o_isp_figure']"))

    def test_reason_and_day_are_needed(self):
        debt = self.env.ref("isp_subscription.cancel_reason_debt")
        late = self.today + timedelta(400)
        for params in ({"reason_id": ""}, {"reason_id": debt.id}, {"date": late}, {"date": "x"}):
            page = self._preview(**params)
            with self.subTest(params=params):
                self.assertTrue(page.xpath("//p[@id='isp_cancel_error']"))
                self.assertFalse(self._forms(page, "cancel/confirm"))

    def test_figures_that_changed_are_shown_again(self):
        form = self._forms(self._preview(), "cancel/confirm")[0]
        product = self.plan_50.product_variant_id
        self.subscription._isp_charge(product, "Visita", 50.0)
        response = self._submit(form)
        self.assertIn("/cancel?", response.headers["Location"])
        self.assertFalse(self.subscription.cancellation_ids)

    @mute_logger("odoo.http")
    def test_folio_is_for_its_customer_only(self):
        folio = self._request()
        url = self._folio_url(folio)
        for path in (url, f"{url}/statement"):
            self.assertEqual(self._open(path, OTHER).status_code, 404)
        form = self._forms(self._page(url), "withdraw")[0]
        self.assertEqual(self._submit(form, OTHER).status_code, 404)
        self.assertEqual(folio.state, "requested")

    def test_debt_of_an_ended_service_can_be_paid(self):
        product = self.plan_50.product_variant_id
        self.subscription._isp_request_cancellation(self.today)
        self.subscription._isp_charge(product, "Equipo", 5000.0)
        self.assertGreater(self.subscription.balance_due, 0.0)
        links = self._page("/my/isp").xpath("//main//a[contains(@class, 'o_isp_btn')]/@href")
        self.assertIn(f"/my/isp/pay?subscription_id={self.subscription.id}", links)
        page = self._page(f"/my/isp/pay?subscription_id={self.subscription.id}&months=3")
        figure = "".join(page.xpath("//p[@class='o_isp_figure']")[0].text_content().split())
        self.assertEqual(figure, f"${self.subscription.balance_due:,.2f}")


@tagged("post_install", "-at_install")
class TestPortalExtension(IspPortalCommon):
    """More days to pay, in one press."""

    def setUp(self):
        super().setUp()
        self.company.write({"isp_extension_self_service": True, "isp_extension_days": 3})
        self._bill()
        self.subscription._set_state("grace", "Overdue")

    def _form(self):
        page = self._page(f"{SERVICE}?subscription_id={self.subscription.id}")
        return page.xpath("//form[@action='/my/isp/service/extension']")

    def test_one_press_lends_the_days_once(self):
        form = self._form()[0]
        offer = self.subscription._isp_extension_offer()
        data = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        for _press in range(2):
            response = self.url_open(form.get("action"), data=data, allow_redirects=False)
            self.assertEqual(response.status_code, 303)
        promise = self.subscription.promise_ids
        self.assertEqual((promise.kind, promise.channel), ("extension", "portal"))
        self.assertEqual(promise.date_until, offer["date_until"])
        self.assertFalse(self._form(), "once per cycle")

    def test_not_offered_when_the_company_does_not(self):
        self.company.isp_extension_self_service = False
        self.assertFalse(self._form())

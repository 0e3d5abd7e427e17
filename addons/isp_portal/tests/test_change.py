import re
from datetime import timedelta
from unittest.mock import patch

from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import IspPortalCommon

PLAN = "/my/isp/plan?subscription_id={}"
REQUEST = "/my/isp/plan/request"
CANCEL = "/my/isp/plan/cancel"
METHOD = {
    "key": "test",
    "title": "Transferencia bancaria",
    "subtitle": "SPEI",
    "icon": "bank",
    "url": "/my/isp/pay/test",
    "sequence": 10,
}


@tagged("post_install", "-at_install")
class TestPortalChange(IspPortalCommon):
    """R38 to R42: the list of plans, the arithmetic, the request and its payment."""

    def setUp(self):
        super().setUp()
        self.plan_20 = self._create_plan("Residencial 20", 249.0, 20.0, 10.0)
        self.plan_50.isp_allowed_plan_ids |= self.plan_20

    def _change_page(self, plan=None, **params):
        url = PLAN.format(self.subscription.id)
        if plan:
            url += f"&plan_id={plan.id}"
        return self._page(url, **params)

    def _fields(self, page, action=REQUEST):
        """Return the fields of a form of a page."""
        form = page.xpath(f"//form[@action='{action}']")[0]
        return {field.get("name"): field.get("value") for field in form.xpath(".//input")}

    def _press(self, fields, action=REQUEST, **values):
        return self.url_open(action, data={**fields, **values}, allow_redirects=False)

    def _changes(self):
        self.env.invalidate_all()
        return self.env["isp.plan.change"].sudo().search([])

    def _ask(self, plan):
        """Ask for a plan as the customer does and return the request."""
        self._press(self._fields(self._change_page(plan)))
        return self._changes()[:1]

    def test_plans_on_the_page_pay_service(self):
        """R38: name, speeds, price and difference of each allowed plan; no other plan."""
        self._create_plan("Residencial 500", 900.0, 500.0, 200.0)
        page = self._page("/my/isp/pay")
        options = self._texts(page, "//section[@id='plan']//a[@class='o_isp_option']")
        self.assertEqual(len(options), 2)
        self.assertRegex(options[0], r"Residencial 20.*20 / 10 Mbps.*\$249\.00.*\$100\.00")
        self.assertRegex(options[1], r"Residencial 100.*100 / 40 Mbps.*\$449\.00.*\$100\.00")
        self.assertNotIn("Residencial 500", self._main(page))

    def test_arithmetic_before_confirming(self):
        text = self._main(self._change_page(self.plan_100))
        self.assertIn("Residencial 100", text)
        self.assertRegex(text, r"\$449\.00")
        button = self._texts(self._change_page(self.plan_100), f"//form[@action='{REQUEST}']")[0]
        self.assertIn("$449.00", button)
        self.assertFalse(self._changes())

    def test_factors_are_shown(self):
        """Days paid at another price: every factor before paying."""
        service = self._create_subscription(
            partner_id=self.customer.id,
            date_start=self.today - timedelta(days=5),
            anchor_day=(self.today - timedelta(days=5)).day,
        )
        self._pay(service, 349.0, months=1)
        page = self._page(f"{PLAN.format(service.id)}&plan_id={self.plan_20.id}")
        self.assertRegex(self._main(page), r"249\.00 × 2\d/\d\d.*349\.00 × 2\d/\d\d")

    def test_request_then_summary_then_payment(self):
        """R39 to R42: draft of the amount shown, nothing changes, payment changes it once."""
        answer = self._press(self._fields(self._change_page(self.plan_100)))
        change = self._changes()
        self.assertEqual(answer.status_code, 303)
        self.assertIn(f"change_id={change.id}", answer.headers["Location"])
        self.assertEqual((change.channel, change.state), ("portal", "awaiting_payment"))
        self.assertEqual(change.requested_by_id, self.portal_user)
        self.assertEqual((change.move_id.state, change.move_id.amount_total), ("draft", 449.0))
        self.assertEqual(self.subscription.plan_id, self.plan_50)
        model = type(self.env["isp.portal.page"])
        with patch.object(model, "_get_payment_methods", lambda *args: [METHOD]):
            page = self._page(answer.headers["Location"])
        self.assertEqual(self._texts(page, "//p[@class='o_isp_figure']"), ["$449.00"])
        self.assertIn("Residencial 100", self._main(page))
        method = page.xpath("//a[@data-isp-method='test']")[0]
        self.assertEqual(method.get("target"), "_blank")
        self._pay(self.subscription, 449.0)
        self.assertEqual(self.subscription.plan_id, self.plan_100)
        page = self._change_page()
        self.assertIn("Residencial 100", self._texts(page, "//div[contains(@class,'is-good')]")[0])

    def test_open_request_is_shown_and_cancelled(self):
        change = self._ask(self.plan_100)
        for url in ("/my/isp/pay", PLAN.format(self.subscription.id)):
            page = self._page(url)
            self.assertIn("$449.00", self._main(page))
            fields = self._fields(page, CANCEL)
            self.assertEqual(fields["change_id"], str(change.id))
        answer = self._press(fields, CANCEL)
        self.assertEqual(answer.status_code, 303)
        self.assertEqual(self._changes().state, "cancelled")
        self.assertFalse(self._page("/my/isp/pay").xpath(f"//form[@action='{CANCEL}']"))

    def test_pressed_twice_is_one_request(self):
        fields = self._fields(self._change_page(self.plan_100))
        first, second = self._press(fields), self._press(fields)
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._changes()), 1)

    def test_a_new_choice_replaces_the_open_one(self):
        first = self._ask(self.plan_100)
        page = self._change_page(self.plan_20)
        self.assertIn("$249.00", self._texts(page, f"//form[@action='{REQUEST}']")[0])
        second = self._ask(self.plan_20)
        self.assertEqual((first.state, second.state), ("cancelled", "awaiting_payment"))
        summary = self._open(f"/my/isp/pay/summary?change_id={first.id}")
        self.assertIn("/my/isp/plan", summary.headers["Location"])

    def test_scheduled_by_the_policy_of_the_company(self):
        self.company.isp_plan_change_policy = "next_cutoff"
        self._bill()
        page = self._change_page(self.plan_20)
        self.assertEqual(self._texts(page, f"//form[@action='{REQUEST}']//button")[0].count("$"), 0)
        answer = self._press(self._fields(page))
        self.assertIn("/my/isp/plan", answer.headers["Location"])
        self.assertEqual(self._changes().state, "scheduled")
        self.assertTrue(self._change_page().xpath(f"//form[@action='{CANCEL}']"))

    def test_plan_that_is_not_allowed(self):
        other = self._create_plan("Residencial 500", 900.0, 500.0, 200.0)
        page = self._change_page(other)
        self.assertFalse(page.xpath(f"//form[@action='{REQUEST}']"))
        fields = self._fields(self._change_page(self.plan_100))
        self.plan_50.isp_allowed_plan_ids -= self.plan_100
        self._press(fields)
        self.assertFalse(self._changes())

    def test_tampered_token(self):
        fields = self._fields(self._change_page(self.plan_100))
        for token in (fields["token"][:-3] + "AAA", "nonsense", ""):
            with self.subTest(token=token):
                self.assertEqual(self._press(fields, token=token).status_code, 303)
        self._press(fields, plan_id=self.plan_20.id, amount="1")
        self.assertEqual(self._changes().plan_to_id, self.plan_100)
        self.assertEqual(self._changes().amount_due, 449.0)

    def test_without_csrf_token(self):
        fields = self._fields(self._change_page(self.plan_100))
        with mute_logger("odoo.http"):
            self.assertEqual(self._press(fields, csrf_token="x").status_code, 400)
        self.assertFalse(self._changes())

    def test_price_changed_meanwhile(self):
        fields = self._fields(self._change_page(self.plan_100))
        self.plan_100.list_price = 460.0
        answer = self._press(fields)
        self.assertIn(f"plan_id={self.plan_100.id}", answer.headers["Location"])
        self.assertFalse(self._changes())

    def test_service_of_another_customer(self):
        change = self._ask(self.plan_100)
        other = self.other_subscription
        self.assertEqual(self._open(PLAN.format(other.id)).status_code, 404)
        fields = self._fields(self._change_page(self.plan_100))
        answer = self._press(fields, subscription_id=other.id)
        self.assertEqual(answer.status_code, 404)
        login = "isp_portal_other"
        summary = f"/my/isp/pay/summary?subscription_id={other.id}&change_id={change.id}"
        self.assertIn(self._open(summary, login).status_code, (302, 303))
        page = self._page(PLAN.format(other.id) + f"&plan_id={self.plan_50.id}", login)
        foreign = self._fields(page)
        self._press(foreign, CANCEL, subscription_id=other.id, change_id=change.id)
        self.assertEqual(self._changes().state, "awaiting_payment")
        self._press(foreign, token=fields["token"])
        self.assertEqual(self._changes(), change)

    def test_visitor_signs_in_first(self):
        self.assertIn("/web/login", self._open("/my/isp/plan", None).headers["Location"])

    def test_suspended_service_has_no_plans(self):
        self.subscription._set_state("suspended")
        page = self._page("/my/isp/pay")
        self.assertFalse(page.xpath("//section[@id='plan']"))
        self.assertFalse(self._change_page(self.plan_100).xpath(f"//form[@action='{REQUEST}']"))

    def test_last_day_to_pay_is_named(self):
        last = self.today + timedelta(days=3)
        self.assertIn(self._short(last), self._main(self._change_page(self.plan_100)))

    def test_no_script_and_no_amount_field(self):
        """The page works without JavaScript; no amount travels in a field."""
        page = self._change_page(self.plan_100)
        self.assertEqual(set(self._fields(page)), {"csrf_token", "subscription_id", "token"})
        self.assertFalse(re.search(r"on(click|submit)=", html.tostring(page).decode()))

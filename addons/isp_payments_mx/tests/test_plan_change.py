from lxml import html

from odoo.tests import tagged

from .common import OpenpayHttpCommon

PLAN = "/my/isp/plan?subscription_id={}&plan_id={}"


@tagged("post_install", "-at_install")
class TestPlanChange(OpenpayHttpCommon):
    """A change of plan asked for in the portal and paid by bank transfer."""

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self._pay(self.subscription, 349.0 * 12, months=12)
        self.authenticate("isp_portal_customer", "isp_portal_customer")

    def _fields(self, url, action):
        page = html.fromstring(self.url_open(url).text)
        form = page.xpath(f"//form[@action='{action}']")[0]
        return {field.get("name"): field.get("value") for field in form.xpath(".//input")}

    def _post(self, url, fields):
        return self.url_open(url, data=fields, allow_redirects=False)

    def _ask(self):
        """Ask for the plan of 449 and return the address of the payment summary."""
        url = PLAN.format(self.subscription.id, self.plan_100.id)
        answer = self._post("/my/isp/plan/request", self._fields(url, "/my/isp/plan/request"))
        return answer.headers["Location"]

    def _press(self, summary):
        return self._post("/my/isp/pay/spei", self._fields(summary, "/my/isp/pay/spei"))

    def _voucher(self):
        self.env.invalidate_all()
        return self.env["isp.payment.voucher"].sudo().search([])

    def test_reference_has_exactly_the_amount_of_the_change(self):
        self._press(self._ask())
        change = self.subscription.open_change_id
        voucher = self._voucher()
        self.assertEqual(voucher.amount, change.amount_due)
        self.assertEqual(voucher.transaction_id.isp_change_id, change)
        self.assertEqual(voucher.months, 0)
        self.assertIn("Residencial 100", voucher.description)
        self.assertLessEqual(voucher.due_at, change.expires_at)

    def test_money_at_the_bank_changes_the_plan_once(self):
        self._press(self._ask())
        change, voucher = self.subscription.open_change_id, self._voucher()
        charge = self._pay_at_bank(voucher)
        self._receive(charge)
        self._receive(charge)
        self.assertEqual(self.subscription.plan_id, self.plan_100)
        self.assertEqual(change.state, "applied")
        self.assertEqual(voucher.transaction_id.payment_id.isp_change_id, change)
        self.assertEqual(self.subscription.balance_due, 0.0)

    def test_money_of_a_cancelled_request_is_credit(self):
        self._press(self._ask())
        change, voucher = self.subscription.open_change_id, self._voucher()
        change.sudo()._isp_close("cancelled", "Changed his mind")
        self._receive(self._pay_at_bank(voucher))
        self.assertEqual(self.subscription.plan_id, self.plan_50)
        self.assertEqual(self.subscription.credit_balance, voucher.amount)
        self.assertTrue(change.is_late_noted)

    def test_summary_of_a_request_that_ended(self):
        summary = self._ask()
        fields = self._fields(summary, "/my/isp/pay/spei")
        self.subscription.open_change_id.sudo()._isp_close("cancelled", "Changed his mind")
        answer = self._post("/my/isp/pay/spei", fields)
        self.assertIn("/my/isp/pay/summary", answer.headers["Location"])
        self.assertFalse(self._voucher())

    def test_two_presses_are_one_reference(self):
        summary = self._ask()
        fields = self._fields(summary, "/my/isp/pay/spei")
        first, second = (self._post("/my/isp/pay/spei", fields) for _press in range(2))
        self.assertEqual(first.headers["Location"], second.headers["Location"])
        self.assertEqual(len(self._voucher()), 1)

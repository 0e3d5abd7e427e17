from datetime import timedelta

from lxml import html

from odoo import fields

from .common import OpenpayHttpCommon

REPORT = "isp_payments_mx.action_report_voucher"
SUMMARY = "/my/isp/pay/summary?subscription_id={}&months={}"


class CashHttpCommon(OpenpayHttpCommon):
    """A customer at the pages of references, in English."""

    @classmethod
    def setUpClass(cls):
        super().setUpClass()
        english = cls.env.ref("base.lang_en")
        website = cls.env["website"].get_current_website()
        website.write({"language_ids": [(6, 0, english.ids)], "default_lang_id": english.id})

    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.other_subscription = self._create_subscription(partner_id=self.other_customer.id)
        self.authenticate("isp_portal_customer", "isp_portal_customer")

    def _page(self, url):
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200, url)
        return html.fromstring(answer.content)

    def _texts(self, node):
        return " ".join(node.text_content().split())

    def _form(self, method, months=1):
        page = self._page(SUMMARY.format(self.subscription.id, months))
        form = page.xpath(f"//form[@action='/my/isp/pay/{method}']")[0]
        return {field.get("name"): field.get("value") for field in form.xpath(".//input")}

    def _press(self, method, fields=None, **values):
        data = {**(fields or self._form(method)), **values}
        return self.url_open(f"/my/isp/pay/{method}", data=data, allow_redirects=False)

    def _vouchers(self):
        return self.env["isp.payment.voucher"].sudo().search([])

    def _overdue(self, voucher):
        voucher.due_at = fields.Datetime.now() - timedelta(seconds=1)
        self.env.flush_all()

    def _render(self, voucher):
        return self.env["ir.actions.report"]._render_typst_pdf(REPORT, voucher.ids)[0]

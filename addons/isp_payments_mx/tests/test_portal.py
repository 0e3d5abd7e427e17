import re
import shutil
import subprocess
import tempfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import requests
from lxml import html

from odoo.tests import tagged
from odoo.tools import mute_logger

from .common import OpenpayHttpCommon

REPORT = "isp_payments_mx.action_report_voucher"
SUMMARY = "/my/isp/pay/summary?subscription_id={}&months={}"


@tagged("post_install", "-at_install")
class TestPortal(OpenpayHttpCommon):
    def setUp(self):
        super().setUp()
        self.subscription = self._create_subscription()
        self.other_subscription = self._create_subscription(partner_id=self.other_customer.id)
        self.authenticate("isp_portal_customer", "isp_portal_customer")

    def _form(self, months=2, subscription=None):
        """Return the fields of the SPEI button of the payment summary."""
        subscription = subscription or self.subscription
        answer = self.url_open(SUMMARY.format(subscription.id, months))
        form = html.fromstring(answer.text).xpath("//form[@action='/my/isp/pay/spei']")[0]
        self.assertEqual(form.get("target"), "_blank")
        return {field.get("name"): field.get("value") for field in form.xpath(".//input")}

    def _press_together(self, fields, times):
        """Press the button several times at once; returns the answers."""
        cookies = dict(self.opener.cookies)
        url = self.base_url() + "/my/isp/pay/spei"

        def press(_number):
            return requests.post(
                url, data=fields, cookies=cookies, allow_redirects=False, timeout=30
            )

        with self.allow_requests(all_requests=True), ThreadPoolExecutor(times) as pool:
            return list(pool.map(press, range(times)))

    def _press(self, fields, **values):
        return self.url_open("/my/isp/pay/spei", data={**fields, **values}, allow_redirects=False)

    def _vouchers(self):
        return self.env["isp.payment.voucher"].sudo().search([])

    def _page(self, url):
        answer = self.url_open(url)
        self.assertEqual(answer.status_code, 200)
        return html.fromstring(answer.text)

    def _texts(self, page):
        return " ".join(" ".join(page.itertext()).split())

    def test_method_is_offered(self):
        self.assertIn("token", self._form())
        self.provider.state = "disabled"
        answer = self.url_open(SUMMARY.format(self.subscription.id, 1))
        self.assertNotIn("/my/isp/pay/spei", answer.text)

    def test_press(self):
        answer = self._press(self._form())
        voucher = self._vouchers()
        self.assertEqual(answer.status_code, 303)
        self.assertIn(
            f"/payment/openpay/voucher/{voucher.transaction_id.id}", answer.headers["Location"]
        )
        self.assertEqual((voucher.state, voucher.amount, voucher.months), ("pending", 698.0, 2))
        self.assertEqual(len(self._charges()), 1)

    def test_double_press(self):
        answers = self._press_together(self._form(), 4)
        self.assertEqual({answer.status_code for answer in answers}, {303})
        self.assertEqual(len({answer.headers["Location"] for answer in answers}), 1)
        self.assertEqual(len(self._vouchers()), 1)
        self.assertEqual(len(self._charges()), 1)

    def test_second_window_shows_the_same_reference(self):
        self._press(self._form())
        self._press(self._form())
        self.assertEqual(len(self._vouchers()), 1)

    def test_tampered_token_and_months(self):
        fields = self._form(months=1)
        self._press(fields, months="12", amount="1")
        self.assertEqual(self._vouchers().amount, 349.0)
        answer = self._press(fields, token=fields["token"][:-3] + "AAA")
        self.assertTrue(answer.headers["Location"].endswith("/my/isp/pay"))
        self.assertEqual(self._press(fields, token="nonsense").status_code, 303)
        self.assertEqual(len(self._vouchers()), 1)

    def test_price_changed_meanwhile(self):
        fields = self._form(months=1)
        self.subscription.price_override = 400.0
        answer = self._press(fields)
        self.assertIn("/my/isp/pay/summary", answer.headers["Location"])
        self.assertFalse(self._vouchers())

    def test_service_of_another_customer(self):
        fields = self._form()
        answer = self._press(fields, subscription_id=self.other_subscription.id)
        self.assertEqual(answer.status_code, 404)
        self.assertFalse(self._vouchers())

    def test_token_of_another_service(self):
        mine = self._create_subscription()
        fields = self._form(subscription=mine)
        answer = self._press(fields, subscription_id=self.subscription.id)
        self.assertTrue(answer.headers["Location"].endswith("/my/isp/pay"))
        self.assertFalse(self._vouchers())

    @mute_logger("odoo.http")
    def test_csrf_and_method(self):
        fields = self._form()
        fields.pop("csrf_token")
        self.assertEqual(self._press(fields).status_code, 400)
        self.assertEqual(self.url_open("/my/isp/pay/spei").status_code, 405)
        self.assertFalse(self._vouchers())

    def test_visitor_must_log_in(self):
        fields = self._form()
        self.authenticate(None, None)
        answer = self._press(fields)
        self.assertFalse(self._vouchers())
        self.assertNotEqual(answer.status_code, 200)

    def test_voucher_page(self):
        location = self._press(self._form()).headers["Location"]
        voucher = self._vouchers()
        page = self._page(location)
        text = self._texts(page)
        grouped = " ".join(voucher.reference[i : i + 4] for i in range(0, 20, 4))
        self.assertGreaterEqual(text.count(grouped), 4)
        for value in (
            "$698.00",
            "1411217",
            voucher.description,
            "443 555 0142".replace(" ", "\xa0"),
        ):
            self.assertIn(value.replace("\xa0", " "), text.replace("\xa0", " "))
        blocks = page.xpath("//section[@data-block]/@data-block")
        self.assertEqual(blocks, ["bank", "other", "info"])
        rows = [len(s.xpath(".//dl/div")) for s in page.xpath("//section[@data-block]")]
        self.assertEqual(rows, [3, 6, 9])
        self.assertTrue(page.xpath("//ul[contains(@class, 'o_isp_chips')]/li"))
        self.assertFalse([dd for dd in page.xpath("//dd") if not dd.text_content().strip()])

    def test_page_needs_its_token(self):
        location = self._press(self._form()).headers["Location"]
        parts = urlsplit(location)
        token = parse_qs(parts.query)["access_token"][0]
        self.authenticate(None, None)
        self.assertEqual(self.url_open(f"{parts.path}?access_token={token}").status_code, 200)
        for suffix in ("", "/state", "/pdf"):
            path = parts.path + suffix
            self.assertEqual(self.url_open(path).status_code, 404, path)
            for wrong in ("x", "ñ", ""):
                answer = self.url_open(f"{path}?access_token={wrong}")
                self.assertEqual(answer.status_code, 404, (path, wrong))
        other = self._start_voucher(self.other_subscription)
        path = f"/payment/openpay/voucher/{other.transaction_id.id}?access_token={token}"
        self.assertEqual(self.url_open(path).status_code, 404)

    def test_state_and_paid_page(self):
        location = self._press(self._form()).headers["Location"]
        voucher = self._vouchers()
        page = self._page(location)
        url = page.xpath("//*[@data-isp-voucher]/@data-url")[0]
        self.assertEqual(self.url_open(url).json(), {"state": "pending"})
        self._receive(self._pay_at_bank(voucher))
        self.env.flush_all()
        self.assertEqual(self.url_open(url).json(), {"state": "paid"})
        page = self._page(location)
        payment = self._payments(self.subscription)
        self.assertTrue(page.xpath(f"//a[@href='/my/isp/payments/{payment.id}/receipt']"))
        self.assertTrue(page.xpath("//a[@href='/my/isp/payments']"))
        self.assertFalse(page.xpath("//button[@data-isp-copy]"))
        self.assertEqual(page.xpath("//section[@data-block]/@data-block"), ["info"])
        self.authenticate(None, None)
        page = self._page(location)
        self.assertFalse(page.xpath(f"//a[@href='/my/isp/payments/{payment.id}/receipt']"))

    def test_openpay_down_page_prepares(self):
        self.provider.openpay_base_url = "http://127.0.0.1:9"
        location = self._press(self._form()).headers["Location"]
        page = self._page(location)
        self.assertEqual(page.xpath("//*[@data-isp-voucher]/@data-state"), ["preparing"])
        self.assertEqual(self.url_open(location.replace("?", "/pdf?")).status_code, 404)
        self.provider.openpay_base_url = self.simulator.url
        self._make_due(self._vouchers())
        self._vouchers()._outbox_process()
        page = self._page(location)
        self.assertEqual(page.xpath("//*[@data-isp-voucher]/@data-state"), ["pending"])

    def test_expired_and_failed_pages(self):
        location = self._press(self._form()).headers["Location"]
        voucher = self._vouchers()
        voucher._expire()
        self.env.flush_all()
        page = self._page(location)
        self.assertTrue(page.xpath("//form[contains(@action, '/renew?')]//button"))
        voucher.write({"expired": False, "charge_status": "failed"})
        self.env.flush_all()
        page = self._page(location)
        self.assertEqual(page.xpath("//*[@data-isp-voucher]/@data-state"), ["failed"])
        self.assertTrue(page.xpath("//a[starts-with(@href, '/my/isp/pay?subscription_id=')]"))

    def test_spanish(self):
        self.env["res.lang"]._activate_lang("es_MX")
        self.portal_user.lang = "es_MX"
        self.env["website"].search([]).language_ids |= self.env.ref("base.lang_es_MX")
        location = self._press(self._form()).headers["Location"]
        answer = self.url_open(location, cookies={"frontend_lang": "es_MX"})
        for text in ("Desde BBVA", "Desde cualquier otro banco", "Referencia", "Pendiente"):
            self.assertIn(text, answer.text)

    # === PRINT === #

    def _text(self, content):
        """Return the text of a PDF and its number of pages."""
        if not shutil.which("pdftotext"):
            self.skipTest("pdftotext (poppler-utils) is not installed")
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "voucher.pdf"
            path.write_bytes(content)
            done = subprocess.run(
                ["pdftotext", "-layout", str(path), "-"], capture_output=True, check=True
            )
        text = done.stdout.decode()
        return re.sub(r"\s+", " ", text), text.count("\f")

    def _render(self, voucher):
        report = self.env["ir.actions.report"]
        return report._render_typst_pdf(REPORT, voucher.ids)[0]

    def test_every_field_of_the_page(self):
        voucher = self._start_voucher(self.subscription)
        values = voucher._get_display_values()
        text, pages = self._text(self._render(voucher))
        self.assertEqual(pages, 1)
        for block in values["blocks"]:
            self.assertIn(block["title"], text)
            for row in block["rows"]:
                self.assertTrue(row["value"], row)
                self.assertIn(row["label"], text)
                words = row["value"].split()
                self.assertIn(words[0], text)
                self.assertIn(words[-1], text)
        grouped = " ".join(values["numbers"][0]["groups"])
        self.assertEqual(text.count(grouped), 4, "in large type and in each block, none empty")
        self.assertIn(values["zone"], text)

    def test_state_in_large_type(self):
        voucher = self._start_voucher(self.subscription)
        self.assertIn("PENDING", self._text(self._render(voucher))[0])
        self._receive(self._pay_at_bank(voucher))
        text, pages = self._text(self._render(voucher))
        self.assertIn("PAID", text)
        self.assertNotIn("PENDING", text)
        self.assertEqual(pages, 1)
        self.assertIn(str(voucher.payment_ids.isp_number), text)

    def test_download(self):
        voucher = self._start_voucher(self.subscription)
        answer = self.url_open(voucher.transaction_id._openpay_voucher_url("/pdf"))
        self.assertEqual(answer.status_code, 200)
        self.assertEqual(answer.headers["Content-Type"], "application/pdf")
        self.assertTrue(answer.content.startswith(b"%PDF"))
        self.assertIn(voucher.reference, answer.headers["Content-Disposition"])

    def test_print_menu(self):
        report = self.env.ref(REPORT)
        self.assertEqual(report.binding_model_id.model, "isp.payment.voucher")
        self.assertEqual(report.report_type, "typst-pdf")

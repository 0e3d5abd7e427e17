import base64
from datetime import timedelta
from urllib.parse import urljoin

from lxml import html

from odoo import fields
from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser

from . import scan
from .common import OpenpayHttpCommon

REPORT = "isp_payments_mx.action_report_voucher"
SUMMARY = "/my/isp/pay/summary?subscription_id={}&months={}"
PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    b"rkJggg=="
)


@tagged("post_install", "-at_install")
class TestCashPortal(OpenpayHttpCommon):
    """Both kinds of references on screen, on paper and before a scanner; pending ones in Pagos."""

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

    # === HELPERS === #

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

    # === SUMMARY (R42) === #

    def test_methods_open_in_a_new_window(self):
        page = self._page(SUMMARY.format(self.subscription.id, 1))
        forms = {
            form.get("data-isp-method"): form
            for form in page.xpath("//form[@data-isp-method]")
            if form.get("data-isp-method") in ("spei", "paynet")
        }
        self.assertEqual(list(forms), ["spei", "paynet"])
        self.assertEqual({form.get("target") for form in forms.values()}, {"_blank"})
        self.assertIn("Cash at a store", self._texts(forms["paynet"]))
        self.assertIn("Paynet", self._texts(forms["paynet"]))
        self.provider.payment_method_ids -= self.paynet
        self.env.flush_all()
        page = self._page(SUMMARY.format(self.subscription.id, 1))
        self.assertFalse(page.xpath("//*[@data-isp-method='paynet']"))

    def test_amount_too_much_for_stores(self):
        """Shown with the reason and without a button; the server refuses a press of an old page."""
        fields_before = self._form("paynet", months=3)
        self.company.isp_store_limit = 1000.0
        self.env.flush_all()
        page = self._page(SUMMARY.format(self.subscription.id, 3))
        option = page.xpath("//*[@data-isp-method='paynet']")[0]
        self.assertEqual(option.tag, "div")
        self.assertIn("1,000.00", self._texts(option))
        answer = self._press("paynet", fields_before)
        self.assertEqual(answer.status_code, 200)
        self.assertIn("Choose fewer months", answer.text)
        self.assertIn("/my/isp/pay/summary", answer.text)
        self.assertFalse(self._vouchers())

    def test_press(self):
        answer = self._press("paynet")
        voucher = self._vouchers()
        self.assertEqual(answer.status_code, 303)
        self.assertIn(f"/voucher/{voucher.transaction_id.id}?", answer.headers["Location"])
        self.assertEqual((voucher.state, voucher.openpay_method), ("pending", "store"))
        self._press("paynet")
        self._press("spei")
        self.assertEqual(len(self._charges()), 2)

    def test_token_of_another_method(self):
        answer = self._press("paynet", self._form("spei"))
        self.assertTrue(answer.headers["Location"].endswith("/my/isp/pay"))
        self.assertFalse(self._vouchers())
        answer = self.url_open("/my/isp/pay/barter", data=self._form("spei"))
        self.assertEqual(answer.status_code, 404)

    # === PAGE (R59 to R63) === #

    def test_page(self):
        location = self._press("paynet").headers["Location"]
        voucher = self._vouchers()
        page = self._page(location)
        text = self._texts(page.xpath("//main")[0])
        groups = " ".join(voucher.reference[i : i + 4] for i in range(0, 16, 4))
        self.assertIn("Cash payment reference", text)
        self.assertIn(voucher.reference, page.xpath("//img/@alt[contains(., 'Barcode')]")[0])
        shown = [span.text for span in page.xpath("//*[@class='o_isp_ref_code']/span")]
        self.assertEqual(" ".join(shown), groups)
        self.assertEqual(len(page.xpath("//section[@data-block='steps']//li")), 5)
        self.assertTrue(page.xpath("//a[@href='https://www.paynet.com.mx' and @target='_blank']"))
        for part in (
            "Total to pay*",
            "$349.00 MXN*",
            "Payment deadline",
            "48 hours left",
            "7-Eleven",
        ):
            self.assertIn(part, text)
        self.assertIn("The store's commission varies", text)
        for phone in ("443 555 0142", "443 555 0187"):
            self.assertIn(phone, text.replace("\xa0", " "))
        self.assertFalse([dd for dd in page.xpath("//dd") if not dd.text_content().strip()])

    def test_screen_is_print(self):
        """R50, R63, D1 to D3: every field of the page is on paper with the same value."""
        for method in ("spei", "paynet"):
            for state in ("pending", "paid"):
                with self.subTest(method=method, state=state):
                    voucher = self._start_voucher(self.subscription, method=method)
                    if state == "paid":
                        self._receive(self._pay_at_bank(voucher))
                    self._compare(voucher)

    def _compare(self, voucher):
        self.env.flush_all()
        main = self._page(voucher.transaction_id._openpay_voucher_url()).xpath("//main")[0]
        printed = self.url_open(voucher.transaction_id._openpay_voucher_url("/pdf"))
        text = scan.pdf_text(printed.content)
        rows = main.xpath(".//dl/div")
        self.assertGreaterEqual(len(rows), 7)
        for row in rows:
            label, value = (self._texts(node) for node in row)
            self.assertTrue(value, label)
            self.assertIn(f"{label} {value}", text)
        wanted = [".//h1", ".//h2[not(@class)]", ".//h2[@class]", ".//ol/li/span"]
        wanted += [
            ".//*[contains(@class, 'o_isp_ref_code')]",
            ".//*[contains(@class, 'o_isp_scan')]/p",
        ]
        for node in main.xpath(" | ".join(wanted)):
            code = "o_isp_ref_code" in (node.get("class") or "")
            shown = " ".join(part.text for part in node) if code else self._texts(node)
            self.assertIn(shown, text)
        for name in main.xpath(".//ul[contains(@class, 'o_isp_logos')]/li/text()"):
            self.assertIn(name.strip(), text)
        badge = main.xpath(".//*[contains(@class, 'o_isp_badge')]")[0].text_content().upper()
        self.assertIn(badge, text)
        phones = main.xpath(".//a[starts-with(@href, 'tel:')]")
        self.assertEqual(len(phones), 2)
        for phone in phones:
            self.assertIn(self._texts(phone), text)

    # === SCANNERS (R60) === #

    def test_paper_before_a_scanner(self):
        """Both codes are read at 100, 150 and 203 dpi from one black and white page."""
        for method in ("paynet", "spei"):
            voucher = self._start_voucher(self.subscription, method=method)
            url = self.provider.get_base_url() + voucher.transaction_id._openpay_voucher_url()
            wanted = {url, voucher.reference} if method == "paynet" else {url}
            content = self._render(voucher)
            for dpi in scan.RESOLUTIONS:
                with self.subTest(method=method, dpi=dpi):
                    page = scan.render_pdf(content, dpi)
                    self.assertEqual(scan.scan_image(page), wanted)
            self.assertTrue(scan.is_black_and_white(scan.render_pdf(content, 100)))

    def test_no_barcode_after_the_end(self):
        """No cashier scans a reference that is over or paid."""
        voucher = self._start_voucher(self.subscription, method="paynet")
        self._overdue(voucher)
        codes = scan.scan_image(scan.render_pdf(self._render(voucher), 150))
        self.assertEqual(len(codes), 1)
        self.assertNotIn(voucher.reference, codes)
        self.assertIn("EXPIRED", scan.pdf_text(self._render(voucher)))

    def test_phone_before_a_scanner(self):
        """The screen of a phone of 360 px, one pixel per pixel: the barcode is read."""
        scan.need("zbarimg")
        voucher = self._start_voucher(self.subscription, method="paynet")
        for width in (360, 390, 1280):
            with self.subTest(width=width):
                picture = self._photograph(voucher.transaction_id._openpay_voucher_url(), width)
                self.assertIn(voucher.reference, scan.scan_image(picture))

    def _photograph(self, url, width):
        """Return a picture of a page in a window of ``width`` pixels."""
        self.browser_size = f"{width}x800"
        browser = ChromeBrowser(self)
        try:
            with self.allow_requests(browser=browser):
                self.env.flush_all()
                browser.navigate_to(urljoin(self.base_url(), url), wait_stop=True)
                ready = "document.querySelector('.o_isp_barcode img').complete"
                self.assertTrue(browser._wait_ready(ready))
                wide = browser._websocket_request(
                    "Runtime.evaluate",
                    params={"expression": "document.documentElement.scrollWidth"},
                )
                self.assertLessEqual(wide["result"]["value"], width)
                shot = browser._websocket_request("Page.captureScreenshot")
        finally:
            browser.stop()
            self._wait_remaining_requests()
        return base64.b64decode(shot["data"])

    # === A NEW REFERENCE (R73) === #

    def _renew(self, location):
        form = self._page(location).xpath("//form[contains(@action, '/renew?')]")[0]
        data = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        return self.url_open(form.get("action"), data=data, allow_redirects=False)

    def test_generate_new_reference(self):
        location = self._press("paynet").headers["Location"]
        old = self._vouchers()
        state_url = self._page(location).xpath("//*[@data-isp-voucher]/@data-url")[0]
        self._overdue(old)
        self.assertEqual(self.url_open(state_url).json(), {"state": "expired"})
        self.authenticate(None, None)  # the address is the key: no login is asked for
        answer = self._renew(location)
        fresh = self._vouchers() - old
        self.assertEqual((answer.status_code, fresh.state), (303, "pending"))
        self.assertIn(f"/voucher/{fresh.transaction_id.id}?", answer.headers["Location"])
        page = self._page(location)
        self.assertFalse(page.xpath("//form[contains(@action, '/renew?')]"))
        self.assertTrue(page.xpath(f"//a[contains(@href, '/voucher/{fresh.transaction_id.id}?')]"))

    def test_new_reference_for_a_debt_that_changed(self):
        location = self._press("paynet").headers["Location"]
        self._overdue(self._vouchers())
        self.subscription.price_override = 400.0
        self.env.flush_all()
        answer = self._renew(location)
        self.assertTrue(
            answer.headers["Location"].endswith(
                f"/my/isp/pay?subscription_id={self.subscription.id}"
            )
        )
        self.assertEqual(len(self._vouchers()), 1)

    def test_new_reference_needs_token_and_press(self):
        location = self._press("paynet").headers["Location"]
        self._overdue(self._vouchers())
        path = location.split("?")[0] + "/renew"
        csrf = self._form("spei")["csrf_token"]
        for token in ("", "?access_token=x"):
            answer = self.url_open(path + token, data={"csrf_token": csrf})
            self.assertEqual(answer.status_code, 404)
        self.assertEqual(self.url_open(path).status_code, 405)
        self.assertEqual(len(self._vouchers()), 1)

    # === PENDING REFERENCES IN PAGOS (POINT 9) === #

    def _pending(self):
        page = self._page("/my/isp/payments")
        return [
            (self._texts(item), item.xpath(".//a/@href")[0])
            for item in page.xpath("//li[@data-isp-pending]")
        ]

    def test_pending_references_come_first(self):
        spei = self._start_voucher(self.subscription, months=2)
        cash = self._start_voucher(self.subscription, method="paynet")
        self._start_voucher(self.other_subscription, method="paynet")
        over = self._start_voucher(self.subscription, method="paynet", months=3)
        self._overdue(over)
        cash.due_at = fields.Datetime.now() + timedelta(hours=1)
        self.env.flush_all()
        rows = self._pending()
        urls = [voucher.transaction_id._openpay_voucher_url() for voucher in (cash, spei)]
        self.assertEqual([url for _text, url in rows], urls)
        self.assertIn("Cash at a store · $349.00", rows[0][0])
        self.assertIn("1 hour left", rows[0][0])
        self.assertIn("Bank transfer · $698.00", rows[1][0])
        self.assertIn("See reference", rows[1][0])
        self.assertEqual(self.url_open(urls[0]).status_code, 200)
        page = self._page("/my/isp/payments")
        order = page.xpath("//li[@data-isp-pending] | //section[@data-isp-live]")
        self.assertEqual(order[-1].tag, "section")

    def test_a_paid_reference_is_one_row(self):
        """It leaves the pending ones and is one payment, not two rows."""
        voucher = self._start_voucher(self.subscription, method="paynet")
        self.assertEqual(len(self._pending()), 1)
        self._receive(self._pay_at_bank(voucher))
        self.env.flush_all()
        self.assertEqual(self._pending(), [])
        page = self._page("/my/isp/payments")
        self.assertEqual(len(page.xpath("//table/tbody/tr")), 1)
        self.assertIn("Cash at a store", self._texts(page.xpath("//table")[0]))
        self.assertEqual(self._texts(page.xpath("//p[@data-isp-count]")[0]), "1 result")

    # === LOGOS === #

    def test_logos(self):
        voucher = self._start_voucher(self.subscription, method="paynet")
        store = self.env["isp.payment.store"].search([], limit=1)
        store.logo = PIXEL
        self.env.flush_all()
        location = voucher.transaction_id._openpay_voucher_url()
        image = self._page(location).xpath("//ul[contains(@class, 'o_isp_logos')]//img")[0]
        self.assertEqual(image.get("alt"), store.name)
        self.authenticate(None, None)
        answer = self.url_open(image.get("src"))
        self.assertEqual((answer.status_code, answer.headers["Content-Type"]), (200, "image/png"))
        for path in (
            f"/payment/openpay/logo/isp.payment.store/{store.id + 1}",
            "/payment/openpay/logo/isp.payment.store/999999",
            "/payment/openpay/logo/isp.payment.bank/999999",
            f"/payment/openpay/logo/res.partner/{self.customer.id}",
        ):
            self.assertEqual(self.url_open(path).status_code, 404, path)

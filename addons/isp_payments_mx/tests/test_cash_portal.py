import base64
from urllib.parse import urljoin

from odoo.tests import tagged
from odoo.tests.common import ChromeBrowser

from . import scan
from .cash_common import SUMMARY, CashHttpCommon


@tagged("post_install", "-at_install")
class TestCashPortal(CashHttpCommon):
    """Both kinds of references on screen, on paper and before a scanner."""

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

    def test_one_page_whatever_is_on_it(self):
        """Forty stores, the longest concept, a long name: still one page, still readable."""
        for number in range(40):
            self.env["isp.payment.store"].create({"name": f"Farmacia de la Esquina {number}"})
        self.company.name = (
            "Telecomunicaciones Comunitarias de la Meseta Purépecha y la Ribera SAPI"
        )
        for method in ("paynet", "spei"):
            voucher = self._start_voucher(self.subscription, method=method)
            voucher.description = "Residencial Doble Velocidad Simétrica " * 6
            page = scan.render_pdf(self._render(voucher), 150)
            codes = scan.scan_image(page)
            self.assertEqual(len(codes), 2 if method == "paynet" else 1)

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

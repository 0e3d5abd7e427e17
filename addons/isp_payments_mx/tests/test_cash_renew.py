from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import requests

from odoo import fields
from odoo.tests import tagged
from odoo.tools import SQL

from .cash_common import SUMMARY, CashHttpCommon

PIXEL = (
    b"iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5E"
    b"rkJggg=="
)


@tagged("post_install", "-at_install")
class TestCashRenew(CashHttpCommon):
    """A reference after its deadline, pending references in Pagos, logos, the way on a phone."""

    # === A NEW REFERENCE (R73) === #

    def _renew_form(self, location):
        form = self._page(location).xpath("//form[contains(@action, '/renew?')]")[0]
        data = {field.get("name"): field.get("value") for field in form.xpath(".//input")}
        return form.get("action"), data

    def _renew(self, location):
        action, data = self._renew_form(location)
        return self.url_open(action, data=data, allow_redirects=False)

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

    def test_many_taps_are_one_new_reference(self):
        location = self._press("paynet").headers["Location"]
        self._overdue(self._vouchers())
        self.assertEqual([status for status, _location in self._tap(location)], [303])
        self.assertEqual((len(self._vouchers()), len(self._charges())), (2, 2))

    def _tap(self, location):
        """Press the button four times at once; returns the different answers."""
        action, data = self._renew_form(location)
        url, cookies = self.base_url() + action, dict(self.opener.cookies)

        def tap(_number):
            answer = requests.post(
                url, data=data, cookies=cookies, allow_redirects=False, timeout=30
            )
            return answer.status_code, answer.headers.get("Location")

        with self.allow_requests(all_requests=True), ThreadPoolExecutor(4) as pool:
            return set(pool.map(tap, range(4)))

    def test_many_taps_for_an_invoice_of_odoo(self):
        invoice = self.init_invoice(
            "out_invoice", partner=self.customer, amounts=[200.0], post=True
        )
        tx = self._create_transaction("INVOICE-7", 200.0, invoice_ids=[(6, 0, invoice.ids)])
        old = self.env["isp.payment.voucher"].sudo()._create_for(tx)
        old._outbox_process_one()
        self._overdue(old)
        self.assertEqual([code for code, _url in self._tap(tx._openpay_voucher_url())], [303])
        fresh = self._vouchers() - old
        self.assertEqual((len(fresh), fresh.state, fresh.amount), (1, "pending", 200.0))
        self.assertEqual((old.state, len(self._charges())), ("expired", 2))
        again = self._create_transaction("INVOICE-7B", 200.0, invoice_ids=[(6, 0, invoice.ids)])
        self.assertEqual(again._openpay_get_own_voucher(), fresh)
        self.assertEqual(again.state, "cancel")

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

    def test_paid_in_another_way(self):
        """The other reference waits no more, and its page warns before it is paid as well."""
        cash = self._start_voucher(self.subscription, method="paynet")
        location = cash.transaction_id._openpay_voucher_url()
        self.env.flush_all()
        self.assertFalse(self._page(location).xpath("//*[contains(@class, 'is-warn')]"))
        hour_ago = SQL("UPDATE isp_payment_voucher SET create_date = create_date - INTERVAL '1 h'")
        self.env.execute_query(SQL("%s RETURNING id", hour_ago))
        cash.invalidate_recordset(["create_date"])
        self._receive(self._pay_at_bank(self._start_voucher(self.subscription)))
        self.env.flush_all()
        self.assertEqual(self._pending(), [])
        notice = self._page(location).xpath("//*[contains(@class, 'is-warn')]")[0]
        self.assertIn("another payment", self._texts(notice))
        self.assertTrue(notice.xpath(".//a[contains(@href, '/my/isp/pay?')]"))

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

    # === ON A PHONE === #

    def test_the_way_on_a_phone(self):
        """From the summary to the barcode, to Pagos and back to the same reference."""
        self.browser_size = "360x740"
        self.touch_enabled = True
        url = SUMMARY.format(self.subscription.id, 2)
        self.start_tour(url, "isp_payments_mx_cash", login="isp_portal_customer")
        self.env.invalidate_all()
        voucher = self._vouchers()
        self.assertEqual((len(voucher), voucher.state, voucher.amount), (1, "pending", 698.0))

from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController


class IspPayOnline(IspPortalController):
    @route(
        "/my/isp/pay/<any(spei,paynet):method>",
        type="http",
        auth="user",
        methods=["POST"],
        website=True,
    )
    def isp_pay_reference(self, method, subscription_id=None, token=None, **kwargs):
        """Make the reference for a payment summary and show it.

        Months, or the change of plan, come from the signed token of the summary; the amount is
        computed again and must still be the one that was shown. Order of events: store voucher
        and request, commit, call Openpay, commit the answer, redirect. Pressed twice, there is
        one voucher.
        """
        subscription = self._isp_current_subscription(subscription_id)
        page = self._isp_page()
        mark = None
        if subscription:
            mark = page._openpay_read_start_token(token, subscription, method)
        if mark is None:
            return request.redirect("/my/isp/pay")
        months, total, start_token, change_id = mark
        voucher_sudo = self._isp_find_started(subscription, start_token)
        if not voucher_sudo:
            quote, summary_url = page._openpay_quote(subscription, months, change_id)
            if not quote or subscription.currency_id.compare_amounts(quote["total"], total):
                return request.redirect(summary_url)
            try:
                voucher_sudo = subscription._openpay_get_voucher(quote, method, start_token)
            except UserError as error:
                return self._isp_refused(str(error), summary_url)
            voucher_sudo._send_now()
        return request.redirect(voucher_sudo.transaction_id._openpay_voucher_url(), code=303)

    def _isp_refused(self, message, summary_url):
        """Return the page that says why this way to pay is not possible, with the way back."""
        values = {"message": message, "summary_url": summary_url}
        return self._isp_render("isp_payments_mx.pay_refused", "pay", values)

    def _isp_find_started(self, subscription, start_token):
        """Return the voucher that this press of the button made before, if it did."""
        return (
            request.env["isp.payment.voucher"]
            .sudo()
            .search(
                [("start_token", "=", start_token), ("subscription_id", "=", subscription.id)],
                limit=1,
            )
        )

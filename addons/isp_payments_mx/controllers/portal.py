from odoo.exceptions import UserError
from odoo.http import request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController


class IspPayOnline(IspPortalController):
    @route("/my/isp/pay/spei", type="http", auth="user", methods=["POST"], website=True)
    def isp_pay_spei(self, subscription_id=None, token=None, **kwargs):
        """Make the reference for a payment summary and show it.

        Months, or the change of plan, come from the signed token of the summary; the amount is
        computed again and must still be the one that was shown. Order of events: store voucher
        and request, commit, call Openpay, commit the answer, redirect. Pressed twice, there is
        one voucher.
        """
        subscription = self._isp_current_subscription(subscription_id)
        page = self._isp_page()
        mark = page._openpay_read_start_token(token, subscription) if subscription else None
        if mark is None:
            return request.redirect("/my/isp/pay")
        months, total, start_token, change_id = mark
        voucher_sudo = self._isp_find_started(subscription, start_token)
        if not voucher_sudo:
            quote, summary_url = page._openpay_quote(subscription, months, change_id)
            if not quote or subscription.currency_id.compare_amounts(quote["total"], total):
                return request.redirect(summary_url)
            try:
                voucher_sudo = subscription._openpay_get_voucher(quote, "spei", start_token)
            except UserError:
                return request.redirect(summary_url)
            voucher_sudo._trigger_worker()
            voucher_sudo._outbox_commit()
            voucher_sudo._outbox_process_one()
        return request.redirect(voucher_sudo.transaction_id._openpay_voucher_url(), code=303)

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

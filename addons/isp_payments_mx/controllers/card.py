from odoo.exceptions import UserError
from odoo.http import request, route

from .. import const
from .card_common import IspCardController
from .given import browser_keys


class IspPayCard(IspCardController):
    """Paying by card: the form in the portal, and the page of Openpay.

    Card data goes from the browser to Openpay; here arrive a one-time token and a device id.
    """

    @route("/my/isp/pay/card", type="http", auth="user", methods=["GET"], website=True)
    def isp_pay_card(self, subscription_id=None, months=None, change_id=None, **kwargs):
        """Show the card form for months or for an open change of plan."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return request.redirect("/my/isp/pay")
        page = self._isp_page()
        quote, summary_url = self._isp_card_quote(subscription, months, change_id)
        if not quote or quote["total"] <= 0:
            return request.redirect(summary_url)
        if subscription._openpay_card_mode() != "inline":
            return request.redirect(summary_url)
        live_sudo = subscription._openpay_live_card()
        if live_sudo:
            return request.redirect(live_sudo.transaction_id._openpay_card_url(), code=303)
        values = page._get_card_values(subscription, quote, summary_url)
        return self._isp_card_page(subscription, values)

    def _isp_card_quote(self, subscription, months, change_id):
        """Return ``(quote, address of its summary)`` of what the URL asks for."""
        page = self._isp_page()
        if change_id:
            quote = page._get_change_quote(subscription, change_id)
            return quote, page._get_change_pay_url(subscription, change_id)
        if not page._is_payable(subscription):
            return None, "/my/isp/pay"
        quote = page._get_quote(subscription, months)
        return quote, page._get_pay_url(subscription, quote["months"], summary=True)

    @route("/my/isp/pay/card/charge", type="jsonrpc", auth="user", methods=["POST"], website=True)
    def isp_pay_card_charge(
        self, subscription_id=None, token=None, source_id=None, device_session_id=None, **kwargs
    ):
        """Charge the card behind a one-time token of the browser.

        Sent again with the same ``token``, by a second press, another tab or a lost answer, there
        is one charge and its present state is answered.

        :return: dict with ``url`` (where to go on), or ``error`` (text) and a fresh ``token``
        """
        subscription = self._isp_current_subscription(subscription_id)
        mark = self._isp_page()._openpay_read_card_token(token, subscription)
        values = browser_keys(source_id, device_session_id)
        if mark is None or not values:
            return {"error": request.env._("This page is too old. Load it again."), "stale": True}
        charge_sudo, stale = self._isp_start_card(subscription, "inline", mark, values)
        if not charge_sudo:
            return {"error": stale, "stale": True}
        return self._isp_card_answer(subscription, mark, charge_sudo)

    @route("/my/isp/pay/card/hosted", type="http", auth="user", methods=["POST"], website=True)
    def isp_pay_card_hosted(self, subscription_id=None, token=None, **kwargs):
        """Have Openpay show its card page, and go there."""
        subscription = self._isp_current_subscription(subscription_id)
        mark = self._isp_page()._openpay_read_card_token(token, subscription)
        if mark is None:
            return request.redirect("/my/isp/pay")
        charge_sudo, _stale = self._isp_start_card(subscription, "hosted", mark, {})
        if not charge_sudo:
            quote_url = self._isp_page()._openpay_quote(subscription, mark[0], mark[3])[1]
            return request.redirect(quote_url)
        if charge_sudo.state == "pending" and charge_sudo.start_token == mark[2]:
            return request.redirect(charge_sudo.redirect_url, code=303, local=False)
        return request.redirect(charge_sudo.transaction_id._openpay_card_url(), code=303)

    def _isp_start_card(self, subscription, mode, mark, values):
        """Store the attempt, commit, call Openpay, commit the answer.

        :return: ``(charge, "")``, or ``(none, why it is not made)``
        """
        charges_sudo = request.env["isp.card.charge"].sudo()
        domain = [("start_token", "=", mark[2]), ("subscription_id", "=", subscription.id)]
        charge_sudo = charges_sudo.search(domain, limit=1)
        if not charge_sudo:
            quote = self._isp_page()._openpay_card_quote(subscription, mark)
            if not quote:
                stale = request.env._("What is due has changed. Look at the summary again.")
                return charges_sudo, stale
            values["payer_ip"] = request.httprequest.remote_addr
            if mark[5]:
                values["use_3ds"] = True
            try:
                charge_sudo = subscription._openpay_start_card(quote, mode, mark[2], **values)
            except UserError as error:
                return charges_sudo, str(error)
            charge_sudo._trigger_worker()
            charge_sudo._outbox_commit()
            charge_sudo._outbox_process_one()
        return charge_sudo, ""

    def _isp_card_answer(self, subscription, mark, charge_sudo):
        """Return what the form does next."""
        own = charge_sudo.start_token == mark[2]
        if charge_sudo.state == "failed" and own:
            page = self._isp_page()
            quote, _url = page._openpay_quote(subscription, mark[0], mark[3])
            # what the antifraud refused may pass when the bank asks the cardholder
            secure = charge_sudo.error_code == const.FRAUD and not charge_sudo.use_3ds
            text = charge_sudo.with_context(lang=request.env.lang)._get_error_text()
            if secure:
                text = request.env._("For safety your bank has to confirm: press the button again.")
            token = page._openpay_card_token(subscription, quote, secure) if quote else ""
            return {"error": text, "code": charge_sudo.error_code or "", "token": token}
        if charge_sudo.state == "pending" and own and charge_sudo.redirect_url:
            return {"url": charge_sudo.redirect_url}
        return {"url": charge_sudo.transaction_id._openpay_card_url()}

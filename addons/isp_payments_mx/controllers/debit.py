from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.isp_portal.services.paging import to_int

from ..services.pan import hide_pans
from .card_common import IspCardController
from .given import browser_keys

PAGE = "/my/isp/card"
NOTICE_KEY = "isp_payments_mx_debit_notice"


class IspDebit(IspCardController):
    """Direct debit: agree, see what comes, change the card, switch off.

    Card data goes from the browser to Openpay; here arrive a one-time token and a device id.
    """

    @route(PAGE, type="http", auth="user", methods=["GET"], website=True)
    def isp_card(self, subscription_id=None, day=None, change=None, card=None, **kwargs):
        """Show the direct debit of a service, or what a customer would agree to."""
        subscription = self._isp_current_subscription(subscription_id)
        if not subscription:
            return self._isp_render("isp_portal.no_service", "pay")
        page = self._isp_page()
        values = page._get_debit_values(subscription, to_int(day, None), bool(change), card)
        values["notice"] = request.session.pop(NOTICE_KEY, None)
        values["why_labels"] = page._get_why_labels()
        if not values["offer"] or values["chosen"]:  # no card is typed: no script of others
            return self._isp_render("isp_payments_mx.debit_page", "pay", values)
        values = {**page._get_card_form_values(subscription), **values}
        return self._isp_card_page(subscription, values, "isp_payments_mx.debit_page")

    @route(f"{PAGE}/agree", type="jsonrpc", auth="user", methods=["POST"], website=True)
    def isp_card_agree(
        self,
        subscription_id=None,
        token=None,
        source_id=None,
        device_session_id=None,
        agreed=False,
        **kwargs,
    ):
        """Store the consent and the card. Sent twice with one ``token``, there is one consent.

        :return: dict with ``url`` (where to go on), or ``error`` (text) and a fresh ``token``
        """
        subscription = self._isp_current_subscription(subscription_id or "0")
        if agreed is not True:
            return {"error": request.env._("Tick the box to agree."), "token": token}
        card = browser_keys(source_id, device_session_id)
        if not card:
            return {"error": request.env._("This page is too old. Load it again."), "stale": True}
        http = request.httprequest
        seen = {"ip": http.remote_addr or "", "user_agent": hide_pans(http.user_agent.string or "")}
        page = self._isp_page()
        mandate_sudo, problem = page._agree_debit(subscription, token, card, seen)
        if not mandate_sudo:
            return {"error": problem, "stale": True}
        row_sudo = mandate_sudo.registration_id
        if row_sudo:  # none when the same page was sent with a stored card before
            row_sudo._outbox_commit()
            row_sudo._outbox_process_one()
        return self._isp_agree_answer(subscription, mandate_sudo)

    def _isp_agree_answer(self, subscription, mandate_sudo):
        """Return what the form does next."""
        page = self._isp_page()
        if mandate_sudo.state == "ended" and mandate_sudo.end_reason == "not_stored":
            row_sudo = mandate_sudo.registration_id.with_context(lang=request.env.lang)
            offer = page._get_offer_values(subscription, mandate_sudo.charge_day)
            return {"error": row_sudo._get_error_text(), "token": offer["token"]}
        if mandate_sudo.state == "active":
            text = request.env._("Done: your card is charged every month from now on.")
            request.session[NOTICE_KEY] = {"kind": "good", "text": text}
        return {"url": page._get_debit_url(subscription)}

    @route(f"{PAGE}/off", type="http", auth="user", methods=["POST"], website=True)
    def isp_card_off(self, subscription_id=None, token=None, **kwargs):
        """Switch off at once; the page shows the folio."""
        subscription = self._isp_own(subscription_id)
        notice = self._isp_page()._end_debit(subscription, token)
        return self._isp_to_debit(subscription, *notice)

    @route(f"{PAGE}/why", type="http", auth="user", methods=["POST"], website=True)
    def isp_card_why(self, subscription_id=None, token=None, reason="", note="", **kwargs):
        """Keep why it was switched off; nobody has to say."""
        subscription = self._isp_own(subscription_id)
        notice = self._isp_page()._explain_debit(subscription, token, reason, note)
        return self._isp_to_debit(subscription, *notice)

    def _isp_own(self, subscription_id):
        """Return the service a POST is about.

        :raise NotFound: when no service is named or it is not the user's
        """
        subscription = self._isp_current_subscription(subscription_id or "0")
        if not subscription:
            raise NotFound()
        return subscription

    def _isp_to_debit(self, subscription, kind, text):
        """Redirect to the page of the direct debit, which shows a notice once."""
        request.session[NOTICE_KEY] = {"kind": kind, "text": text}
        return request.redirect(self._isp_page()._get_debit_url(subscription), code=303)

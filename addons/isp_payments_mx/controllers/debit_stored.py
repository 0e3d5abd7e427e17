from odoo.http import request, route

from odoo.addons.isp_portal.services.paging import to_int

from ..services.pan import hide_pans
from .debit import PAGE, IspDebit


class IspDebitStored(IspDebit):
    """Agree to direct debit with a card that is stored already: no card data, no script."""

    @route(f"{PAGE}/stored", type="http", auth="user", methods=["POST"], website=True)
    def isp_card_stored(self, subscription_id=None, token=None, card=None, agreed=None, **kwargs):
        """Store the consent; sent twice with one ``token``, there is one consent."""
        subscription = self._isp_own(subscription_id)
        page = self._isp_page()
        chosen = to_int(card, 0)
        if agreed != "1":
            text = request.env._("Tick the box to agree.")
            return self._isp_to_offer(subscription, chosen, text)
        http = request.httprequest
        seen = {"ip": http.remote_addr or "", "user_agent": hide_pans(http.user_agent.string or "")}
        mandate_sudo, problem = page._agree_debit(subscription, token, {"stored": chosen}, seen)
        if not mandate_sudo:
            return self._isp_to_offer(subscription, chosen, problem)
        if mandate_sudo.state != "active":  # the same page was sent with another card before
            return request.redirect(page._get_debit_url(subscription), code=303)
        text = request.env._("Done: your card is charged every month from now on.")
        return self._isp_to_debit(subscription, "good", text)

    def _isp_to_offer(self, subscription, card, text):
        """Redirect to the page to agree on, which says once what is wrong."""
        response = self._isp_to_debit(subscription, "warn", text)
        response.headers["Location"] = self._isp_page()._get_debit_url(
            subscription, change=1, card=card
        )
        return response

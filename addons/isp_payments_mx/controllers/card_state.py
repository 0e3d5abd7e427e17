from werkzeug.exceptions import NotFound

from odoo.http import request, route

from odoo.addons.isp_portal.controllers.common import IspPortalController

from .. import const
from .given import opens

BASE = f"{const.CARD_ROUTE}/<int:tx_id>/<string:access_token>"
LOGOS = {
    "brand": ("isp.card.brand", "logo"),
    "gateway": ("res.company", "isp_card_gateway_logo"),
}


class OpenpayCardState(IspPortalController):
    """How a card payment ended. The token in the address is the key, as on the voucher page."""

    @route(BASE, type="http", auth="public", methods=["GET"], website=True, sitemap=False)
    def openpay_card(self, tx_id, access_token, **kwargs):
        """Show the state of a card payment."""
        charge_sudo = self._openpay_card_charge(tx_id, access_token)
        tx_sudo = charge_sudo.transaction_id
        own = request.env.user.partner_id.commercial_partner_id == charge_sudo.partner_id
        receipt = own and tx_sudo.payment_id
        values = {
            "charge": charge_sudo._get_display_values(),
            "state_url": tx_sudo._openpay_card_url("state"),
            "abandon_url": tx_sudo._openpay_card_url("abandon"),
            "receipt_url": f"/my/isp/payments/{tx_sudo.payment_id.id}/receipt" if receipt else "",
            "is_own": own,
            "again_url": charge_sudo._get_again_url(),
        }
        return self._isp_render("isp_payments_mx.card_state_page", "pay", values)

    @route(
        f"{BASE}/state",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=True,
        save_session=False,
    )
    def openpay_card_state(self, tx_id, access_token, **kwargs):
        """Answer the state as JSON; asked every few seconds, so it reads one row."""
        charge_sudo = self._openpay_card_charge(tx_id, access_token)
        answer = {"state": charge_sudo.state}
        if charge_sudo.state == "pending":
            answer["url"] = charge_sudo.redirect_url or ""
        return request.make_json_response(answer, headers=[("Cache-Control", "no-store")])

    @route(f"{BASE}/return", type="http", auth="public", methods=["GET"], sitemap=False)
    def openpay_card_return(self, tx_id, access_token, **kwargs):
        """The cardholder is back from the bank: read the charge again, believe nothing else.

        ``?id=`` is what the browser brings; the charge that is read is the one of this payment.
        """
        charge_sudo = self._openpay_card_charge(tx_id, access_token)
        if kwargs.get("id") == charge_sudo.charge_id:
            self._openpay_look(charge_sudo)
        return request.redirect(charge_sudo.transaction_id._openpay_card_url(), code=303)

    @route(
        f"{BASE}/abandon",
        type="http",
        auth="public",
        methods=["POST"],
        website=True,
        sitemap=False,
    )
    def openpay_card_abandon(self, tx_id, access_token, **kwargs):
        """The cardholder wants to begin anew: close the attempt unless it is paid by now."""
        charge_sudo = self._openpay_card_charge(tx_id, access_token)
        self._openpay_look(charge_sudo)
        if charge_sudo.state == "pending" and charge_sudo.try_lock_for_update():
            charge_sudo._abandon()
            return request.redirect(charge_sudo._get_again_url(), code=303)
        return request.redirect(charge_sudo.transaction_id._openpay_card_url(), code=303)

    @route(
        "/payment/openpay/<any(brand,gateway):kind>/<int:record_id>/logo",
        type="http",
        auth="public",
        methods=["GET"],
        sitemap=False,
        readonly=True,
        save_session=False,
    )
    def openpay_card_logo(self, kind, record_id, **kwargs):
        """Send a logo of the card page: public by purpose."""
        model, field = LOGOS[kind]
        record_sudo = request.env[model].sudo().browse(record_id).exists()
        if not record_sudo or not record_sudo[field]:
            raise NotFound()
        return request.env["ir.binary"]._get_image_stream_from(record_sudo, field).get_response()

    def _openpay_look(self, charge_sudo):
        """Ask Openpay how the charge is now, unless a worker is at it."""
        if charge_sudo.state == "pending" and charge_sudo.try_lock_for_update():
            charge_sudo.with_context(lang=charge_sudo.company_id._isp_lang())._sweep_one()

    def _openpay_card_charge(self, tx_id, access_token):
        """Return the card charge of a transaction whose token was given.

        :raise NotFound: no such transaction, wrong token or no card: one answer for all
        """
        tx_sudo = request.env["payment.transaction"].sudo().browse(tx_id).exists()
        reference = tx_sudo.reference if tx_sudo else ""
        if not opens(access_token, tx_id, reference):
            raise NotFound()
        if not tx_sudo.isp_card_charge_id:
            raise NotFound()
        return tx_sudo.isp_card_charge_id

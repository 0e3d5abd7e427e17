import uuid

from odoo import api, models
from odoo.tools.misc import hash_sign, verify_hash_signed

START_SCOPE = "isp_payments_mx.start"
START_HOURS = 24
START_ROUTE = "/my/isp/pay/spei"


class IspPortalPage(models.AbstractModel):
    """Bank transfer among the ways to pay."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_payment_methods(self, subscription, quote):
        """Extend: SPEI, when the company's Openpay account takes it."""
        methods = super()._get_payment_methods(subscription, quote)
        if subscription._openpay_method("spei"):
            methods.append(
                {
                    "key": "spei",
                    "title": self.env._("Bank transfer"),
                    "subtitle": self.env._("SPEI from any bank. It shows up in minutes."),
                    "icon": "bank",
                    "url": START_ROUTE,
                    "sequence": 10,
                    "post": True,
                    "fields": {"token": self._openpay_start_token(subscription, quote)},
                }
            )
        return methods

    @api.model
    def _openpay_start_token(self, subscription, quote):
        """Return a signed mark of this summary: pressing its button twice is one payment."""
        values = [
            subscription.id,
            quote["months"],
            f"{quote['total']:.2f}",
            uuid.uuid4().hex,
            quote.get("change_id") or 0,
        ]
        return hash_sign(self.env(su=True), START_SCOPE, values, expiration_hours=START_HOURS)

    @api.model
    def _openpay_read_start_token(self, token, subscription):
        """Return ``(months, total, mark, change id)`` of a token made for this service, or None."""
        try:
            values = verify_hash_signed(self.env(su=True), START_SCOPE, token or "")
        except ValueError:
            values = None
        if not values or values[0] != subscription.id:
            return None
        return values[1], float(values[2]), values[3], values[4]

    @api.model
    def _openpay_quote(self, subscription, months, change_id):
        """Return ``(quote, address of its summary)`` of months or of an open change of plan.

        The quote is None when there is nothing to pay any more.
        """
        if change_id:
            quote = self._get_change_quote(subscription, change_id)
            return quote, self._get_change_pay_url(subscription, change_id)
        url = self._get_pay_url(subscription, months, summary=True)
        if not self._is_payable(subscription):
            return None, "/my/isp/pay"
        return self._get_quote(subscription, months), url

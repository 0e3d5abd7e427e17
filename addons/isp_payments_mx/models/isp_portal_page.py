import uuid

from odoo import api, models
from odoo.tools.misc import hash_sign, verify_hash_signed

START_SCOPE = "isp_payments_mx.start"
START_HOURS = 24
START_ROUTE = "/my/isp/pay/%s"


class IspPortalPage(models.AbstractModel):
    """Bank transfer and cash at a store among the ways to pay."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_payment_methods(self, subscription, quote):
        """Extend: SPEI and Paynet, when the company's Openpay account takes them."""
        methods = super()._get_payment_methods(subscription, quote)
        for offer in self._openpay_offers(subscription):
            if subscription._openpay_method(offer["key"]):
                methods.append({**offer, **self._openpay_start(subscription, quote, offer["key"])})
        return methods

    @api.model
    def _openpay_offers(self, subscription):
        """Return how the methods with a reference are called in the list of methods."""
        _ = self.env._
        network = subscription.sudo().company_id.isp_store_network
        return [
            {
                "key": "spei",
                "sequence": 10,
                "icon": "bank",
                "title": _("Bank transfer"),
                "subtitle": _("SPEI from any bank. It shows up in minutes."),
            },
            {
                "key": "paynet",
                "sequence": 30,
                "icon": "store",
                "title": _("Cash at a store"),
                "subtitle": _("%s. The store charges its commission.", network),
            },
        ]

    @api.model
    def _openpay_start(self, subscription, quote, code):
        """Return how a method with a reference is started, or why it cannot be for this quote."""
        vouchers = self.env["isp.payment.voucher"]
        total, currency = quote["total"], quote["currency"]
        refusal = vouchers._refusal(subscription.company_id, code, total, currency)
        if refusal:
            return {"refusal": refusal}
        token = self._openpay_start_token(subscription, quote, code)
        return {
            "url": START_ROUTE % code,
            "post": True,
            "fields": {"token": token},
        }

    @api.model
    def _openpay_start_token(self, subscription, quote, method=""):
        """Return a signed mark of this summary: pressing its button twice is one payment.

        :param str method: code of the payment method the mark is good for
        """
        values = [
            subscription.id,
            quote["months"],
            f"{quote['total']:.2f}",
            uuid.uuid4().hex,
            quote.get("change_id") or 0,
            method,
        ]
        return hash_sign(self.env(su=True), START_SCOPE, values, expiration_hours=START_HOURS)

    @api.model
    def _openpay_read_start_token(self, token, subscription, method=""):
        """Return ``(months, total, mark, change id)`` of a token for this service and method.

        The answer is None for any other token.
        """
        try:
            values = verify_hash_signed(self.env(su=True), START_SCOPE, token or "")
        except (ValueError, AttributeError):  # no token of ours, or no text
            values = None
        if not values or values[0] != subscription.id or values[5:] != [method]:
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

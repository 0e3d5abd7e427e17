import json
import uuid

from odoo import api, models
from odoo.tools.misc import hash_sign, verify_hash_signed

CARD_SCOPE = "isp_payments_mx.card"
CARD_HOURS = 24


class IspPortalPage(models.AbstractModel):
    """Cards among the ways to pay, and the page with the card form."""

    _inherit = "isp.portal.page"

    @api.model
    def _get_payment_methods(self, subscription, quote):
        """Extend: card, by Openpay's page or by the form in the portal."""
        methods = super()._get_payment_methods(subscription, quote)
        mode = subscription._openpay_card_mode()
        if mode:
            method = {
                "key": "card",
                "title": self.env._("Credit or debit card"),
                "subtitle": self.env._("It shows up at once."),
                "icon": "card",
                "sequence": 20,
            }
            if mode == "hosted":
                token = self._openpay_card_token(subscription, quote)
                method |= {"url": "/my/isp/pay/card/hosted", "post": True}
                method["fields"] = {"token": token}
            else:
                method["url"] = self._get_card_url(subscription, quote)
            methods.append(method)
        return methods

    @api.model
    def _get_card_url(self, subscription, quote):
        """Return the address of the card form for a quote."""
        change = quote.get("change_id")
        what = f"change_id={change}" if change else f"months={quote['months']}"
        return f"/my/isp/pay/card?subscription_id={subscription.id}&{what}"

    @api.model
    def _openpay_card_token(self, subscription, quote, secure=False):
        """Return a signed mark of one card form: sending it twice is one payment.

        It holds the last payment too: a form that was opened before another tab paid is stale.

        :param bool secure: the bank has to ask the cardholder, whatever the settings say
        """
        values = [
            subscription.id,
            quote["months"],
            f"{quote['total']:.2f}",
            uuid.uuid4().hex,
            quote.get("change_id") or 0,
            self._get_last_payment(subscription).id or 0,
            secure,
        ]
        return hash_sign(self.env(su=True), CARD_SCOPE, values, expiration_hours=CARD_HOURS)

    @api.model
    def _openpay_read_card_token(self, token, subscription):
        """Return ``(months, total, mark, change id, last payment id, secure)``, or None."""
        try:
            values = verify_hash_signed(self.env(su=True), CARD_SCOPE, token or "")
        except (ValueError, AttributeError):  # no token of ours, or no text
            values = None
        if not values or values[0] != subscription.id:
            return None
        return values[1], float(values[2]), *values[3:]

    @api.model
    def _openpay_card_quote(self, subscription, mark):
        """Return the quote a token was made for, None when it is not what is due any more."""
        months, total, _mark, change_id, last_payment, _secure = mark
        quote, _url = self._openpay_quote(subscription, months, change_id)
        if not quote or quote["total"] <= 0:
            return None
        if subscription.currency_id.compare_amounts(quote["total"], total):
            return None
        if (self._get_last_payment(subscription).id or 0) != last_payment:
            return None
        return quote

    @api.model
    def _get_card_values(self, subscription, quote, summary_url):
        """Return the values of the page with the card form."""
        money = self._get_formatter().money(quote["total"])
        return {
            **self._get_card_form_values(subscription),
            "subscription": subscription,
            "service": self._get_service_values(subscription),
            "what": self._get_card_purpose(subscription, quote),
            "pay_label": self.env._("Pay %s", money),
            "quote": quote,
            "token": self._openpay_card_token(subscription, quote),
            "summary_url": summary_url,
        }

    @api.model
    def _get_card_form_values(self, subscription):
        """Return what every page with a card form needs: brands, SDK, texts of refusals."""
        company_sudo = subscription.company_id.sudo()
        provider_sudo = subscription._openpay_provider()
        brands = self.env["isp.card.brand"]._isp_for(company_sudo)
        return {
            "credit_brands": self._get_brand_values(brands.filtered("accept_credit")),
            "debit_brands": self._get_brand_values(brands.filtered("accept_debit")),
            "accepted": ",".join(brands.mapped("code")),
            "accepted_names": ", ".join(brands.mapped("name")),
            "sdk": provider_sudo._openpay_sdk_values(),
            "texts": json.dumps(provider_sudo._openpay_card_texts()),
            "gateway": self._get_gateway_values(company_sudo),
        }

    @api.model
    def _get_card_purpose(self, subscription, quote):
        """Return "Residencial 50, 3 months · contract 000012": what is paid."""
        _, months = self.env._, quote["months"]
        plan = (quote.get("plan") or subscription.sudo().plan_id).sudo().name
        if months == 1:
            plan = _("%s, 1 month", plan)
        elif months:
            plan = _("%(plan)s, %(months)s months", plan=plan, months=months)
        contract = self._get_service_values(subscription)["contract"]
        return _("%(plan)s · contract %(contract)s", plan=plan, contract=contract)

    @api.model
    def _get_brand_values(self, brands):
        return [
            {"id": brand.id, "name": brand.name, "has_logo": bool(brand.logo)} for brand in brands
        ]

    @api.model
    def _get_gateway_values(self, company_sudo):
        """Return how the page names who carries out the payment."""
        return {
            "name": company_sudo.isp_card_gateway or "Openpay",
            "logo_url": f"{self._get_card_asset_url('gateway', company_sudo.id)}"
            if company_sudo.isp_card_gateway_logo
            else "",
            "safety": company_sudo.isp_card_safety or "",
        }

    @api.model
    def _get_card_asset_url(self, kind, record_id):
        """Return the public address of an uploaded logo: kind "brand" or "gateway"."""
        return f"/payment/openpay/{kind}/{record_id}/logo"

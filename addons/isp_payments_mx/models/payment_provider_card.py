from odoo import api, fields, models

from odoo.addons.isp_subscription.exceptions import OutboxRetry

from .. import const
from ..services.csp import origin_of


class PaymentProvider(models.Model):
    """Cards: what an account supports, and what its refusals mean in plain words."""

    _inherit = "payment.provider"

    openpay_sdk_url = fields.Char(
        string="Address of openpay.js",
        copy=False,
        groups="base.group_system",
        help="Leave empty for the version this addon was made for.",
    )
    openpay_sdk_integrity = fields.Char(
        string="Checksum of openpay.js",
        copy=False,
        groups="base.group_system",
        help="sha384-… of the file: the browser runs no other one. Its server must allow it.",
    )
    openpay_device_url = fields.Char(
        string="Address of the device module",
        copy=False,
        groups="base.group_system",
        help="Leave empty for the version this addon was made for.",
    )
    openpay_card_origins = fields.Char(
        string="Further servers of the card page",
        groups="base.group_system",
        help="Origins, with spaces between them, that the scripts of the card page may talk to.",
    )

    def _openpay_check_open(self):
        """Send nothing new by an account that was switched off meanwhile.

        :raise OutboxRetry: it is switched off
        """
        if self.sudo().state == "disabled":
            raise OutboxRetry("the account is switched off")

    def _openpay_sdk_values(self):
        """Return what the browser needs to make a token of a card; public by nature."""
        self.ensure_one()
        provider_sudo = self.sudo()
        base = (provider_sudo.openpay_base_url or "").rstrip("/")
        return {
            "scripts": [
                {
                    "src": provider_sudo.openpay_sdk_url or const.SDK_URL,
                    "integrity": provider_sudo.openpay_sdk_integrity or None,
                },
                {"src": provider_sudo.openpay_device_url or const.DEVICE_URL, "integrity": None},
            ],
            "merchant": provider_sudo.openpay_merchant_id,
            "key": provider_sudo.openpay_public_key or "",
            "sandbox": "" if provider_sudo.state == "enabled" else "1",
            "api": f"{base}/v1/" if base else "",
        }

    def _openpay_card_origins(self):
        """Return the origins the card page may talk to: API, device module, settings."""
        provider_sudo = self.sudo()
        base = provider_sudo.openpay_base_url or const.BASE_URLS.get(provider_sudo.state, "")
        extra = (provider_sudo.openpay_card_origins or const.CARD_ORIGINS).split()
        return [origin_of(base), *extra]

    @api.model
    def _openpay_card_text(self, code):
        """Return why a card was not charged or stored, in the language of the context.

        Codes: openpay.md section 5; texts say what the cardholder can do, never the reason of
        fraud rules.
        """
        texts = self._openpay_card_texts()
        return texts.get(code or "") or self.env._(
            "Your card could not be charged. Use another card or another way to pay."
        )

    @api.model
    def _openpay_card_texts(self):
        """Return the text of every refusal that has one of its own, by error code."""
        _ = self.env._
        bank = _("Your bank declined the payment. Call your bank or use another card.")
        number = _("The card number is not right. Check it and try again.")
        down = _("The payment system does not answer. You have not been charged; try again later.")
        return {
            "1000": down,
            "1004": down,
            "1003": _("The card data could not be used. Type it again."),
            const.CARD_DUPLICATE: _("This card is stored already. Use another card."),
            const.CARD_REMOVING: _("This card is being removed just now. Try again in a minute."),
            "2004": number,
            "2005": _("The expiry date has passed. Use another card."),
            "2006": _("Type the security code of your card."),
            "2007": _("This card is for tests only."),
            "2009": _("The security code is not right. Check it and try again."),
            "3001": bank,
            "3002": _("Your card has expired. Use another card."),
            "3003": _("Your card has not enough funds. Use another card or another way to pay."),
            "3004": bank,
            "3005": _("The payment was not accepted for safety. Use another way to pay."),
            "3006": _("Your card does not allow this payment. Use another card."),
            "3007": bank,
            "3008": _("Your card is not enabled for payments on the internet. Call your bank."),
            "3009": bank,
            "3010": bank,
            "3011": bank,
            "3012": _("Your bank has to authorize this payment. Call your bank and try again."),
            const.CARD_NOT_FOUND: _("The payment was not made. You have not been charged."),
            const.CARD_NOT_SENT: down,
        }

from calendar import monthrange
from datetime import date

from odoo import fields, models

from ..services.card_wire import BRANDS

BRAND_NAMES = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "carnet": "Carnet",
}


class IspCardRegistration(models.Model):
    """A card that is stored for a direct debit makes it active; one that cannot be ends it."""

    _inherit = "isp.card.registration"

    mandate_ids = fields.One2many("isp.card.mandate", "registration_id", readonly=True)

    def _outbox_store(self, answer):
        """Extend: the consent that waited for this card is active from now on."""
        res = super()._outbox_store(answer)
        token = self.token_id
        for mandate in self.sudo().mandate_ids.filtered(lambda row: row.state == "preparing"):
            mandate._isp_activate(
                token, self._isp_brand_name(token), token.isp_card_last4, _last_day(token)
            )
        return res

    def _outbox_note(self, state, error, code=False):
        """Extend: the consent for a card that cannot be stored is void."""
        res = super()._outbox_note(state, error, code)
        if self.outbox_state == "error":
            waiting = self.sudo().mandate_ids.filtered(lambda row: row.state == "preparing")
            waiting._isp_end("not_stored", self._get_error_text(), tell=False)
        return res

    def _isp_brand_name(self, token):
        """Return the name of the brand as people know it: Visa, Mastercard."""
        code = BRANDS.get(token.isp_card_brand or "", "")
        return BRAND_NAMES.get(code) or (token.isp_card_brand or "").capitalize()


def _last_day(token):
    """Return the last day on which a card is good, None when it is not known."""
    year, month = token.isp_card_exp_year, token.isp_card_exp_month
    if not year or not 1 <= month <= 12:
        return None
    return date(year, month, monthrange(year, month)[1])

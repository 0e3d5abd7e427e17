from odoo import models

from .. import const
from .isp_card_mandate import LIVE_STATES

GONE = "1005"  # what Openpay would answer for a card that was deleted


class PaymentToken(models.Model):
    """Stored cards that pay a direct debit."""

    _inherit = "payment.token"

    def write(self, vals):
        """Extend: an account that is switched off for a while keeps the cards of direct debits.

        Odoo archives the cards of such an account, which would delete them at Openpay.
        """
        if vals.get("active", True) or not self.env.context.get("isp_keep_debit_cards"):
            return super().write(vals)
        return super(PaymentToken, self - self._isp_debit_mandates().token_id).write(vals)

    def _handle_archiving(self):
        """Override of `payment`: a direct debit whose card goes needs another one."""
        res = super()._handle_archiving()
        self._isp_debit_mandates()._isp_suspend(GONE)
        return res

    def _isp_debit_mandates(self):
        """Return the live direct debits that these cards pay."""
        mandates_sudo = self.env["isp.card.mandate"].sudo()
        ids = self.filtered(lambda token: token.provider_code == const.PROVIDER).ids
        return mandates_sudo.search([("token_id", "in", ids), ("state", "in", LIVE_STATES)])

from calendar import monthrange
from datetime import date

from odoo import api, fields, models
from odoo.tools import SQL

from ..services.card_wire import BRANDS

BRAND_NAMES = {
    "visa": "Visa",
    "mastercard": "Mastercard",
    "amex": "American Express",
    "carnet": "Carnet",
}


class PaymentToken(models.Model):
    """Stored cards that their customer agrees to again: for another service, or another day."""

    _inherit = "payment.token"

    isp_debit_count = fields.Integer(
        string="Direct debits agreed to", readonly=True, copy=False, groups="base.group_system"
    )

    # === BUSINESS METHODS === #

    @api.model
    def _isp_choices(self, subscription):
        """Return the stored cards that a direct debit of a service may charge (sudo).

        Cards of the same customer and account only, good today, which the bank did not stop.
        """
        record = subscription.sudo()
        customer = record.partner_id.commercial_partner_id
        cards_sudo = self.sudo().search(
            [
                ("provider_id", "=", record._openpay_provider().id),
                ("partner_id.commercial_partner_id", "=", customer.id),
                ("openpay_card_id", "!=", False),
            ],
            order="id desc",
        )
        today = record.company_id._isp_today()
        return cards_sudo.filtered(
            lambda card: (
                (not (last := card._isp_last_day()) or last >= today) and not card._isp_is_stopped()
            )
        )

    def _isp_is_stopped(self):
        """Return whether the bank stopped this card after it was agreed to last.

        A direct debit that was switched off since then tells it too.
        """
        self.ensure_one()
        mandates_sudo = self.env["isp.card.mandate"].sudo().search([("token_id", "=", self.id)])
        stopped = mandates_sudo.filtered("suspended_at")
        agreed = (mandates_sudo - stopped).mapped("activated_at")
        return any(not agreed or row.suspended_at >= max(agreed) for row in stopped)

    def _isp_hold(self):
        """Keep a card that is agreed to again from being let go at the same moment.

        The row is changed, not only locked: whoever lets it go now starts anew, and sees the new
        consent then.
        """
        self.ensure_one()
        self.flush_recordset()
        query = SQL(
            "UPDATE payment_token SET isp_debit_count = COALESCE(isp_debit_count, 0) + 1"
            " WHERE id = %s",
            self.id,
        )
        # Refused because another one was faster is no error: the server runs the work again.
        self.env.cr.execute(query, log_exceptions=False)
        self.invalidate_recordset(["isp_debit_count"])

    def _isp_wait_turn(self):
        """Let the direct debits of a card end one after the other.

        Of two that end at the same moment each would take the other for a user of the card, and
        nobody would let it go: the second one starts anew.
        """
        self.ensure_one()
        self.flush_recordset()
        query = SQL(
            "UPDATE payment_token SET write_date = NOW() AT TIME ZONE 'UTC' WHERE id = %s", self.id
        )
        self.env.cr.execute(query, log_exceptions=False)

    def _isp_renew(self, card):
        """Note the expiry date of a card that the bank has renewed under the same number.

        :param card: `services.card_wire.CardAnswer`
        """
        self.ensure_one()
        if (self.isp_card_exp_month, self.isp_card_exp_year) == (card.exp_month, card.exp_year):
            return
        self.write({"isp_card_exp_month": card.exp_month, "isp_card_exp_year": card.exp_year})
        self._isp_debit_mandates().write(
            {"card_expiry": self._isp_last_day(), "expiry_told": False}
        )

    def _isp_brand_name(self):
        """Return the name of the brand as people know it: Visa, Mastercard."""
        self.ensure_one()
        code = BRANDS.get(self.isp_card_brand or "", "")
        return BRAND_NAMES.get(code) or (self.isp_card_brand or "").capitalize()

    def _isp_last_day(self):
        """Return the last day on which a card is good, None when it is not known."""
        self.ensure_one()
        year, month = self.isp_card_exp_year, self.isp_card_exp_month
        if not year or not 1 <= month <= 12:
            return None
        return date(year, month, monthrange(year, month)[1])

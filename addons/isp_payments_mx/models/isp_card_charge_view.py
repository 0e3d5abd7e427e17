from odoo import models

from odoo.addons.isp_portal.services.formatting import DEFAULT_ZONE, Formatter

from ..services.card_wire import BRANDS

BADGES = {
    "preparing": "pendiente",
    "pending": "pendiente",
    "paid": "activo",
    "expired": "cancelado",
    "failed": "suspendido",
}


class IspCardCharge(models.Model):
    """What the page of a card payment shows."""

    _inherit = "isp.card.charge"

    def _get_display_values(self):
        """Return everything the customer sees, formatted.

        :return: dict with ``state``, ``state_label``, ``badge``, ``amount_value``, ``rows``
            (dicts label, value), ``error``, ``redirect_url``, ``hosted``
        """
        self.ensure_one()
        labels = dict(self._fields["state"]._description_selection(self.env))
        return {
            "state": self.state,
            "state_label": labels[self.state],
            "badge": BADGES[self.state],
            "amount_value": self.amount,
            "rows": self._get_rows(),
            "error": self._get_error_text() if self.state == "failed" else "",
            "redirect_url": self.redirect_url or "",
            "hosted": self.mode == "hosted",
            "asking": self.outbox_state == "unknown",
        }

    def _get_rows(self):
        """Return the facts of the payment: card, concept, moment, authorization."""
        _ = self.env._
        fmt = Formatter(
            lang=self.env.lang or "es",
            zone=self.company_id.partner_id.tz or DEFAULT_ZONE,
            symbol=self.currency_id.symbol or "$",
        )
        paid_at = self.transaction_id.isp_paid_at
        return [
            {"label": _("Concept"), "value": self.description},
            {"label": _("Card"), "value": self._get_card_label()},
            {"label": _("Date"), "value": fmt.receipt_moment(paid_at) if paid_at else ""},
            {"label": _("Authorization"), "value": self.authorization or "", "code": True},
        ]

    def _get_card_label(self):
        """Return "Visa •••• 1111", or nothing before the card is known."""
        if not self.card_last4:
            return ""
        brands = self.env["isp.card.brand"].sudo().with_context(active_test=False)
        code = BRANDS.get(self.card_brand or "", "")
        brand = brands.search([("code", "=", code)], limit=1)
        return f"{brand.name or (self.card_brand or '').capitalize()} •••• {self.card_last4}"

    def _get_again_url(self):
        """Return where the customer pays what this attempt did not pay."""
        if not self.subscription_id:
            return "/my/invoices"
        return f"/my/isp/pay?subscription_id={self.subscription_id.id}"
